"""The quarter: what is counted, that silence raises nothing, and that small cohorts give nobody away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from pepperbird.model.history import Estate, Tally
from pepperbird.model.scores import Figures
from pepperbird.model.state import State, Tier
from pepperbird.score.indicators import Failing, Moment, Value, failing_most, indicators, values
from pepperbird.score.quarter import SMALL, Told, count_up
from tests.support.past import figures

SERVERS = frozenset({"linux-server"})


def moment(seen: Mapping[str, float], *tallies: Tally, days: float | None = None) -> Moment:
    known: dict[str, dict[str, Figures]] = {agency: {"": figures(score)} for agency, score in seen.items()}
    return Moment("2026Q4", known, known, tallies, 9, None, days, 0)


def tally(
    agency: str, control: str, state: State, pairs: int = 1, severity: str = "high", how: str = "required"
) -> Tally:
    return Tally(agency, control, severity, how, state, pairs)


def register(*ids: str, tier: Tier = Tier.STANDARD) -> tuple[Estate, ...]:
    return tuple(Estate(one, f"Name of {one}", tier, SERVERS) for one in ids)


def test_what_is_not_seen_is_not_done() -> None:
    found = values(
        moment(
            {"a": 10.0},
            tally("a", "BR-12", State.PASS, 2),
            tally("a", "BR-12", State.UNREACHABLE, 3),
            tally("a", "BR-12", State.NOT_APPLICABLE, 7),
            tally("b", "IS-21", State.UNCHECKED, 4),
        )
    )
    assert found["restores"] == Value(2, 5)
    assert found["patched"] == Value(0, 4)
    assert found["supported"] == Value(None, None)
    assert (found["onboarded"], found["coverage"]) == (Value(1, 9), Value(None))


def test_only_required_critical_fails_are_critical_and_open() -> None:
    some = [
        tally("a", "IS-20", State.FAIL, 2, "critical"),
        tally("a", "IS-20", State.WAIVED, 4, "critical"),
        tally("a", "IS-20", State.FAIL, 8, "critical", "advisory"),
        tally("a", "IS-21", State.FAIL, 16),
    ]
    assert values(moment({"a": 1.0}, *some))["critical_open"] == Value(2)
    assert values(moment({}))["critical_open"] == Value(None)


@pytest.mark.parametrize(("target", "met"), [(30.0, True), (29.9, False), (None, None)])
def test_of_days_to_fix_less_is_better(target: float | None, met: bool | None) -> None:
    targets = {} if target is None else {"days_to_fix": target}
    found = {one.id: one for one in indicators(moment({"a": 1.0}, days=30.0), None, None, targets)}
    assert found["days_to_fix"].met is met
    assert found["restores"].met is None


def test_a_control_fails_at_an_agency_once_however_many_pairs_do() -> None:
    some = [
        tally("a", "IS-21", State.FAIL, 9), tally("a", "IS-21", State.PASS), tally("b", "IS-21", State.ERROR),
        tally("c", "IS-21", State.NOT_APPLICABLE), tally("a", "IS-20", State.FAIL, how="advisory"),
        tally("b", "DS-12", State.FAIL), tally("a", "DS-12", State.FAIL), tally("a", "DS-15", State.UNCHECKED),
    ]  # fmt: skip
    assert failing_most(some) == (Failing("DS-12", 2, 0, 2), Failing("IS-21", 1, 1, 2))


def test_silence_counts_as_nought_and_moves_no_panel() -> None:
    told = Told(moment({"a": 40.0, "b": 20.0}), moment({"a": 30.0, "c": 90.0}), None, register("a", "b", "c"), {}, True)
    made = count_up(told)
    (group,) = made.groups
    assert (group.agencies, group.seen, group.figures.score) == (3, 2, 20.0)
    assert group.fixed is not None and made.fixed == group.fixed
    assert (group.fixed.agencies, group.fixed.then.score, group.fixed.now.score) == (1, 30.0, 40.0)
    assert made.silent == 1
    assert [(row.name, row.whole) for row in made.rows] == [
        ("Name of a", 40.0),
        ("Name of b", 20.0),
        ("Name of c", None),
    ]


def test_without_names_small_cohorts_stand_together_in_the_order_of_their_scores() -> None:
    known = (*register("a", "b", "c"), *register("d", tier=Tier.CRITICAL), *register("e", tier=Tier.FOUNDATION))
    seen = {"a": 10.0, "b": 30.0, "d": 50.0, "e": 70.0}
    made = count_up(Told(moment(seen), None, None, known, {}, False))
    assert [(one.name, one.agencies) for one in made.groups] == [("standard/servers", 3), (SMALL, 2)]
    assert [one.whole for one in made.rows] == [30.0, 10.0, None, 70.0, 50.0]
    assert {(one.id, one.name) for one in made.rows} == {("", "")}
    assert made.fixed is None


def test_a_panel_by_the_rules_of_now_has_only_whose_runs_were_judged_again() -> None:
    known = register("a", "b", "c", "d")
    seen, was = {"a": 40.0, "b": 20.0, "c": 60.0}, {"a": 30.0, "b": 20.0, "d": 80.0}
    nothing = replace(figures(5.0), conclusive=0)
    again = {"a": (figures(10.0), figures(40.0)), "b": (nothing, figures(20.0)), "c": (figures(1.0), figures(1.0))}
    fixed = count_up(Told(moment(seen), moment(was), None, known, {}, True, again)).fixed
    assert fixed is not None and fixed.again is not None
    assert (fixed.agencies, fixed.then.score, fixed.now.score) == (2, 25.0, 30.0)
    assert (fixed.again.agencies, fixed.again.then.score, fixed.again.now.score) == (1, 10.0, 40.0)
    assert fixed.parted and not replace(fixed, again=replace(fixed, agencies=1)).parted
    bare = count_up(Told(moment(seen), moment(was), None, known, {}, True)).fixed
    assert bare is not None and bare.again is None and not bare.parted
