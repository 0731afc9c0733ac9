"""Debian packages that only some test machines have: kept as files, installed inside the machine, not on this computer.

`tests/support/tools.sh logs` fetches them. What one machine runs (a time service, a log service) is so of no concern to
any other machine, nor to the computer that the tests run on.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.require import lacking

CACHE = Path("/var/cache/pepperbird-debs")


def require_debs(*packages: str) -> None:
    """Skip the test (in CI: fail) where the files of a package are missing."""
    absent = [name for name in packages if not list(CACHE.glob(f"{name}_*.deb"))]
    if absent:
        lacking(f"the package files of {', '.join(absent)} (tests/support/tools.sh logs)")
