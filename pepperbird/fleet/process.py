"""Which process this is, and whether another one is gone: by what the kernel says, without a guess."""

from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path

from pepperbird.model.text import clean
from pepperbird.store.lease import Holder


def me(site: str, at: str, seconds: int) -> Holder:
    """This process as the holder of the executor."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    said = f"process {os.getpid()} of {clean(user, 40)} on {clean(socket.gethostname(), 60)}"
    return Holder(_identity(os.getpid()), said, site, at, seconds=seconds)


def gone(holder: Holder) -> bool:
    """True where the kernel knows that the holder's process is no more. One of another computer is not known."""
    boot, space, pid, _ = (*holder.process.split(" "), "", "", "", "")[:4]
    if not pid.isdigit() or not boot or not space:
        return False
    mine = _identity(os.getpid()).split(" ")
    if (boot, space) != (mine[0], mine[1]):
        return False
    return _identity(int(pid)) != holder.process


def _identity(pid: int) -> str:
    """Boot, name space, number and start of a process: together they never come again. '' for one that is gone."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        space = str(Path("/proc/self/ns/pid").readlink())
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if words[0] in "ZX" else f"{boot} {space} {pid} {words[19]}"


def identity() -> str:
    """This process, as `alive` knows it."""
    return _identity(os.getpid())


def alive(mark: str) -> bool:
    """True where `mark` begins with the identity of another process that the kernel knows here and now."""
    found = " ".join(mark.split(" ")[:4])
    pid = found.split(" ")[2] if found.count(" ") == 3 else ""
    return pid.isdigit() and int(pid) != os.getpid() and _identity(int(pid)) == found
