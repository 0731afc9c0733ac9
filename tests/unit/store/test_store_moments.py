"""How things stood at a moment, from what is kept for good: also after the runs themselves are pruned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pepperbird.model.history import Tally
from pepperbird.model.retention import Retention
from pepperbird.model.state import State
from pepperbird.score.spans import days_to_fix
from pepperbird.store.runs import Store
from tests.support.office import history, many, pair
from tests.support.past import Past

NAMES = {"moh": "Health", "mof": "Finance"}
SECOND, THIRD, FOURTH = "2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "pepperbird.db")
    yield opened
    opened.close()


def test_the_newest_figures_before_a_moment_and_within_a_quarter(store: Store) -> None:
    past = Past(store, NAMES, b"")
    past.keep("2026-02-01", {"moh": 10.0, "mof": 20.0})
    past.keep("2026-05-01", {"moh": 30.0})
    past.keep("2026-06-30", {"moh": 40.0})
    past.keep("2026-07-01", {"moh": 50.0})
    assert {one: some[""].score for one, some in store.stood(THIRD).items()} == {"moh": 40.0, "mof": 20.0}
    assert {one: some["DS"].score for one, some in store.stood(THIRD, SECOND).items()} == {"moh": 20.0}
    assert store.stood("2026-01-01T00:00:00Z") == {}
    whole = store.whole(FOURTH)
    assert whole is not None and (whole.registered, whole.at[:10]) == (2, "2026-02-01")
    assert store.whole(FOURTH, SECOND) is None


def test_tallies_are_those_of_the_moment_and_leave_out_what_does_not_exist(store: Store) -> None:
    past = Past(store, NAMES, b"")
    lacking = pair("moh", "IS-07", State.UNCHECKED)
    lacking = type(lacking)(
        **{name: getattr(lacking, name) for name in lacking.__slots__} | {"asset": "moh#linux-server"}
    )
    past.keep("2026-02-01", {"moh": 1.0}, posture=[pair("moh", "BR-12", State.FAIL, "2026-02-01T00:00:00Z"), lacking])
    past.keep("2026-05-01", {"moh": 1.0}, posture=[pair("moh", "BR-12", State.PASS), lacking])
    assert store.tallies(SECOND) == (Tally("moh", "BR-12", "critical", "required", State.FAIL, 1),)
    assert [one.state for one in store.tallies(THIRD)] == [State.PASS]
    assert store.tallies("2026-01-01T00:00:00Z") == ()


def test_what_was_mended_in_a_quarter_also_after_a_silence(store: Store) -> None:
    past = Past(store, NAMES, b"")
    since = "2026-02-01T12:00:00Z"
    past.keep(
        "2026-02-01", {"moh": 1.0}, posture=[pair("moh", "BR-12", State.FAIL, since), pair("moh", "IS-20", State.PASS)]
    )
    past.keep(
        "2026-03-01", {"moh": 1.0}, posture=[pair("moh", "BR-12", State.UNREACHABLE), pair("moh", "IS-20", State.PASS)]
    )
    past.keep("2026-05-02", {"moh": 1.0}, posture=[pair("moh", "BR-12", State.PASS), pair("moh", "IS-20", State.PASS)])
    (fault,) = store.mended(SECOND, THIRD)
    assert (fault.control, fault.fixed[:10], days_to_fix([fault])) == ("BR-12", "2026-05-02", 90.0)
    assert store.mended("2026-02-01T00:00:00Z", SECOND) == () == store.mended(THIRD, FOURTH)
    assert store.faults("moh") == store.faults("moh", "BR") == (fault,)
    assert store.faults("moh", "IS") == store.faults("moh", "B") == store.faults("mof") == ()


def test_it_outlives_the_runs(store: Store) -> None:
    history(store, many(4), ["2024-02-01", "2026-02-01"], b"")
    before = store.stood(SECOND), store.tallies("2025-01-01T00:00:00Z"), store.whole("2025-01-01T00:00:00Z")
    pruned = store.prune(Retention(runs=30), "2026-03-01T00:00:00Z")
    assert len(pruned) == 1 and before[1] and before[2]
    assert before == (store.stood(SECOND), store.tallies("2025-01-01T00:00:00Z"), store.whole("2025-01-01T00:00:00Z"))


def test_the_newest_register_has_the_kinds_of_each_agency(store: Store) -> None:
    assert store.register() is None and store.first_mark() == ""
    history(store, many(3), ["2026-02-01"], b"")
    known = store.register()
    assert known is not None and known[0].name == "Liberia"
    assert [sorted(one.kinds) for one in known[1]] == [
        ["linux-server"], ["linux-server", "postgresql"], ["linux-server", "s3-bucket"]
    ]  # fmt: skip
    assert store.first_mark() == "2026-02-01T12:00:00Z"
