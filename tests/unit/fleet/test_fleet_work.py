"""A run gone on with: what cannot be reached or may not be asked waits, and all ends in an answer in its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pepperbird.fleet.asked import Asked
from pepperbird.fleet.moments import text_of
from pepperbird.fleet.work import begin_run, go_on, lessened
from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import EndpointPlan, Line
from pepperbird.model.run import Run
from pepperbird.model.site import Access
from pepperbird.store.works import Work
from tests.unit.fleet.conftest import NOON, Bench


def begun(bench: Bench, *, minutes: int) -> Work:
    return begin_run(bench.office, Asked(), Work("", "", text_of(bench.moment + timedelta(minutes=minutes))))


def test_what_cannot_be_reached_is_tried_again_and_recorded_once_it_answers(bench: Bench) -> None:
    bench.write("up", "down")
    bench.switch_on("up")
    work = begun(bench, minutes=60)
    wake = go_on(bench.office, work)
    assert wake == NOON + timedelta(seconds=60)
    assert bench.gaps(work.run) == {"up": ""}
    bench.later(seconds=60)
    again = go_on(bench.office, replace(work, tries=1))
    assert again == NOON + timedelta(seconds=60 + 120), "it waits twice as long"
    bench.switch_on("down")
    bench.later(seconds=120)
    run = go_on(bench.office, replace(work, tries=2))
    assert isinstance(run, Run) and run.ended
    assert bench.gaps(work.run) == {"down": "", "up": ""}
    assert {one.asset for one in run.verdicts} >= {"up", "down"}


def test_what_never_answers_is_a_gap_when_the_time_is_over(bench: Bench) -> None:
    bench.write("down")
    work = begun(bench, minutes=10)
    for tries in range(4):
        became = go_on(bench.office, replace(work, tries=tries))
        if isinstance(became, Run):
            break
        assert isinstance(became, datetime) and became < NOON + timedelta(minutes=10)
        bench.moment = became
    assert isinstance(became, Run)
    assert bench.gaps(work.run) == {"down": "unreachable"}


def test_a_run_that_somebody_waits_for_tries_nothing_again(bench: Bench) -> None:
    bench.write("down")
    work = begun(bench, minutes=0)
    assert isinstance(go_on(bench.office, work), Run)


def test_a_machine_is_asked_when_its_place_has_power_and_not_before(bench: Bench) -> None:
    bench.write("shop", place=', power: ["13:00-17:00"]')
    bench.switch_on("shop")
    work = begun(bench, minutes=120)
    assert go_on(bench.office, work) == NOON + timedelta(hours=1)
    assert bench.gaps(work.run) == {}
    bench.later(hours=1)
    assert isinstance(go_on(bench.office, work), Run)
    assert bench.gaps(work.run) == {"shop": ""}


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"place": ", quiet: [mon 11:00-20:00]"}, "left alone"),
        ({"agency": 'power: ["20:00-21:00"]\n'}, "without power"),
    ],
)
def test_a_machine_that_may_not_be_asked_in_time_is_a_gap_that_says_so(
    bench: Bench, where: dict[str, str], words: str
) -> None:
    bench.write("shop", **where)
    bench.switch_on("shop")
    run = go_on(bench.office, begun(bench, minutes=120))
    assert isinstance(run, Run)
    gap = run.transcripts["moh/shop/replay"].gap
    assert gap is not None and words in gap.detail and str(gap.reason) == "unreachable"
    assert gap.remedy


def test_a_retry_keeps_out_of_the_quiet_hours(bench: Bench) -> None:
    bench.write("down", agency='quiet: ["12:01-13:00"]\n')
    assert go_on(bench.office, begun(bench, minutes=120)) == NOON + timedelta(hours=1)


def test_a_run_that_was_stopped_goes_on_and_asks_nothing_twice(bench: Bench) -> None:
    bench.write("a", "b", "c")
    for one in "abc":
        bench.switch_on(one)
    asked: list[int] = []

    def stop_after_one(run: str, done: int, total: int) -> None:
        asked.append(done)
        bench.office.stop.set()

    work = begun(bench, minutes=0)
    assert go_on(replace(bench.office, progress=stop_after_one), work) is None
    left = 3 - len(bench.gaps(work.run))
    assert left > 0 and bench.store.begun(work.run) is not None
    bench.office.stop.clear()
    bench.office.catalogs.clear()  # as in another process: the content comes from the store
    asked.clear()
    run = go_on(replace(bench.office, progress=lambda run, done, total: asked.append(done)), work)
    assert isinstance(run, Run) and len(asked) == left
    assert len(run.transcripts) == 3
    done = go_on(bench.office, work)
    assert isinstance(done, Run) and done.digests == run.digests, "going on with what has ended changes nothing"


def test_what_a_thin_line_may_carry_is_less_after_each_stop() -> None:
    line = Line("moh/dish", 128, 600, 1_000_000)
    one, other = (
        EndpointPlan(f"moh/{name}/ssh", "moh", name, Access(via="ssh"), (), "shell", 120, 15, line) for name in "ab"
    )
    said = Transcript(
        one.id, "2026-11-23T12:00:00Z", "2026-11-23T12:01:40Z", {}, {}, None, sent_bytes=300_000, received_bytes=100_000
    )
    (left,) = lessened([other], [one, other], {one.id: said})
    assert left.line == Line("moh/dish", 128, 500, 600_000)
