"""Commands that bring repositories of backups into a state, and the look at them."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path


def sh(text: str) -> str:
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=120, check=False).stdout


def make(folder: Path, text: str) -> None:
    """Run the commands that bring about a state, in a folder; a failing one fails the test."""
    done = subprocess.run(
        ["sh", "-ec", text], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), "TZ": "UTC", "LC_ALL": "C"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-800:]


def read_only(folder: Path) -> Callable[[str], str]:
    """Runs where the folder, with all repositories in it, is mounted read-only."""
    bind = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && "
    return lambda text: sh(f"unshare -m sh -c {shlex.quote(bind + text)}")
