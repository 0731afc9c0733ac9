"""pepperbird-verify and pepperbird-drill on a real pgBackRest repository: whole, damaged, thinned out, not there."""

from __future__ import annotations

import pytest

from tests.support.pgbackrest_states import pgbackrest_drilled
from tests.support.probed import collected
from tests.support.require import require, require_root

pytestmark = pytest.mark.slow


def test_pgbackrest_ends_with_0_whatever_it_finds() -> None:
    """So its words decide: damaged or missing files, and a stanza that is not there, are bad."""
    require("pgbackrest", "setpriv", "pg_lsclusters", "unshare")
    require_root()
    with pgbackrest_drilled() as run:
        rows = collected(run, "drills")["results"]
    assert {row["repository"]: row["good"] for row in rows if row["kind"] == "verify"} == {
        "good": True, "none": False, "spoilt": False, "gone": False,
    }  # fmt: skip
    (drill,) = (row for row in rows if row["kind"] == "drill")
    assert (drill["good"], drill["expected"], drill["matched"]) == (True, 2, 2)
    assert drill["version"].startswith("pgBackRest")
