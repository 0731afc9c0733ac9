"""What a store tells of the past: full runs in order, the register of then, nothing that is sealed without its key."""

from __future__ import annotations

from pathlib import Path

from pepperbird.model.history import Named
from pepperbird.model.state import Tier
from pepperbird.store.runs import Store
from pepperbird.trust.vault import Master
from tests.support.kept_spans import kept_spans
from tests.support.past import Past, failing

MASTER = Master.new()
NAMES = {"moh": "Health", "mof": "Finance"}


def test_full_runs_come_oldest_first_and_only_those_of_the_agency(tmp_path: Path) -> None:
    store = Store(tmp_path / "pepperbird.db")
    past = Past(store, NAMES, b"content")
    first, second = past.keep("2026-01-01", {"moh": 1.0}), past.keep("2026-01-02", {"moh": 2.0, "mof": 3.0})
    past.keep("2026-01-03", {"moh": 9.0}, partial=True)
    third = past.keep("2026-01-04", {"mof": 4.0})
    assert [run.id for run in store.full_runs()] == [first, second, third]
    assert [run.id for run in store.full_runs("moh")] == [first, second]
    assert [run.id for run in store.full_runs(newest=2)] == [second, third]
    assert [run.nation is not None for run in store.full_runs()] == [False, True, False]
    assert store.full_runs()[1].agencies == ("mof", "moh")
    assert store.agencies_seen() == ("mof", "moh")
    assert store.registered(first) == (Named("moh", "Health", Tier.STANDARD), Named("mof", "Finance", Tier.STANDARD))
    store.close()


def test_figures_are_told_without_the_key_of_a_sealed_store(tmp_path: Path) -> None:
    sealed = Store(tmp_path / "pepperbird.db", MASTER)
    Past(sealed, NAMES, b"content").keep("2026-01-01", {"moh": 1.0}, posture=[failing("moh", "2026-01-01")])
    sealed.close()
    bare = Store(tmp_path / "pepperbird.db")
    assert bare.full_runs()[0].scores["moh"].figures.score == 1.0
    assert [one.open for one in bare.marks("moh")] == [1]
    bare.close()


def test_an_empty_store_has_no_past(tmp_path: Path) -> None:
    store = Store(tmp_path / "pepperbird.db")
    assert (store.full_runs(), store.agencies_seen()) == ([], ())
    store.close()


def test_a_run_that_was_overtaken_is_kept_and_is_in_no_past_of_its_agency(tmp_path: Path) -> None:
    store = Store(tmp_path / "pepperbird.db")
    past = Past(store, NAMES, b"content")
    first = past.keep("2026-01-01", {"moh": 1.0})
    newest = past.keep("2026-01-09", {"moh": 3.0, "mof": 3.0})
    late = past.keep("2026-01-05", {"moh": 2.0}, posture=[failing("moh", "2026-01-05T12:00:00Z")])
    assert store.load(late).overtaken == {"moh": newest}
    assert [run.id for run in store.full_runs("moh")] == [first, newest]
    assert [run.id for run in store.full_runs()] == [first, late, newest], "by itself it is a run like any other"
    assert [mark.run for mark in store.marks("moh")] == [first, newest]
    assert (store.overtakings("moh"), store.overtakings("mof"), kept_spans(store, "moh")) == (1, 0, [])
    turns = store.turns("2026-01-07T00:00:00Z")["moh"]
    assert (turns.newest, turns.before) == (newest, first)
    store.close()
