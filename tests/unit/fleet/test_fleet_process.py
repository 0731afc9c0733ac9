"""Which process is alive: what the kernel says of a mark, and no guess about what it does not know."""

from __future__ import annotations

import os
import subprocess
import sys

from pepperbird.fleet.process import alive, identity

SAY = "from pepperbird.fleet.process import identity; print(identity(), flush=True); input()"


def test_another_process_is_alive_until_it_ends() -> None:
    other = subprocess.Popen([sys.executable, "-c", SAY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    mark = other.stdout.readline().strip()
    assert alive(mark) and alive(f"{mark} 0a1b2c3d")
    other.communicate("\n")
    assert not alive(mark) and not alive(f"{mark} 0a1b2c3d")


def test_this_process_and_what_the_kernel_does_not_know_stand_in_nobody_s_way() -> None:
    boot, space, pid, start = identity().split(" ")
    assert pid == str(os.getpid())
    for mark in (identity(), "", "x", "a b c d", f"another {space} 1 {start}", f"{boot} {space} 1 1"):
        assert not alive(mark), mark
