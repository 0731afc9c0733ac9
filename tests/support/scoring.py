"""A small catalog and builders for the tests of scores: every severity, waivable or not, every standard, real plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pepperbird.model.catalog import Catalog, ResolvedBaseline
from pepperbird.model.plan import Pair, Plan
from pepperbird.model.policy import Clause, Control, ControlSetting, Deadlines, Document, Freshness, Gate
from pepperbird.model.scores import AgencyScore
from pepperbird.model.site import Agency, Asset, Site, SiteFile, Store
from pepperbird.model.state import AssetKind, Assurance, Cadence, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import ClauseResult, Finding, PostureEntry, Verdict
from pepperbird.plan.make import make_plan
from pepperbird.score.agency import score_agency

AT = "2026-11-23T12:00:00Z"
SERVER, STORE, DATABASE = AssetKind.LINUX_SERVER, AssetKind.DATA_STORE, AssetKind.POSTGRESQL
WEB, AGENCY = AssetKind.WEB_ENDPOINT, AssetKind.AGENCY
EXPECTED = (SERVER, STORE, WEB)
REQUIRED, ADVISORY, NOT_REQUIRED = Enforcement.REQUIRED, Enforcement.ADVISORY, Enforcement.NOT_REQUIRED
WINDOWS = {
    Tier.FOUNDATION: Freshness(online=14, relay=21, visited=45),
    Tier.STANDARD: Freshness(online=7, relay=14, visited=35),
    Tier.CRITICAL: Freshness(online=2, relay=7, visited=None),
}
DOCUMENT = Document(title="Record", sections=("All",), signers=("Head",), valid_days=365)


def control(
    name: str,
    severity: Severity,
    kinds: Sequence[AssetKind] = (SERVER,),
    *,
    waivable: bool = True,
    document: bool = False,
) -> Control:
    """A control with one clause: a check, or a signed document."""
    form = {"document": DOCUMENT} if document else {"check": "area.name"}
    return Control(
        id=name,
        title=name,
        severity=severity,
        severity_why="why",
        applies_to=tuple(kinds),
        waivable=waivable,
        statement="what",
        rationale="why",
        clauses=(Clause.model_validate({"id": f"{name}.1", "on": tuple(kinds), **form}),),
        remediation=("do",),
    )


CONTROLS = (
    control("BR-01", Severity.CRITICAL, (STORE,)),
    control("BR-02", Severity.HIGH, (STORE, SERVER)),
    control("BR-03", Severity.MEDIUM, (AGENCY,), document=True),
    control("DS-01", Severity.CRITICAL, (SERVER, STORE), waivable=False),
    control("DS-02", Severity.MEDIUM, (STORE, DATABASE)),
    control("DS-03", Severity.LOW, (SERVER,)),
    control("DI-01", Severity.HIGH, (DATABASE, SERVER)),
    control("DI-02", Severity.CRITICAL, (SERVER,)),
    control("DI-03", Severity.LOW, (AGENCY, WEB), waivable=False),
    control("IS-01", Severity.HIGH, (WEB,)),
    control("IS-02", Severity.CRITICAL, (WEB, SERVER)),
    control("IS-03", Severity.MEDIUM, (SERVER,)),
    control("DR-01", Severity.CRITICAL, (AGENCY,), document=True),
    control("DR-02", Severity.HIGH, (SERVER, AGENCY)),
    control("DR-03", Severity.LOW, (STORE,), waivable=False),
)
LATER: Mapping[str, Tier] = {"DS-03": Tier.STANDARD, "DI-01": Tier.STANDARD, "IS-03": Tier.CRITICAL}
"""Controls that are only advisory below a tier; DR-03 isn't required of the lowest at all."""
_ORDER = list(Tier)


def enforcement(name: str, tier: Tier) -> Enforcement:
    if name == "DR-03" and tier is Tier.FOUNDATION:
        return NOT_REQUIRED
    return REQUIRED if _ORDER.index(tier) >= _ORDER.index(LATER.get(name, Tier.FOUNDATION)) else ADVISORY


def a_catalog(
    controls: Iterable[Control] = CONTROLS,
    expected: Sequence[AssetKind] = EXPECTED,
    starter: Sequence[str] = (),
    *,
    uneven: bool = False,
) -> Catalog:
    """Just these controls, a baseline per tier and a starter baseline of the controls named.

    All controls are required of every tier, unless `uneven`: then the lower tiers are asked for fewer.
    """
    by_id = {one.id: one for one in controls}

    def baseline(name: str, tier: Tier, settings: Mapping[str, Enforcement]) -> ResolvedBaseline:
        return ResolvedBaseline(
            id=name,
            title=name,
            tier=tier,
            expected_kinds=tuple(expected),
            deadlines=Deadlines(critical=7, high=14, medium=60, low=120),
            freshness=WINDOWS[tier],
            gate=Gate(score=75, coverage=85),
            controls={one: ControlSetting(enforcement=value) for one, value in settings.items()},
        )

    baselines = {
        str(t): baseline(str(t), t, {one: enforcement(one, t) if uneven else REQUIRED for one in by_id}) for t in Tier
    }
    only = {one: REQUIRED if one in starter else NOT_REQUIRED for one in by_id}
    baselines["starter"] = baseline("starter", Tier.FOUNDATION, only)
    return Catalog(
        policies={},
        controls=by_id,
        checks={},
        collectors={},
        baselines=baselines,
        lists={},
        list_files={},
        redactions=(),
        programs={},
        digest="sha256:test",
        root="",
    )


def server(name: str, tier: Tier | None = None, cadence: Cadence = Cadence.ONLINE, kind: AssetKind = SERVER) -> Asset:
    return Asset(id=name, kind=kind, tier=tier, cadence=cadence)


def an_agency(
    assets: Sequence[Asset] = (), stores: Sequence[Store] = (), tier: Tier = Tier.FOUNDATION, name: str = "moh"
) -> Agency:
    return Agency(id=name, name=name, tier=tier, assets=tuple(assets), stores=tuple(stores))


def a_verdict(
    pair: Pair,
    state: State,
    at: str = AT,
    *,
    assurance: Assurance = Assurance.OBSERVED,
    subjects: Sequence[str] = (),
    severity: Severity = Severity.HIGH,
) -> Verdict:
    """A verdict of one clause; `subjects` are its findings, all of the same state."""
    clause = f"{pair.control}.1"
    findings = tuple(
        Finding(pair.agency, pair.control, pair.asset, clause, "area.name", one, state, "seen", "wanted", "probe")
        for one in subjects
    )
    result = ClauseResult(clause, "required", state, findings, assurance)
    return Verdict(
        pair.agency, pair.control, pair.asset, str(pair.kind), str(pair.tier), severity, pair.enforcement, state,
        clause, assurance, (result,), at,
    )  # fmt: skip


@dataclass(frozen=True)
class World:
    """One agency under one catalog, planned, with what stands of each pair."""

    catalog: Catalog
    site: Site
    plan: Plan
    entries: tuple[PostureEntry, ...]

    @property
    def score(self) -> AgencyScore:
        return self.scored(self.entries)

    def scored(self, entries: Sequence[PostureEntry]) -> AgencyScore:
        return score_agency(self.catalog, self.site, self.plan, entries, self.site.agencies[0].id, at=AT)

    def entry(self, pair: Pair, state: State, assurance: Assurance = Assurance.OBSERVED) -> PostureEntry:
        severity = self.catalog.controls[pair.control].severity
        return PostureEntry(
            pair.agency, pair.control, pair.asset, str(pair.kind), str(pair.tier), severity, pair.enforcement, state,
            assurance, AT,
        )  # fmt: skip


def a_world(catalog: Catalog, agency: Agency, states: Mapping[tuple[str, str], State] | State = State.PASS) -> World:
    """All pairs in the states named by (control, asset), the others unchecked; or all in one state."""
    site = Site(file=SiteFile(name="test"), agencies=(agency,))
    world = World(catalog, site, make_plan(catalog, site, at=AT), ())

    def state_of(pair: Pair) -> State:
        return states if isinstance(states, State) else states.get((pair.control, pair.asset), State.UNCHECKED)

    return replace(world, entries=tuple(world.entry(pair, state_of(pair)) for pair in world.plan.pairs))
