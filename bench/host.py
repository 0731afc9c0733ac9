"""The host that whole scans are measured against: a real OpenSSH server here, with apt as an ordinary Debian has it.

Container images switch off the cache that apt keeps; without it every question to apt takes a second, on both sides,
and hides what is measured.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support.require import PATH
from tests.support.sshd import Sshd

PARTS = Path("/etc/apt/apt.conf.d")


@contextlib.contextmanager
def ordinary_host(folder: Path) -> Iterator[tuple[Sshd, Path]]:
    """The server, and a known_hosts file that vouches for it."""
    if shutil.which("sshd", path=PATH) is None:
        raise SystemExit("this needs OpenSSH's sshd; `sh tests/support/tools.sh machines` installs it")
    with Sshd(folder / "server", _apt(folder / "apt")) as server:
        known = folder / "known_hosts"
        known.write_text(server.known_hosts())
        yield server, known


def _apt(folder: Path) -> list[str]:
    """Settings of sshd that give apt its cache back."""
    if shutil.which("apt-get") is None:
        return []
    (folder / "parts").mkdir(parents=True)
    for part in PARTS.iterdir() if PARTS.is_dir() else ():
        if not part.name.startswith("docker"):
            shutil.copy(part, folder / "parts")
    config = folder / "apt.conf"
    config.write_text(f'Dir::Etc::Parts "{folder}/parts";\nDir::Cache "{folder}";\n')
    environment = {**os.environ, "APT_CONFIG": str(config)}
    subprocess.run(["apt-cache", "policy"], env=environment, capture_output=True, check=False)
    return [f"SetEnv APT_CONFIG={config}"]
