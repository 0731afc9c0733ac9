"""The properties of the scoring model (scoring, section 6), two thousand random agencies in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pepperbird.model.declared import Decommission, Waiver
from pepperbird.model.scores import AgencyScore, Grade
from pepperbird.model.site import Agency, Asset, Site, SiteFile, Store
from pepperbird.model.state import AssetKind, Assurance, Cadence, Severity, State, Tier
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.plan.make import make_plan
from pepperbird.score.figures import missing_kind
from pepperbird.score.nation import score_nation
from pepperbird.score.posture import posture
from tests.support.scoring import (
    AT,
    CONTROLS,
    DATABASE,
    EXPECTED,
    SERVER,
    STORE,
    WEB,
    World,
    a_catalog,
    a_verdict,
    a_world,
    an_agency,
    control,
    server,
)

pytestmark = pytest.mark.slow

thorough = settings(
    max_examples=160, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
PASS, FAIL, NOT_APPLICABLE, WAIVED = State.PASS, State.FAIL, State.NOT_APPLICABLE, State.WAIVED
UNKNOWN = [State.ERROR, State.UNREACHABLE, State.UNCHECKED, State.STALE]
NEW_UNKNOWN = [State.ERROR, State.UNREACHABLE, State.UNREACHABLE, State.UNCHECKED]
ALL = list(State)
MIXES = [ALL, [PASS] * 8 + ALL, [PASS] * 30 + [NOT_APPLICABLE, *ALL], [PASS] * 40 + [FAIL, NOT_APPLICABLE], [FAIL]]
ASSURANCES = [[Assurance.OBSERVED], [Assurance.OBSERVED] * 4 + [Assurance.ATTESTED], list(Assurance)]
TIERS = list(Tier)


@st.composite
def agencies(draw: st.DrawFn, name: str = "moh") -> Agency:
    """Up to six assets and stores, none above the agency's own tier, on any link."""
    tier = draw(st.sampled_from(TIERS))
    tiers = st.sampled_from([None, *TIERS[: TIERS.index(tier) + 1]])
    kinds = draw(st.lists(st.sampled_from([SERVER, STORE, WEB, DATABASE]), max_size=6))
    kinds = draw(st.sampled_from([[], [SERVER, STORE, WEB], [SERVER, STORE, WEB]])) + kinds
    assets, stores = [], []
    for number, kind in enumerate(kinds):
        if kind is STORE:
            stores.append(Store(id=f"s{number}", asset="a0", tier=draw(tiers)))
        else:
            cadence = draw(st.sampled_from(list(Cadence)))
            assets.append(Asset(id=f"a{number}", kind=kind, tier=draw(tiers), cadence=cadence))
    return Agency(id=name, name=name, tier=tier, assets=tuple(assets), stores=tuple(stores))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A random agency under a random selection of controls, each pair in any state, seen in any way."""
    catalog = a_catalog(
        draw(st.lists(st.sampled_from(CONTROLS), min_size=1, unique_by=lambda one: one.id)), uneven=True
    )
    site = Site(file=SiteFile(name="test"), agencies=(draw(agencies()),))
    world = World(catalog, site, make_plan(catalog, site, at=AT), ())
    pairs = world.plan.pairs
    mix, how = draw(st.sampled_from(MIXES)), draw(st.sampled_from(ASSURANCES))
    states = draw(st.lists(st.sampled_from(mix), min_size=len(pairs), max_size=len(pairs)))
    seen = draw(st.lists(st.sampled_from(how), min_size=len(pairs), max_size=len(pairs)))
    entries = [world.entry(pair, state, way) for pair, state, way in zip(pairs, states, seen, strict=True)]
    entries = [
        replace(e, state=State.UNCHECKED) if missing_kind(e) and e.state is not NOT_APPLICABLE else e for e in entries
    ]
    return replace(world, entries=tuple(entries))


def some_replaced(
    data: st.DataObject,
    entries: Sequence[PostureEntry],
    among: Sequence[State],
    into: Sequence[State],
    every: bool = False,
) -> list[PostureEntry]:
    """A random part (or all) of the entries in the states `among`, each in a random state of `into`."""
    size = len(entries)
    chosen = [True] * size if every else data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    states = data.draw(st.lists(st.sampled_from(list(into)), min_size=size, max_size=size))
    return [
        replace(entry, state=state) if entry.state in among and choose else entry
        for entry, choose, state in zip(entries, chosen, states, strict=True)
    ]


def not_better(after: AgencyScore, before: AgencyScore) -> None:
    assert after.figures.score <= before.figures.score
    assert after.figures.coverage <= before.figures.coverage
    assert after.grade >= before.grade, "A is the least letter"


LARGE = {
    severity: a_world(
        a_catalog([control("IS-01", severity)], expected=()), an_agency([server(f"s{n:03}") for n in range(100)])
    )
    for severity in (Severity.CRITICAL, Severity.HIGH)
}
"""One control on a hundred equal machines: each pair is one point, so every gate can be met to the point."""


@st.composite
def near_a_gate(draw: st.DrawFn) -> World:
    """A large agency of grade A to C, or just short of it, that was partly told and not seen."""
    world = LARGE[draw(st.sampled_from(list(LARGE)))]
    failing = draw(st.sampled_from([0, 0, 1, 1, 2, 10, 25]))
    unknown = draw(st.sampled_from([0, 0, 1, 5]))
    told = draw(st.sampled_from([0, 20, 29, 30, 31, 45]))
    states = ([FAIL] * failing + [State.ERROR] * unknown + [PASS] * 100)[:100]
    entries = [replace(entry, state=state) for entry, state in zip(world.entries, states, strict=True)]
    entries[-told or 100 :] = [replace(entry, assurance=Assurance.ATTESTED) for entry in entries[-told or 100 :]]
    return replace(world, entries=tuple(entries))


def at_day(days: float) -> str:
    return (datetime.fromisoformat(AT) + timedelta(days=days)).isoformat()


@thorough
@given(worlds(), st.data())
def test_P1_turning_any_results_into_unknown_never_raises_score_or_coverage(world: World, data: st.DataObject) -> None:
    """Turning any results into unknown never raises score or coverage."""
    before, after = world.score, world.scored(some_replaced(data, world.entries, ALL, UNKNOWN))
    assert after.figures.score <= before.figures.score
    assert after.figures.coverage <= before.figures.coverage
    for asset, figures in before.assets.items():
        assert after.assets[asset].score <= figures.score


@settings(thorough, max_examples=220)
@given(worlds(), st.data())
def test_P2_turning_any_results_into_unknown_never_improves_the_grade(world: World, data: st.DataObject) -> None:
    """Turning any results into unknown never improves the grade."""
    before, after = world.score, world.scored(some_replaced(data, world.entries, ALL, UNKNOWN))
    event(f"grade {before.grade}")
    assert after.grade >= before.grade


@thorough
@given(near_a_gate(), st.integers(0, 5), st.integers(0, 5))
def test_P2_at_the_gates(world: World, first: int, last: int) -> None:
    """Turning any results into unknown never improves the grade: neither those that fail, nor those only told."""
    dark = [
        replace(entry, state=State.UNREACHABLE) if number < first or number >= 100 - last else entry
        for number, entry in enumerate(world.entries)
    ]
    before, after = world.score, world.scored(dark)
    event(f"grade {before.grade}")
    assert after.grade >= before.grade


@thorough
@given(worlds(), st.data())
def test_P3_waivers_never_change_the_score(world: World, data: st.DataObject) -> None:
    """Waivers never change the score."""
    waived = some_replaced(data, world.entries, [FAIL], [WAIVED])
    assert world.scored(waived).figures == world.score.figures
    assert world.scored(waived).standards == world.score.standards


@thorough
@given(worlds(), st.data())
def test_P4_the_published_interval_contains_every_resolution(world: World, data: st.DataObject) -> None:
    """The published interval contains every resolution of the unknowns."""
    figures = world.score.figures
    resolved = some_replaced(data, world.entries, UNKNOWN, [PASS, FAIL, NOT_APPLICABLE], every=True)
    assert figures.score <= world.scored(resolved).figures.score <= figures.upper
    best = some_replaced(data, world.entries, UNKNOWN, [PASS], every=True)
    assert figures.score <= world.scored(best).figures.score <= figures.upper


@thorough
@given(worlds(), st.data())
def test_P5_a_fix_never_lowers_the_score(world: World, data: st.DataObject) -> None:
    """A fix never lowers the score."""
    fixed = some_replaced(data, world.entries, [FAIL, WAIVED, *UNKNOWN], [PASS])
    assert world.scored(fixed).figures.score >= world.score.figures.score


@settings(thorough, max_examples=100)
@given(st.lists(worlds(), min_size=1, max_size=4), st.data())
def test_P6_a_silent_agency_never_raises_the_nation(several: list[World], data: st.DataObject) -> None:
    """A silent agency never raises the nation: neither one that falls silent, nor one that never spoke."""
    ids = [f"a{number}" for number in range(len(several))]
    agencies_ = [w.site.agencies[0].model_copy(update={"id": name}) for name, w in zip(ids, several, strict=True)]
    site = Site(file=SiteFile(name="test"), agencies=tuple(agencies_))
    scores = {name: world.score for name, world in zip(ids, several, strict=True)}
    silent = data.draw(st.sets(st.sampled_from(ids)))
    before = score_nation(site, scores)
    after = score_nation(site, {name: score for name, score in scores.items() if name not in silent})
    stranger = agencies_[0].model_copy(update={"id": "stranger"})
    larger = score_nation(Site(file=site.file, agencies=(*site.agencies, stranger)), scores)
    for other in (after, larger):
        assert other.figures.score <= before.figures.score
        assert other.figures.coverage <= before.figures.coverage
        assert other.median <= before.median
        assert other.lowest_decile <= before.lowest_decile
        assert other.reporting <= before.reporting


@st.composite
def histories(draw: st.DrawFn, length: int = 3) -> tuple[World, tuple[PostureEntry, ...], float]:
    """A world, the posture after a few runs on random days, and the day of the last."""
    world = draw(worlds())
    standing: tuple[PostureEntry, ...] = ()
    day = 0.0
    for _ in range(draw(st.integers(1, length))):
        day += draw(st.sampled_from([1, 3, 10, 20, 100]))
        standing = posture(
            standing, draw(verdicts(world, [*[PASS] * 4, FAIL, NOT_APPLICABLE, *NEW_UNKNOWN], day)), (), world.catalog,
            world.plan, at=at_day(day),
        )  # fmt: skip
    return world, standing, day


@st.composite
def verdicts(draw: st.DrawFn, world: World, states: Sequence[State], day: float) -> list[Verdict]:
    size = len(world.plan.pairs)
    drawn = draw(st.lists(st.sampled_from(list(states)), min_size=size, max_size=size))
    return [
        a_verdict(pair, State.UNCHECKED if "#" in pair.asset else state, at_day(day), subjects=("x",))
        for pair, state in zip(world.plan.pairs, drawn, strict=True)
    ]


def by_key(entries: Sequence[PostureEntry]) -> dict[tuple[str, str], State]:
    return {(entry.control, entry.asset): entry.state for entry in entries}


@thorough
@given(histories(), st.sampled_from([0.0, 1, 5, 40]), st.sampled_from(list(Cadence)), st.data())
def test_P7_going_dark_never_turns_a_non_pass_into_a_pass(
    history: tuple[World, tuple[PostureEntry, ...], float], later: float, cadence: Cadence, data: st.DataObject
) -> None:
    """Going dark never turns a non-pass into a pass, nor takes a pair out of the score, whatever link is claimed."""
    world, before, day = history
    if later > 1:  # long enough in the dark for a pass to become stale
        day += 16
        silence = [a_verdict(pair, State.UNREACHABLE, at_day(day)) for pair in world.plan.pairs]
        before = posture(before, silence, (), world.catalog, world.plan, at=at_day(day))
    slower = replace(world.plan, assets=tuple(replace(asset, cadence=cadence) for asset in world.plan.assets))
    dark = data.draw(verdicts(world, NEW_UNKNOWN, day + later))
    after = by_key(posture(before, dark, (), world.catalog, slower, at=at_day(day + later)))
    for key, state in by_key(before).items():
        assert after[key] is not PASS or state is PASS
        assert after[key] is not NOT_APPLICABLE or state is NOT_APPLICABLE
        assert after[key] is FAIL or state is not FAIL, "a fail never expires"


@settings(thorough, max_examples=220)
@given(worlds(), st.sampled_from(EXPECTED))
def test_P8_leaving_out_an_expected_kind_never_raises_anything(world: World, kind: str) -> None:
    """Leaving an expected kind out of the inventory never raises score, coverage or grade."""
    agency = world.site.agencies[0]
    fewer = agency.model_copy(
        update={
            "assets": tuple(asset for asset in agency.assets if asset.kind != kind),
            "stores": () if kind == STORE else agency.stores,
        }
    )
    site = Site(file=world.site.file, agencies=(fewer,))
    known = {(entry.control, entry.asset): entry for entry in world.entries}
    left = replace(world, site=site, plan=make_plan(world.catalog, site, at=AT))
    entries = [known.get((p.control, p.asset)) or left.entry(p, State.UNCHECKED) for p in left.plan.pairs]
    not_better(left.scored(entries), world.score)


@thorough
@given(histories(), st.data())
def test_P8_dropping_what_was_once_registered_never_raises_anything(
    history: tuple[World, tuple[PostureEntry, ...], float], data: st.DataObject
) -> None:
    """An asset once registered can't be dropped without a record: its pairs stay, unchecked."""
    world, before, day = history
    agency = world.site.agencies[0]
    assets = tuple(asset for asset in agency.assets if data.draw(st.booleans()))
    stores = tuple(store for store in agency.stores if data.draw(st.booleans()))
    site = Site(file=world.site.file, agencies=(agency.model_copy(update={"assets": assets, "stores": stores}),))
    plan = make_plan(world.catalog, site, at=AT)
    after = posture(before, (), (), world.catalog, plan, at=at_day(day))
    left = replace(world, site=site, plan=plan)
    not_better(left.scored(after), world.scored(before))
    remaining = {asset.id for asset in plan.assets}
    gone = [state for (_, asset), state in by_key(after).items() if asset not in remaining and "#" not in asset]
    assert set(gone) <= {State.UNCHECKED}
    assert by_key(before).keys() - by_key(after).keys() <= {key for key in by_key(before) if "#" in key[1]}


@thorough
@given(histories(), st.data(), st.floats(0, 29.9))
def test_P8_a_decommission_gains_nothing_for_thirty_days(
    history: tuple[World, tuple[PostureEntry, ...], float], data: st.DataObject, later: float
) -> None:
    """With a record an asset stands as it stood: neither better than registered and dark, nor gone."""
    world, before, day = history
    agency = world.site.agencies[0]
    assets = tuple(asset for asset in agency.assets if data.draw(st.booleans()))
    stores = tuple(store for store in agency.stores if data.draw(st.booleans()))
    site = Site(file=world.site.file, agencies=(agency.model_copy(update={"assets": assets, "stores": stores}),))
    plan = make_plan(world.catalog, site, at=AT)
    records = [
        Decommission(
            agency=entry.agency, asset=entry.asset, kind=AssetKind(entry.kind), on="2026-11-23", reason="r",
            sanitisation="s", by="b", known_until=at_day(day), tail_ends=at_day(day + 30),
        )
        for entry in before
        if "#" not in entry.asset and entry.asset != entry.agency
    ]  # fmt: skip
    kept = posture(before, (), (), world.catalog, world.plan, at=at_day(day + later))
    after = posture(before, (), (), world.catalog, plan, at=at_day(day + later), decommissions=records)
    not_better(replace(world, site=site, plan=plan).scored(after), world.scored(kept))
    assert {key for key in by_key(before) if "#" not in key[1]} <= by_key(after).keys()


@settings(thorough, max_examples=220)
@given(worlds(), st.data())
def test_P9_hearsay_never_raises_the_grade(world: World, data: st.DataObject) -> None:
    """Replacing an observation by a self-collected or attested one never raises the grade."""
    told = [
        replace(entry, assurance=data.draw(st.sampled_from([Assurance.SELF_COLLECTED, Assurance.ATTESTED])))
        if entry.assurance is Assurance.OBSERVED and data.draw(st.booleans())
        else entry
        for entry in world.entries
    ]
    before, after = world.score, world.scored(told)
    assert after.grade >= before.grade
    assert after.figures.score == before.figures.score
    assert after.figures.observed <= before.figures.observed


@thorough
@given(near_a_gate(), st.integers(1, 40))
def test_P9_at_the_gates(world: World, more: int) -> None:
    """Replacing an observation by a self-collected or attested one never raises the grade."""
    told = [
        replace(entry, assurance=Assurance.SELF_COLLECTED) if 20 <= number < 20 + more else entry
        for number, entry in enumerate(world.entries)
    ]
    assert world.scored(told).grade >= world.score.grade


@thorough
@given(near_a_gate(), st.integers(0, 40))
def test_P10_at_the_gates(world: World, waived: int) -> None:
    """A waiver never raises coverage or grade."""
    laid = [
        replace(entry, state=WAIVED) if entry.state is FAIL and number < waived else entry
        for number, entry in enumerate(world.entries)
    ]
    not_better(world.scored(laid), world.score)


@st.composite
def waivers(draw: st.DrawFn, world: World) -> list[Waiver]:
    """Waivers of any pair, valid and void, for the whole or for a subject."""
    made = []
    for number, pair in enumerate(world.plan.pairs):
        if draw(st.booleans()):
            start = draw(st.integers(-60, 200))
            days = draw(st.sampled_from([1, 60, 90, 91, 180, 181]))
            made.append(
                Waiver(
                    id=f"w{number}", agency=pair.agency, control=pair.control, asset=pair.asset, reason="r",
                    measure="m", approved_by="pmo", subject=draw(st.sampled_from([None, "x", "y"])),
                    since=at_day(start)[:10], until=at_day(start + days)[:10],
                )
            )  # fmt: skip
    return made


@thorough
@given(histories(), st.data())
def test_P10_a_waiver_never_raises_coverage_or_grade_and_covers_only_a_fail(
    history: tuple[World, tuple[PostureEntry, ...], float], data: st.DataObject
) -> None:
    """A waiver never raises coverage or grade, and is laid only over a resolved fail."""
    world, before, day = history
    made = data.draw(waivers(world))
    results = data.draw(verdicts(world, [FAIL, FAIL, PASS, *NEW_UNKNOWN], day + 1))
    plain = posture(before, results, (), world.catalog, world.plan, at=at_day(day + 1))
    waived = posture(before, results, made, world.catalog, world.plan, at=at_day(day + 1))
    event(f"waived: {any(entry.state is WAIVED for entry in waived)}")
    for one, other in zip(plain, waived, strict=True):
        assert one.state is other.state or (one.state is FAIL and other.state is WAIVED and other.waiver)
        assert other.state is not WAIVED or world.catalog.controls[other.control].waivable
    before_, after = world.scored(plain), world.scored(waived)
    not_better(after, before_)
    assert after.figures == before_.figures
    assert Grade(after.grade) is before_.grade
