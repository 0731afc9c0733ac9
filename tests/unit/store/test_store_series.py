"""A second series: kept beside the first with one entry of the ledger, the newest of the same rules counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pepperbird.scan.source import StoreSource
from pepperbird.scan.trends import trend_of_agency, trend_of_nation
from pepperbird.scan.verify import verify
from pepperbird.score.trend import LATER, LEFT_OUT, Step
from pepperbird.store.runs import Store
from tests.support.past import RULES, Past, failing, other_rules
from tests.support.series import NEW, judged_again

NAMES = {"moh": "Health", "mof": "Finance"}
DAYS = ("2026-01-28", "2026-02-28", "2026-03-28")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "pepperbird.db")
    yield opened
    opened.close()


def three(store: Store) -> tuple[Past, list[str]]:
    past = Past(store, NAMES, b"")
    scores = ({"moh": 60.0, "mof": 20.0}, {"moh": 62.0, "mof": 20.0}, {"moh": 50.0, "mof": 10.0})
    fails = [failing("moh", "2026-01-01T12:00:00Z")]
    return past, [
        past.keep(day, some, rules=NEW if day == DAYS[2] else RULES, posture=fails)
        for day, some in zip(DAYS, scores, strict=True)
    ]


def test_a_step_is_parted_into_what_changed_and_what_the_rules_did(store: Store) -> None:
    past, (_, second, third) = three(store)
    judged_again(store, past, {second: {"moh": 52.5, "mof": 11.0}, third: {"moh": 50.0, "mof": 10.0}})
    trend = trend_of_agency(store, "moh", None, "")
    assert [one.figures and one.figures.score for one in trend.points] == [60.0, 62.0, 50.0]
    assert [one.again_figures and one.again_figures.score for one in trend.points] == [None, 52.5, 50.0]
    assert [one.step for one in trend.points] == [None, None, Step(-2.5, -9.5)]
    assert (trend.current, trend.points[0].missing) == (True, LEFT_OUT)
    again = trend.points[2].again
    assert again is not None and again.open is not None
    assert (again.grade, again.open.open, again.open.overdue, again.fell) == ("D", 1, 1, {"failed": 1})


def test_the_nation_its_panel_and_a_standard_have_both(store: Store) -> None:
    past, (first, second, third) = three(store)
    scores = {first: {"moh": 40.0, "mof": 10.0}, second: {"moh": 40.0, "mof": 20.0}, third: {"moh": 50.0, "mof": 10.0}}
    judged_again(store, past, scores)
    nation = trend_of_nation(store, None, "")
    assert [one.again_figures and one.again_figures.score for one in nation.points] == [25.0, 30.0, 30.0]
    assert [one.again and one.again.panel and one.again.panel.score for one in nation.points] == [25.0, 30.0, 30.0]
    assert nation.points[2].step == Step(0.0, -11.0)
    standard = trend_of_nation(store, "DS", "", tier="standard")
    assert [one.again_figures and one.again_figures.score for one in standard.points] == [12.5, 15.0, 15.0]
    assert {one.again and one.again.open for one in standard.points} == {None}


def test_the_newest_of_the_same_rules_counts_and_other_rules_are_apart(store: Store) -> None:
    past, (first, second, third) = three(store)
    judged_again(store, past, {first: {"moh": 1.0}, second: {"moh": 2.0}})
    judged_again(store, past, {second: {"moh": 3.0}, third: {"moh": 50.0}}, **{first: "pruned"})
    judged_again(store, past, {first: {"moh": 99.0}}, rules="sha256:draft")
    trend = trend_of_agency(store, "moh", None, "")
    assert [one.again_figures and one.again_figures.score for one in trend.points] == [1.0, 3.0, 50.0]
    assert trend.series is not None and trend.series.number == 2
    fourth = past.keep("2026-05-28", {"moh": 70.0}, rules=other_rules(content="sha256:newer"))
    later = trend_of_agency(store, "moh", None, "")
    assert later.series is not None and (later.series.number, later.current) == (3, False)
    assert [one.missing for one in later.points] == ["", LEFT_OUT, LEFT_OUT, LATER]
    assert later.points[-1].run == fourth


def test_why_a_run_is_missing_is_told_by_agency(store: Store) -> None:
    past, (first, second, third) = three(store)
    judged_again(store, past, {third: {"moh": 50.0, "mof": 10.0}}, **{first: "pruned", f"{second}/mof": "sealed"})
    assert [one.missing for one in trend_of_agency(store, "mof", None, "").points] == ["pruned", "sealed", ""]
    assert [one.missing for one in trend_of_agency(store, "moh", None, "").points] == ["pruned", LEFT_OUT, ""]
    assert [one.missing for one in trend_of_nation(store, None, "").points] == ["pruned", "sealed", ""]


CHEATS = {
    "a better score": ("UPDATE series_figures SET score = 999 WHERE series = 1", "series 1: what runs say"),
    "a better grade": ("UPDATE series_marks SET grade = 'A' WHERE series = 1", "series 1: what runs say"),
    "other rules": ("UPDATE series SET content = 'sha256:0' WHERE number = 1", "series 1: what runs say"),
    "nothing missing": ("UPDATE series SET missing = '{}'", "series 1: what runs say"),
    "a fall left out": ("UPDATE series_figures SET fell = ''", "series 1: what runs say"),
    "a series taken out": ("DELETE FROM series", "series 1: what runs say"),
    "a run taken out": ("DELETE FROM series_marks WHERE agency = 'moh'", "series 1: what runs say"),
    "all of it taken out": (
        "DELETE FROM series; DELETE FROM series_marks; DELETE FROM series_figures", "series 1: deleted",
    ),
    "one of their own": (
        "INSERT INTO series SELECT 9, at, content, baseline, engine, last, missing FROM series", "series 9: not in",
    ),
    "figures of their own": (
        "INSERT INTO series_marks SELECT 7, run, agency, at, name, tier, 'A', stage, content, baseline, engine, "
        "median, lowest_decile, reporting, registered FROM series_marks", "series 7: not in the ledger",
    ),
    "the first series": ("UPDATE figures SET fell = 'failed:1'", "how agencies stood after it was changed"),
    "who was overtaken": ("UPDATE marks SET overtaken = 'x' WHERE agency = 'moh'", "how agencies stood after it was"),
}  # fmt: skip


@pytest.mark.parametrize(("cheat", "told"), CHEATS.values(), ids=CHEATS.keys())
def test_what_is_changed_of_it_later_is_named(store: Store, cheat: str, told: str) -> None:
    past, (first, _, third) = three(store)
    judged_again(store, past, {third: {"moh": 50.0, "mof": 10.0}}, **{first: "pruned"})

    def faults() -> list[str]:
        return [one for one in verify(StoreSource(store), judge=False).faults if "series" in one or "stood" in one]

    assert faults() == []
    with closing(sqlite3.connect(store.path)) as connection:
        connection.executescript(cheat)
    assert any(told in one for one in faults()), faults()
