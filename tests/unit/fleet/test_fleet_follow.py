"""A scan that is handed over: followed to its end, told each endpoint once, and never left hanging."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pepperbird.collect.interface import Event
from pepperbird.errors import StoreError, UsageError
from pepperbird.fleet.asked import Asked
from pepperbird.fleet.executor import Executor
from pepperbird.fleet.follow import Following, hand_over, is_served
from pepperbird.fleet.health import Health
from pepperbird.fleet.process import gone, me
from pepperbird.fleet.sitefile import SiteWatch
from pepperbird.scan.clock import now
from pepperbird.store.lease import Holder
from tests.unit.fleet.conftest import Bench


@pytest.fixture
def served(bench: Bench) -> Bench:
    bench.write("a", "b", "down")
    for one in "ab":
        bench.switch_on(one)
    bench.store.lease.take(me(str(bench.site), now(), 30), gone)
    return bench


def follow(bench: Bench, asked: Asked, events: list[Event]) -> object:
    """What `hand_over` gives while an executor carries it out."""
    one = Executor(bench.office, SiteWatch(bench.site), Health(now()))
    over = threading.Event()

    def carry_out() -> None:
        while not over.wait(0.05):
            one.round()

    thread = threading.Thread(target=carry_out)
    thread.start()
    try:
        return hand_over(bench.store.path, None, asked, "a test", Following(events.append, lambda said: None))
    finally:
        over.set()
        thread.join()


def test_each_endpoint_is_told_once_and_the_run_comes_back_whole(served: Bench) -> None:
    events: list[Event] = []
    found = follow(served, Asked(), events)
    assert isinstance(found, tuple)
    run, site = found
    assert sorted((one.endpoint, one.gap and str(one.gap.reason)) for one in events) == [
        ("moh/a/replay", None), ("moh/b/replay", None), ("moh/down/replay", "unreachable"),
    ]  # fmt: skip
    assert [one.done for one in events] == [1, 2, 3] and {one.total for one in events} == {3}
    assert run.ended and run.record is not None and len(run.transcripts) == 3
    assert [one.id for one in site.agencies] == ["moh"]


def test_a_refusal_comes_back_in_words(served: Bench) -> None:
    with pytest.raises(UsageError, match="no agency 'nobody'"):
        follow(served, Asked(agencies=("nobody",)), [])


def left_by(bench: Bench) -> Holder:
    """The executor is held by a process that is gone."""
    mine = me(str(bench.site), now(), 30)
    boot, space, _, start = mine.process.split(" ")
    return bench.store.lease.take(
        Holder(f"{boot} {space} 4194999 {start}", "nobody", str(bench.site), now()), lambda holder: True
    )


def test_without_a_living_executor_nothing_is_asked_of_it(served: Bench) -> None:
    left_by(served)
    assert hand_over(served.store.path, None, Asked(), "a test", Following(None, lambda said: None)) is None
    assert served.store.works.queued() == []


def test_one_that_goes_away_before_it_begins_gives_the_scan_back(served: Bench) -> None:
    said: list[str] = []

    def goes(name: str) -> None:
        said.append(name)
        left_by(served)

    assert hand_over(served.store.path, None, Asked(), "a test", Following(None, goes)) is None
    assert said and served.store.works.queued() == []


def test_one_that_goes_away_in_the_middle_is_told_and_the_run_is_kept(
    served: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begins_and_goes(name: str) -> None:
        monkeypatch.setattr("pepperbird.fleet.executor.go_on", lambda *_, **__: None)
        Executor(served.office, SiteWatch(served.site), Health(now())).round()
        left_by(served)

    with pytest.raises(StoreError, match=r"went away; the run \S+ is kept"):
        hand_over(served.store.path, None, Asked(), "a test", Following(None, begins_and_goes))
    assert len(served.store.works.open()) == 1


def test_only_the_site_that_is_served_is_handed_over(served: Bench, tmp_path: Path) -> None:
    assert is_served(served.store.path, served.site)
    assert not is_served(served.store.path, tmp_path)
    assert not is_served(tmp_path / "none.db", served.site) and not (tmp_path / "none.db").exists()
