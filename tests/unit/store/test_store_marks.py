"""What outlives the runs: figures for trends, panels with their weights, and the digest that the ledger holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from pepperbird.errors import StoreError
from pepperbird.model.retention import Retention
from pepperbird.model.scores import Figures
from pepperbird.model.state import Tier
from pepperbird.scan.source import StoreSource
from pepperbird.scan.verify import verify
from pepperbird.store import tables
from pepperbird.store.means import mean_query
from pepperbird.store.runs import Store
from tests.support.kept_spans import kept_spans
from tests.support.older import age
from tests.support.past import Past, failing, figures

NAMES = {"moh": "Health", "mof": "Finance", "lra": "Revenue"}
JANUARY, FEBRUARY = "2026-01-28", "2026-02-28"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "pepperbird.db")
    yield opened
    opened.close()


def scores(found: Mapping[str, Figures]) -> list[float]:
    return [found[run].score for run in sorted(found)]


def test_a_mark_says_what_the_run_published(store: Store) -> None:
    past = Past(store, {"moh": "Health"}, b"")
    past.keep(JANUARY, {"moh": 42.0}, posture=[failing("moh", "2026-01-01T12:00:00Z")])
    (mark,) = store.marks("moh")
    assert (mark.figures, mark.open, mark.overdue, mark.grade, mark.tier) == (figures(42.0), 1, 1, "D", "standard")
    (of_standard,) = store.marks("moh", "DS")
    assert of_standard.figures == figures(21.0)
    assert [one.figures for one in store.marks("moh", "DR")] == [None]
    (nation,) = store.marks()
    assert (nation.figures, nation.registered, nation.reporting, nation.open) == (figures(42.0), 1, 1, 1)
    assert store.marks("moh", since="2026-02-01") == []


def test_partial_runs_leave_no_mark(store: Store) -> None:
    past = Past(store, {"moh": "Health"}, b"")
    past.keep(JANUARY, {"moh": 1.0}, partial=True)
    assert (store.marks("moh"), store.marked(), kept_spans(store)) == ([], (), [])


def test_an_agency_that_joins_moves_the_nation_and_not_the_panel(store: Store) -> None:
    two = {"moh": "Health", "mof": "Finance"}
    Past(store, two, b"").keep(JANUARY, {"moh": 60.0, "mof": 40.0})
    Past(store, NAMES, b"").keep(FEBRUARY, {"moh": 60.0, "mof": 40.0, "lra": 5.0})
    panel = store.steady()
    assert panel == {"moh": 2, "mof": 2}
    assert scores(store.means("", panel=panel)) == [50.0, 50.0]
    assert scores(store.means("")) == [50.0, 35.0]
    assert scores(store.means("IS", "2026-02-01")) == [35.0]
    assert store.means("DR") == {}


def test_means_are_summed_by_what_every_sqlite_has() -> None:
    said = str(mean_query(tables.figures, "", None, None).compile(dialect=sqlite.dialect()))
    assert "FLOOR" not in said and ") / nullif(" in said


def test_no_agency_in_every_run_is_no_panel(store: Store) -> None:
    Past(store, {"moh": "Health"}, b"").keep(JANUARY, {"moh": 60.0})
    Past(store, {"mof": "Finance"}, b"").keep(FEBRUARY, {"mof": 40.0})
    assert store.steady() == {}
    assert store.means("", panel={}) == {}


def test_the_panel_has_the_weights_of_the_last_run_and_a_change_of_tier_is_told(store: Store) -> None:
    past = Past(store, {"moh": "Health", "mof": "Finance"}, b"")
    first = past.keep(JANUARY, {"moh": 60.0, "mof": 30.0})
    moved = tuple(
        one.model_copy(update={"tier": Tier.CRITICAL}) if one.id == "moh" else one for one in past.site.agencies
    )
    past.site = past.site.model_copy(update={"agencies": moved})
    second = past.keep(FEBRUARY, {"moh": 60.0, "mof": 30.0})
    panel = store.steady()
    assert panel == {"moh": 4, "mof": 2}
    assert scores(store.means("", panel=panel)) == [50.0, 50.0]
    assert scores(store.means("")) == [45.0, 50.0]
    assert (store.moved(), first in store.moved()) == ({second}, False)


def test_figures_and_spans_stay_when_their_run_is_pruned(store: Store) -> None:
    past = Past(store, {"moh": "Health"}, b"")
    past.keep(JANUARY, {"moh": 10.0}, posture=[failing("moh", "2026-01-01T12:00:00Z")])
    past.keep(FEBRUARY, {"moh": 20.0})
    assert [one.run for one in store.prune(Retention(runs=10), "2026-05-01T00:00:00Z")] == [store.marks("moh")[0].run]
    assert len(store.full_runs()) == 1
    assert [one.figures and one.figures.score for one in store.marks("moh")] == [10.0, 20.0]
    assert [(one.opened[:10], one.closed[:10]) for one in kept_spans(store, "moh")] == [(JANUARY, FEBRUARY)]
    assert not any("stood" in one for one in verify(StoreSource(store), judge=False).faults)


CHEATS = {
    "a better score": "UPDATE figures SET score = 999 WHERE standard = ''",
    "nothing overdue": "UPDATE figures SET overdue = 0",
    "a fault that never was": "DELETE FROM spans",
    "an earlier mending": "UPDATE spans SET closed = '2026-01-02T00:00:00Z' WHERE closed <> ''",
    "a state that there is not": "UPDATE spans SET state = 'fine'",
    "a mark taken out": "DELETE FROM marks WHERE agency = ''",
    "another grade": "UPDATE marks SET grade = 'A' WHERE agency = 'moh'",
}


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS.keys())
def test_what_is_changed_of_it_later_is_named_even_of_a_pruned_run(store: Store, cheat: str) -> None:
    past = Past(store, {"moh": "Health"}, b"")
    past.keep(JANUARY, {"moh": 10.0}, posture=[failing("moh", "2026-01-01T12:00:00Z")])
    past.keep(FEBRUARY, {"moh": 20.0})
    store.prune(Retention(runs=10), "2026-05-01T00:00:00Z")
    with sqlite3.connect(store.path) as connection:
        assert connection.execute(cheat).rowcount > 0
    connection.close()
    faults = verify(StoreSource(store), judge=False).faults
    assert any("how agencies stood after it was changed" in one for one in faults), faults


DAMAGES = {
    "a text for a score": "UPDATE figures SET score = 'much'",
    "bytes for a score": "UPDATE figures SET upper = x'00'",
    "causes without numbers": "UPDATE figures SET fell = 'failed'",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_trend_of_damaged_figures_says_so(store: Store, damage: str) -> None:
    Past(store, {"moh": "Health"}, b"").keep(JANUARY, {"moh": 10.0})
    with sqlite3.connect(store.path) as connection:
        connection.execute(damage)
    connection.close()
    with pytest.raises(StoreError, match=r"the figures of run 20260128T120000Z-0000 are damaged; `pepperbird verify`"):
        store.marks("moh")


def test_a_store_of_before_gets_its_marks_and_spans_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "pepperbird.db"
    old = Store(path)
    past = Past(old, {"moh": "Health"}, b"")
    past.keep(JANUARY, {"moh": 10.0}, posture=[failing("moh", "2026-01-01T12:00:00Z")])
    past.keep(FEBRUARY, {"moh": 20.0})
    before = [replace(one, overdue=None if one.open else 0) for one in old.marks("moh")]
    spans = kept_spans(old)
    old.close()
    age(path, "0005")
    new = Store(path)
    assert (new.marks("moh"), kept_spans(new)) == (before, spans)
    assert len(new.marks()) == 2
    new.close()
