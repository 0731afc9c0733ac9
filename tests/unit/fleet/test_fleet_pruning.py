"""Pruning by itself: once a day at its time on the clock of the site, in the quiet; what fails is tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pepperbird.errors import ContentError, SiteError
from pepperbird.fleet.executor import Executor
from pepperbird.fleet.health import Health, undone, wanted
from pepperbird.fleet.metrics import metrics
from pepperbird.fleet.moments import text_of
from pepperbird.fleet.pruning import due_tick
from pepperbird.fleet.sitefile import SiteWatch
from pepperbird.model.site import SiteFile
from pepperbird.scan.sealing import UNSIGNED, Sealing
from pepperbird.store.duties import DONE, PRUNE, Duty
from tests.support.past import Past
from tests.unit.fleet.conftest import NOON, Bench

KEEP = "defaults: {retention: {partial_runs: 90, runs: 400}}\n"
DAILY = f"serve: {{prune: '03:00'}}\n{KEEP}"
OLD = ("2024-01-10", "2025-01-10", "2026-11-20")


def executor(bench: Bench) -> tuple[Executor, Health]:
    health = Health(text_of(bench.moment))
    return Executor(bench.office, SiteWatch(bench.site), health), health


@pytest.fixture
def daily(bench: Bench) -> Bench:
    bench.write("web", schedules=DAILY)
    past = Past(bench.store, {"moh": "Ministry"}, b"")
    for day in OLD:
        past.keep(day, {"moh": 10.0})
    return bench


def kept(bench: Bench) -> list[str]:
    return [one.at[:10] for one in reversed(bench.store.runs())]


def test_it_comes_once_a_day_at_its_time_and_the_ledger_says_so(daily: Bench) -> None:
    one, _ = executor(daily)
    assert one.round() and kept(daily) == [*OLD], "the time of today is past: it counts from now on"
    daily.later(hours=14, minutes=59)
    assert one.round() and kept(daily) == [*OLD]
    daily.later(minutes=1)
    assert one.round() and kept(daily) == ["2026-11-20"]
    assert one.round() and daily.events == ["pruned"]
    assert [row.kind for row in daily.store.ledger.rows()][-2:] == ["prune", "prune"]
    daily.later(days=5)
    assert one.round() and one.round() and daily.events == ["pruned"] * 2, "days that were missed are one"
    (duty,) = daily.store.duties.all()
    assert duty.tick == "2026-11-29T03:00:00Z" and duty.state == DONE


def test_it_waits_for_what_is_to_be_scanned(daily: Bench) -> None:
    daily.write("web", schedules=DAILY + "schedules: [{id: hourly, cron: '0 * * * *', within: 30}]\n")
    daily.switch_on("web")
    one, _ = executor(daily)
    one.round()
    daily.later(hours=15)
    assert one.round()
    assert daily.events[-3:] == ["run-begun", "run-ended", "pruned"] or daily.events[-2:] == ["run-ended", "pruned"]


def test_what_fails_is_told_and_tried_again_in_an_hour(daily: Bench) -> None:
    broken = [ContentError("the key cannot be read"), ContentError("the key cannot be read")]

    def keys(*_: object) -> Sealing:
        if broken:
            raise broken.pop()
        return UNSIGNED

    health = Health(text_of(daily.moment))
    one = Executor(replace(daily.office, keys=keys), SiteWatch(daily.site), health)
    one.round()
    daily.later(hours=15)
    assert one.round() and one.round(), "scans go on"
    assert daily.events == ["prune-failed"]
    daily.later(hours=1)
    one.round()
    duties = wanted(one.site.site.file.serve, daily.store.duties.all())
    health.change(duties=duties, undone=undone(duties, daily.moment))
    (said,) = health.now.wrong
    assert said.startswith("nothing was pruned since 2026-11-23T12:00:00Z: the key cannot be read")
    assert "pepperbird_prune_failing 1.0" in metrics(health.now)
    daily.later(hours=1)
    one.round()
    assert daily.events == ["prune-failed", "prune-failed", "pruned"] and kept(daily) == ["2026-11-20"]
    duties = wanted(one.site.site.file.serve, daily.store.duties.all())
    health.change(duties=duties, undone=undone(duties, daily.moment))
    assert health.now.wrong == () and "pepperbird_prune_time_seconds 1795489200.0" in metrics(health.now)


def test_a_clock_that_was_far_ahead_stops_nothing_for_long(daily: Bench) -> None:
    daily.store.duties.put(Duty(PRUNE, "", tick="2099-01-01T03:00:00Z", state=DONE))
    one, _ = executor(daily)
    one.round()
    daily.later(hours=15)
    assert one.round() and daily.events == ["pruned"]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Africa/Monrovia", "2026-11-23T03:00:00Z"), ("Pacific/Auckland", "2026-11-22T14:00:00Z"),
     ("America/New_York", "2026-11-23T08:00:00Z")],
)  # fmt: skip
def test_the_time_is_that_of_the_site(zone: str, expected: str) -> None:
    found = due_tick("03:00", zone, Duty(PRUNE, "", tick="2026-11-20T00:00:00Z"), NOON)
    assert found is not None and text_of(found) == expected


def test_the_day_on_which_the_clock_is_put_forward_over_the_time_is_no_day_without() -> None:
    before = Duty(PRUNE, "", tick="2026-03-07T12:00:00Z")
    found = due_tick("02:30", "America/New_York", before, datetime(2026, 3, 8, 12, tzinfo=UTC))
    assert found == datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert due_tick("02:30", "America/New_York", replace(before, wake="2026-03-08T07:30:00Z"), found) is None
    later = found + timedelta(hours=6)
    assert due_tick("02:30", "America/New_York", replace(before, tick=text_of(found)), later) is None


def test_without_leave_nothing_goes(daily: Bench) -> None:
    daily.write("web", schedules=KEEP)
    one, _ = executor(daily)
    one.round()
    daily.later(days=3)
    assert one.round() and kept(daily) == [*OLD] and daily.store.duties.all() == ()


@pytest.mark.parametrize(
    ("lines", "said"),
    [("serve: {prune: '03:00'}\n", "defaults: {retention"), ("serve: {deliver: true}\n", "needs `delivery:`"),
     (f"serve: {{prune: '3:00'}}\n{KEEP}", "prune"), (f"serve: {{prune: daily}}\n{KEEP}", "prune"),
     (f"serve: {{prune: '24:00'}}\n{KEEP}", "prune"), ("serve: {delivers: true}\n", "delivers")],
)  # fmt: skip
def test_a_site_that_says_it_wrongly_is_told_so(bench: Bench, lines: str, said: str) -> None:
    bench.write("web", schedules=lines)
    with pytest.raises(SiteError, match=r"site\.yaml:") as error:
        SiteWatch(bench.site)
    assert said in str(error.value)


def test_what_serve_does_beside_scanning_is_no_part_of_a_run() -> None:
    file = SiteFile.model_validate({"name": "x", "serve": {"prune": "03:00"}, "defaults": {"retention": {"runs": 5}}})
    assert file.serve.prune == "03:00" and "serve" not in file.model_dump()
