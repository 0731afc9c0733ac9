"""What a test needs of this computer, by name: found, or skipped loudly, or (in CI) failed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
ORACLES = Path(__file__).parents[2] / ".venv-oracles" / "bin"


def require(*programs: str) -> None:
    """Skip the test where a program is missing; with PEPPERBIRD_REQUIRE_ALL=1 a missing program is a failure."""
    absent = [program for program in programs if shutil.which(program, path=PATH) is None]
    if absent:
        lacking(", ".join(absent))


def require_root() -> None:
    """Skip (in CI: fail) where the test is not run as root."""
    if os.geteuid() != 0:
        lacking("root")


def oracle(program: str) -> Path:
    """A program of `tests/support/oracles.txt`, which `make test` installs beside this one's environment."""
    found = ORACLES / program
    if not found.exists():
        lacking(f"{program} in {ORACLES.parent.name}")
    return found


def lacking(what: str) -> None:
    message = f"needs {what}; `make test` as root installs what Debian has"
    if os.environ.get("PEPPERBIRD_REQUIRE_ALL") == "1":
        pytest.fail(message)
    pytest.skip(message)
