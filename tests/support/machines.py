"""Real machines for tests and the demo: boots `tests/machines/machine.sh`, waits for its sshd, switches it off.

Each machine gets its own /30 under 10.213.0.0/16 in a network namespace; nothing leaves this computer. Needs root.
A number is one machine's at a time on this computer: whoever else wants it waits, in another checkout too.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

MACHINES = Path(__file__).resolve().parents[1] / "machines"
PROGRAMS = ("ip", "unshare", "sshd", "ssh-keygen", "mkfs.ext4", "sudo", "modprobe", "pgrep")


def missing() -> list[str]:
    """What this computer lacks to boot machines, by name; empty where it can."""
    absent = [program for program in PROGRAMS if shutil.which(program, path=_path()) is None]
    if os.geteuid() != 0:
        absent.insert(0, "root")
    if not Path("/lib/systemd/systemd").exists():
        absent.append("systemd")
    return absent


@dataclass
class Machine:
    """A machine that is switched on inside `with`. `setup` is a script of tests/machines; disks are "/path=MB"."""

    name: str
    number: int
    setup: str
    root: Path
    public_key: str
    disks: Sequence[str] = ()
    sudoers: str = ""
    inside: str = "inside.sh"
    """The script of tests/machines that builds its root."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    held: int | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"10.213.{self.number}.2"

    @property
    def share(self) -> Path:
        """A folder that the machine sees as /run/share while it is set up."""
        return self.root / self.name / "share"

    def __enter__(self) -> Machine:
        self.held = _hold(self.number)
        self.share.mkdir(parents=True, exist_ok=True)
        shutil.copy(MACHINES / "common.sh", self.share)
        (self.share / "key.pub").write_text(self.public_key)
        (self.share / "sudoers").write_text(self.sudoers)
        with (self.root / f"{self.name}.log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    MACHINES / "machine.sh", self.root / self.name, self.name, f"{self.address}/30",
                    f"10.213.{self.number}.1/30", MACHINES / self.setup, *self.disks,
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "PATH": _path(), "M_INSIDE": self.inside},
            )  # fmt: skip
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.held is not None:
            os.close(self.held)
            self.held = None

    def host_keys(self) -> list[str]:
        """Its public host keys, as known_hosts lines."""
        return [
            " ".join([self.address, *path.read_text().split()[:2]])
            for path in sorted(self.share.glob("ssh_host_*_key.pub"))
        ]

    def run(self, command: str) -> str:
        """Run a shell command inside, as root, and give its standard output. Raises CalledProcessError."""
        pid = (self.root / self.name / "pid").read_text().strip()
        return subprocess.run(
            ["nsenter", "-t", pid, "-a", "-r", "-w", "/bin/sh", "-c", command],
            check=True, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        ).stdout  # fmt: skip

    def _wait(self, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                break
            try:
                with socket.create_connection((self.address, 22), timeout=1) as connection:
                    connection.settimeout(2)
                    if connection.recv(4) == b"SSH-":
                        return
            except OSError:
                time.sleep(0.1)
        log = (self.root / f"{self.name}.log").read_text(errors="replace")
        self.__exit__()
        raise RuntimeError(f"machine {self.name} did not come up:\n{log[-2000:]}")


def _hold(number: int, seconds: float = 600) -> int:
    """The open lock of a machine's number, once nobody else has it. Closing it gives it back."""
    lock = os.open(Path(tempfile.gettempdir(), f"pepperbird-machine-{number}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except OSError:
            if time.monotonic() > end:
                os.close(lock)
                raise RuntimeError(f"the test machine with number {number} was in use for {seconds} s") from None
            time.sleep(0.2)


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
