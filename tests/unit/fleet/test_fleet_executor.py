"""The executor, round by round: what is due is begun once, what fails is told, and nothing ends it but another one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest

from pepperbird.fleet.asked import Asked
from pepperbird.fleet.beating import Beating
from pepperbird.fleet.executor import Executor
from pepperbird.fleet.health import Health
from pepperbird.fleet.moments import text_of
from pepperbird.fleet.process import gone, me
from pepperbird.fleet.sitefile import SiteWatch
from pepperbird.model.catalog import Catalog
from pepperbird.model.run import Run
from pepperbird.scan.pipeline import end
from pepperbird.store import database, ready
from pepperbird.store.lease import HeldError, Holder, LostError
from pepperbird.store.resuming import Begun
from pepperbird.store.runs import Store
from pepperbird.store.works import Request
from tests.unit.fleet.conftest import Bench

HOURLY = "schedules: [{id: hourly, cron: '0 * * * *', within: 30}]\n"


def executor(bench: Bench) -> tuple[Executor, Health]:
    health = Health(text_of(bench.moment))
    return Executor(bench.office, SiteWatch(bench.site), health), health


def states(bench: Bench, schedule: str = "hourly") -> list[tuple[str, int]]:
    return [(one.state, one.count) for one in reversed(bench.store.schedules.ticks(schedule))]


def ask(bench: Bench, asked: Asked | None = None, name: str = "a") -> None:
    bench.store.works.ask(Request(name, text_of(bench.moment), "a test", (asked or Asked()).to_text()))


@pytest.fixture
def hourly(bench: Bench) -> Bench:
    bench.write("web", schedules=HOURLY)
    bench.switch_on("web")
    return bench


def test_a_tick_is_carried_out_once_and_what_was_missed_is_told(hourly: Bench) -> None:
    one, health = executor(hourly)
    assert one.round() and states(hourly) == [], "a schedule that is seen for the first time is not made up for"
    hourly.later(hours=4, minutes=10)
    assert one.round() and one.round()
    assert states(hourly) == [("missed", 3), ("begun", 1)]
    (standing,) = hourly.store.schedules.all().values()
    assert (standing.answered, standing.run, standing.answers) == ("2026-11-23T16:00:00Z", "", 1)
    assert hourly.events == ["run-begun", "tick-missed", "run-ended"]
    assert health.now.wrong == () and health.now.runs_ended == 1


def test_a_schedule_is_not_begun_again_while_its_run_waits(hourly: Bench) -> None:
    hourly.write("web", "down", schedules=HOURLY.replace("within: 30", "within: 150"))
    one, _ = executor(hourly)
    one.round()
    hourly.later(hours=1)
    one.round()
    hourly.later(hours=1)
    assert one.round()
    assert states(hourly) == [("begun", 1), ("missed", 1)]
    hourly.later(minutes=31)
    hourly.switch_on("down")
    assert one.round()
    assert "run-ended" in hourly.events
    assert hourly.store.works.open() == []


def test_a_call_ends_the_waiting_of_a_run_of_the_same_agency(hourly: Bench) -> None:
    hourly.write("web", "down", schedules=HOURLY)
    one, _ = executor(hourly)
    one.round()
    hourly.later(hours=1)
    one.round()
    (waiting,) = hourly.store.works.open()
    ask(hourly, Asked(agencies=("moh",)))
    one.round()
    assert hourly.store.begun(waiting.run) is None and hourly.store.works.open() == []
    request = hourly.store.works.request("a")
    assert request is not None and request.state == "done" and request.run > waiting.run
    with_first = hourly.store.load(request.run)
    assert with_first.first == (), "the call stands on what the run before it found"


def test_what_cannot_begin_is_told_and_the_next_tick_comes(hourly: Bench) -> None:
    one, health = executor(hourly)
    one.round()
    site = (hourly.site / "site.yaml").read_text()
    (hourly.site / "site.yaml").write_text(site + "nmae: x\n")
    hourly.later(hours=1)
    assert one.round()
    assert states(hourly) == [("failed", 1)]
    assert "site.yaml" in health.now.site
    (hourly.site / "site.yaml").write_text(site)
    hourly.later(hours=1)
    assert one.round()
    assert states(hourly)[-1] == ("begun", 1) and health.now.wrong == ()


def test_a_call_that_is_wrong_is_refused_in_words(hourly: Bench) -> None:
    one, _ = executor(hourly)
    ask(hourly, Asked(agencies=("nobody",)))
    assert one.round()
    request = hourly.store.works.request("a")
    assert request is not None and request.state == "failed" and "no agency 'nobody'" in request.said


def test_a_mistake_of_ours_in_one_run_is_told_and_holds_up_no_other(
    hourly: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_where_all_is_asked(store: Store, catalog: Catalog, begun: Begun, *rest: Any) -> Run:
        return end(store, catalog, begun, *rest) if begun.run.plan.selection.assets else 1 // 0  # type: ignore[return-value]

    one, health = executor(hourly)
    monkeypatch.setattr("pepperbird.fleet.work.end", fails_where_all_is_asked)
    ask(hourly)
    ask(hourly, Asked(assets=("web",)), "b")
    assert not one.round()
    assert "ZeroDivisionError" in health.now.work and hourly.events.count("work-failing") == 1
    asked = hourly.store.works.request("b")
    assert asked is not None and asked.state == "done", "what waits behind it is carried out"
    monkeypatch.undo()
    assert not one.round() and hourly.store.works.open(), "it is left alone for a while"
    hourly.later(minutes=2)
    assert one.round() and health.now.wrong == ()
    assert hourly.store.works.open() == []


@contextmanager
def locked(bench: Bench) -> Iterator[None]:
    with closing(sqlite3.connect(bench.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_store_that_is_locked_is_told_and_gone_on_with(hourly: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (database, ready):
        monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    hourly.store.close()
    hourly.store = Store(hourly.store.path)
    hourly.__post_init__()
    one, health = executor(hourly)
    one.round()
    hourly.later(hours=1)
    with locked(hourly):
        assert not one.round()
        assert "another pepperbird is writing" in health.now.store
        assert states(hourly) == []
    assert one.round() and health.now.wrong == ()
    assert states(hourly) == [("begun", 1)] and hourly.events.count("store-failing") == 1


def holder(bench: Bench, process: str = "another") -> Holder:
    return Holder(process, "process 7 of nobody", str(bench.site), text_of(bench.moment), seconds=30)


def test_a_second_executor_is_told_who_is_the_first(bench: Bench) -> None:
    bench.store.lease.take(holder(bench), gone)
    with pytest.raises(HeldError, match="process 7 of nobody carries out schedules here since"):
        bench.store.lease.take(me(str(bench.site), text_of(bench.moment), 30), gone)


@pytest.mark.parametrize("away", [timedelta(seconds=31), timedelta(days=-400)])
def test_an_executor_that_does_not_beat_is_replaced_whatever_the_clock_did(bench: Bench, away: timedelta) -> None:
    first = bench.store.lease.take(holder(bench), gone)
    bench.moment += away
    second = bench.store.lease.take(holder(bench, "second"), gone)
    assert second.token > first.token
    with pytest.raises(LostError, match="taken over"):
        bench.store.lease.beat(first.token, text_of(bench.moment))
    bench.store.lease.give_back(first.token)
    assert bench.store.lease.holder() is not None, "a former holder gives nothing back"


def test_a_process_that_is_gone_is_replaced_at_once_and_one_that_lives_is_not(bench: Bench) -> None:
    mine = me(str(bench.site), text_of(bench.moment), 30)
    boot, space, _, start = mine.process.split(" ")
    assert not gone(mine)
    assert gone(holder(bench, f"{boot} {space} 4194999 {start}"))
    assert not gone(holder(bench, f"another-boot {space} 4194999 {start}")), "another computer is not known"
    assert not gone(holder(bench, "odd"))
    bench.store.lease.take(holder(bench, f"{boot} {space} 4194999 {start}"), gone)
    assert bench.store.lease.take(mine, gone).token == 2


def test_nothing_of_a_former_executor_is_written(hourly: Bench) -> None:
    first = hourly.store.lease.take(holder(hourly), gone)
    hourly.store.hold(first.token)
    one, _ = executor(hourly)
    ask(hourly)
    hourly.later(seconds=40)
    other = Store(hourly.store.path)
    other.lease.take(holder(hourly, "second"), gone)
    with pytest.raises(LostError):
        one.round()
    assert other.works.open() == [] and [one.id for one in other.runs()] == []
    other.close()


def test_a_schedule_without_an_answer_is_told_once_by_the_beat(hourly: Bench) -> None:
    one, health = executor(hourly)
    one.round()
    hourly.later(hours=2, minutes=5)
    mine = hourly.store.lease.take(holder(hourly), gone)
    hourly.store.hold(mine.token)
    with Beating(hourly.office, mine, SiteWatch(hourly.site), health) as beating:
        beating.beat()
        (late,) = health.now.unanswered
        assert (late.schedule, text_of(late.tick)) == ("hourly", "2026-11-23T13:00:00Z")
        assert hourly.events.count("schedule-unanswered") == 1
        one.round()
        beating.beat()
        assert health.now.wrong == ()
    assert hourly.store.lease.holder() is None


def test_the_log_holds_no_line_that_a_machine_wrote(bench: Bench) -> None:
    bench.office.log.error("x", said='one\ntwo\x1b[2J", "level": "info')
    (line,) = bench.log.getvalue().splitlines()
    assert "\x1b" not in line and '"level": "error"' in line
