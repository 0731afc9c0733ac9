"""How long `pepperbird --help` takes as a whole process."""

from __future__ import annotations

import subprocess
import sys

from bench.figure import Figure, best, wall


def run() -> list[Figure]:
    """One figure: seconds."""
    command = [sys.executable, "-m", "pepperbird", "--help"]
    seconds = best(lambda: wall(lambda: subprocess.run(command, check=True, capture_output=True)), times=9)
    return [Figure("pepperbird --help, whole process", seconds, "s", 0.15)]
