"""Real OpenSSH servers on 127.0.0.1, as many as a test wants, each with its own keys and settings. No root needed.

They run as whoever runs the test, who is also the only account that can log in.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.require import PATH

USER = getpass.getuser()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "", *options: str) -> Path:
    """A key pair; gives the path of the private half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", path, *options], check=True, timeout=60
    )
    return path


@dataclass
class Sshd:
    """A server that runs inside `with`. `settings` are lines for sshd_config, before the default ones."""

    folder: Path
    settings: Sequence[str] = ()
    kinds: Sequence[str] = ("ed25519",)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def at(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"ssh://{USER}@{self.at}"

    @property
    def key(self) -> Path:
        """The private key that is let in."""
        return self.folder / "client"

    def known_hosts(self, *kinds: str) -> str:
        """Its host keys, as lines for a known_hosts file."""
        lines = [(self.folder / f"host_{kind}.pub").read_text().split() for kind in kinds or self.kinds]
        return "".join(f"[127.0.0.1]:{self.port} {line[0]} {line[1]}\n" for line in lines)

    def __enter__(self) -> Sshd:
        self.folder.mkdir(parents=True, exist_ok=True)
        for kind in self.kinds:
            if not (self.folder / f"host_{kind}").exists():
                make_key(self.folder / f"host_{kind}", kind)
        if not self.key.exists():
            make_key(self.key)
            shutil.copy(f"{self.key}.pub", self.folder / "authorized")
        (self.folder / "config").write_text("\n".join([*self.settings, *self._defaults()]) + "\n")
        program = shutil.which("sshd", path=PATH)
        assert program is not None
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [program, "-D", "-f", self.folder / "config", "-E", self.folder / "log"], stdin=subprocess.DEVNULL
        )
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)

    def _defaults(self) -> list[str]:
        return [
            f"ListenAddress {self.at}",
            *(f"HostKey {self.folder}/host_{kind}" for kind in self.kinds),
            f"AuthorizedKeysFile {self.folder}/authorized",
            f"PidFile {self.folder}/pid",
            "UsePAM no",
            "StrictModes no",
            "PermitRootLogin yes",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "MaxStartups 300:30:600",
        ]

    def _wait(self, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError((self.folder / "log").read_text(errors="replace"))
