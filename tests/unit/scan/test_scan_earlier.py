"""A report is still a report where something of its past is damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pepperbird.scan.earlier import earlier_of
from pepperbird.store.runs import Store
from tests.support.office import history, many
from tests.support.shipped import shipped_catalog


def test_a_damaged_series_is_left_out_and_the_trend_stays(tmp_path: Path) -> None:
    store = Store(tmp_path / "pepperbird.db")
    history(store, many(1, "Ministry number {}"), ("2026-11-10", "2026-11-21"), b"")
    run, catalog = store.load(store.runs(limit=1)[0].id), shipped_catalog()
    before = earlier_of(store, run, run.plan.agencies, catalog)
    with sqlite3.connect(store.path) as db:
        db.execute("INSERT INTO series VALUES (1, '2026-11-22T00:00:00Z', 'c', '', 'e', 'r', x'00')")
    db.close()
    after = earlier_of(store, run, run.plan.agencies, catalog)
    store.close()
    (agency,) = run.plan.agencies
    trend = after[agency].trend
    assert trend is not None and len(trend.points) == 2
    assert (trend, trend.series) == (before[agency].trend, None)
