"""Figures: the worked table of the model, weights, shares per store, rounding."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pepperbird.model.plan import Selection
from pepperbird.model.site import Store
from pepperbird.model.state import Assurance, Enforcement, Severity, State, Tier
from pepperbird.plan.make import make_plan
from pepperbird.score.figures import percent
from tests.support.scoring import AGENCY, AT, SERVER, STORE, WEB, World, a_catalog, a_world, an_agency, control, server

TEN = [*["medium"] * 6, "critical", "high", "high", "medium"]
"""The ten checks of the worked comparison: six medium pass; a critical, two high and a medium fail."""


def ten_checks(passing: State, failing: State) -> World:
    catalog = a_catalog([control(f"IS-{n:02}", Severity(one)) for n, one in enumerate(TEN, 1)], expected=())
    states = {(f"IS-{n:02}", "srv"): passing if n <= 6 else failing for n in range(1, 11)}
    return a_world(catalog, an_agency([server("srv")]), states)


@pytest.mark.parametrize(
    ("passing", "failing", "score", "coverage"),
    [
        (State.PASS, State.FAIL, 41.9, 100.0),
        (State.PASS, State.UNCHECKED, 41.9, 41.9),
        (State.UNREACHABLE, State.UNREACHABLE, 0.0, 0.0),
    ],
    ids=["before", "failing ones not run", "all dark"],
)
def test_the_worked_comparison(passing: State, failing: State, score: float, coverage: float) -> None:
    world = ten_checks(passing, failing)
    figures = world.score.figures
    assert (figures.score, figures.coverage) == (score, coverage)
    assert figures.upper == pytest.approx(score + 100 - coverage)
    assert world.score.assets["srv"].score == score
    assert world.score.standards["IS"] == figures


def test_credit_and_coverage_of_each_state() -> None:
    catalog = a_catalog([control("IS-01", Severity.LOW)], expected=())
    for state, score, coverage, pairs in [
        (State.PASS, 100, 100, 1), (State.FAIL, 0, 100, 1), (State.WAIVED, 0, 100, 1), (State.ERROR, 0, 0, 1),
        (State.UNREACHABLE, 0, 0, 1), (State.UNCHECKED, 0, 0, 1), (State.STALE, 0, 0, 1),
        (State.NOT_APPLICABLE, 0, 0, 0),
    ]:  # fmt: skip
        figures = a_world(catalog, an_agency([server("srv")]), state).score.figures
        assert (figures.score, figures.coverage, figures.pairs) == (score, coverage, pairs), state


def test_nine_of_ten_stores_earn_nine_tenths_and_leave_the_critical_control_open() -> None:
    catalog = a_catalog([control("BR-01", Severity.CRITICAL, [STORE])], expected=())
    stores = [Store(id=f"s{n}", asset="srv") for n in range(10)]
    states = {("BR-01", f"s{n}"): State.PASS if n else State.FAIL for n in range(10)}
    score = a_world(catalog, an_agency([server("srv")], stores), states).score
    assert score.figures.score == 90.0
    assert score.critical_open == 1


def test_a_control_counts_once_however_many_assets_it_has() -> None:
    catalog = a_catalog([control("IS-01", Severity.LOW, [WEB]), control("IS-02", Severity.LOW)], expected=())
    pages = [server(f"web{n}", kind=WEB) for n in range(200)]
    states = {("IS-01", page.id): State.PASS for page in pages} | {("IS-02", "db"): State.FAIL}
    assert a_world(catalog, an_agency([server("db"), *pages]), states).score.figures.score == 50.0


def test_assets_weigh_by_tier_inside_a_control() -> None:
    catalog = a_catalog([control("IS-01", Severity.LOW)], expected=())
    agency = an_agency([server("a", Tier.FOUNDATION), server("b", Tier.STANDARD), server("c", Tier.CRITICAL)])
    states = {("IS-01", "a"): State.FAIL, ("IS-01", "b"): State.FAIL, ("IS-01", "c"): State.PASS}
    assert a_world(catalog, agency, states).score.figures.score == 57.1  # 4 of 7


def test_standards_weigh_25_20_20_20_15() -> None:
    names = {"BR": 25.0, "DS": 20.0, "DI": 20.0, "IS": 20.0, "DR": 15.0}
    catalog = a_catalog([control(f"{name}-01", Severity.LOW) for name in names], expected=())
    for name, weight in names.items():
        score = a_world(catalog, an_agency([server("srv")]), {(f"{name}-01", "srv"): State.PASS}).score
        assert score.figures.score == weight
        assert score.standards[name] is not None


def test_a_standard_proven_not_applicable_gives_its_weight_to_the_others() -> None:
    catalog = a_catalog([control("IS-01", Severity.LOW), control("DS-01", Severity.LOW)], expected=())
    states = {("IS-01", "srv"): State.PASS, ("DS-01", "srv"): State.NOT_APPLICABLE}
    score = a_world(catalog, an_agency([server("srv")]), states).score
    assert score.figures.score == 100.0
    assert score.standards["DS"] is None
    assert score.standards["BR"] is None, "nothing of it is required"


def test_a_standard_with_nothing_to_judge_counts_nothing_in_a_full_run_and_is_left_aside_in_a_partial_one() -> None:
    catalog = a_catalog([control("IS-01", Severity.LOW), control("DS-01", Severity.LOW, [WEB])], expected=())
    world = a_world(catalog, an_agency([server("srv")]), State.PASS)
    assert world.score.figures.score == 50.0
    assert world.score.figures.coverage == 50.0
    partial = replace(world, plan=make_plan(catalog, world.site, Selection(assets=("srv",)), at=AT))
    assert partial.score.figures.score == 100.0


def test_a_control_that_lacks_an_expected_kind_is_not_judged_on_the_others() -> None:
    catalog = a_catalog([control("IS-01", Severity.LOW, [SERVER, WEB])], expected=[WEB])
    agency = an_agency([server("srv")])
    world = a_world(catalog, agency, {("IS-01", "srv"): State.PASS})
    assert (world.score.figures.score, world.score.figures.coverage) == (0.0, 0.0)
    assert world.score.assets.keys() == {"srv"}
    assert world.score.assets["srv"].score == 100.0
    absent = {("IS-01", "srv"): State.PASS, ("IS-01", "moh#web-endpoint"): State.NOT_APPLICABLE}
    assert a_world(catalog, agency, absent).score.figures.score == 100.0, "a reviewed declaration of absence"


def test_only_required_controls_count() -> None:
    world = ten_checks(State.PASS, State.FAIL)
    entries = [replace(e, enforcement=Enforcement.ADVISORY) if e.state is State.FAIL else e for e in world.entries]
    assert world.scored(entries).figures.score == 100.0


def test_the_observed_part_is_published_beside_the_score() -> None:
    world = ten_checks(State.PASS, State.FAIL)
    entries = [
        replace(e, assurance=Assurance.ATTESTED) if e.control in ("IS-01", "IS-02", "IS-03") else e
        for e in world.entries
    ]
    figures = world.scored(entries).figures
    assert (figures.score, figures.observed) == (41.9, 20.9)


def test_the_score_with_accepted_risk_leaves_waived_pairs_out_and_nothing_else_changes() -> None:
    score = ten_checks(State.PASS, State.WAIVED).score
    assert score.with_accepted_risk == 100.0
    assert score.figures == ten_checks(State.PASS, State.FAIL).score.figures


def test_an_agency_without_pairs_has_earned_nothing_and_hides_nothing() -> None:
    score = a_world(a_catalog([], expected=()), an_agency([])).score
    assert (score.figures.score, score.figures.upper, score.figures.coverage) == (0.0, 100.0, 0.0)
    assert set(score.standards) == {"BR", "DS", "DI", "IS", "DR"}


@pytest.mark.parametrize(
    ("part", "shown"),
    [(Fraction(18, 43), 41.9), (Fraction(8995, 10000), 90.0), (Fraction(8994, 10000), 89.9), (Fraction(1, 3), 33.3),
     (Fraction(2, 3), 66.7), (Fraction(1), 100.0), (Fraction(0), 0.0), (Fraction(125, 100000), 0.1)],
)  # fmt: skip
def test_rounding_is_half_up_to_one_decimal(part: Fraction, shown: float) -> None:
    assert percent(part) == shown


def test_the_agency_itself_is_an_asset() -> None:
    catalog = a_catalog([control("DR-01", Severity.LOW, [AGENCY], document=True)], expected=())
    assert a_world(catalog, an_agency([]), State.PASS).score.assets.keys() == {"moh"}
