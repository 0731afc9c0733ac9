"""Judging in another process gives the same verdicts, and its death is an error of one asset, not of the scan."""

from __future__ import annotations

import os
import signal

from pepperbird.evaluate.pool import Judges
from pepperbird.model.state import State
from tests.support.judging import MODE, SERVER, catalog_of, judge

CATALOG = catalog_of([{"id": "DS-12.1", "check": "disk.mode", "on": SERVER}], MODE)


def test_another_process_gives_the_same_verdict_and_its_death_costs_one_asset() -> None:
    with Judges(CATALOG) as judges:
        assert judge(CATALOG, runner=judges) == judge(CATALOG)
        process = judges._process
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        crashed = judge(CATALOG, runner=judges)
        assert crashed.state is State.ERROR
        assert "could not be judged" in crashed.clauses[0].findings[0].message
        assert judge(CATALOG, runner=judges).state is State.PASS
