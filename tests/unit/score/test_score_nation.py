"""The nation: every registered agency counts, also the silent ones."""

from __future__ import annotations

from pepperbird.model.scores import AgencyScore
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import Severity, State, Tier
from pepperbird.score.nation import score_nation
from tests.support.scoring import a_catalog, a_world, an_agency, control, server

CATALOG = a_catalog([control("IS-01", Severity.LOW)], expected=())


def scored(state: State) -> AgencyScore:
    return a_world(CATALOG, an_agency([server("srv")]), state).score


def a_nation(*tiers: Tier) -> Site:
    return Site(
        file=SiteFile(name="t"),
        agencies=tuple(Agency(id=f"a{n}", name=f"a{n}", tier=tier) for n, tier in enumerate(tiers)),
    )


def test_agencies_weigh_by_tier_and_a_silent_one_counts_nothing() -> None:
    site = a_nation(Tier.FOUNDATION, Tier.STANDARD, Tier.CRITICAL)
    nation = score_nation(site, {"a0": scored(State.FAIL), "a1": scored(State.PASS)})
    assert nation.figures.score == 28.6  # 2 of 7
    assert nation.figures.coverage == 42.9
    assert nation.figures.upper == 85.7
    assert (nation.reporting, nation.registered) == (2, 3)
    assert nation.grades == {"A": 1, "B": 0, "C": 0, "D": 0, "E": 2}
    assert (nation.median, nation.lowest_decile) == (0.0, 0.0)


def test_a_dark_agency_does_not_report() -> None:
    assert score_nation(a_nation(Tier.FOUNDATION), {"a0": scored(State.UNREACHABLE)}).reporting == 0


def test_median_and_lowest_decile() -> None:
    site = a_nation(*[Tier.FOUNDATION] * 20)
    good, bad = scored(State.PASS), scored(State.FAIL)
    nation = score_nation(site, {f"a{n}": good if n >= 2 else bad for n in range(20)})
    assert (nation.median, nation.lowest_decile) == (100.0, 0.0)
    assert score_nation(site, {f"a{n}": good if n >= 1 else bad for n in range(20)}).lowest_decile == 100.0
    two = a_nation(Tier.FOUNDATION, Tier.FOUNDATION)
    assert score_nation(two, {"a0": good, "a1": bad}).median == 50.0


def test_scores_of_unregistered_agencies_are_left_aside() -> None:
    assert score_nation(a_nation(Tier.FOUNDATION), {"zz": scored(State.PASS)}).figures.score == 0.0


def test_a_nation_without_agencies() -> None:
    nation = score_nation(a_nation(), {})
    assert (nation.figures.score, nation.figures.coverage, nation.registered) == (0.0, 0.0, 0)
