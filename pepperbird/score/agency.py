"""The score of one agency: always a score of its posture, never of a single run's verdicts.

    score = BR 25 % + DS 20 % + DI 20 % + IS 20 % + DR 15 %          (scoring, section 2)

A standard all of whose pairs are proven not applicable, or of which the agency's baseline requires nothing, has no
score, and the other standards share its weight. A standard of which the baseline requires something while no pair
exists counts 0 with coverage 0: having nothing to judge must not be better than having something that fails (P8).
A partial run is a score of what was selected, so there the others share the weight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import FULL, Plan
from pepperbird.model.scores import AgencyScore, Figures
from pepperbird.model.site import Site
from pepperbird.model.state import Enforcement, Severity, State, Tier
from pepperbird.model.verdict import PostureEntry
from pepperbird.score import weights
from pepperbird.score.agreed import plan_kept
from pepperbird.score.baseline import baseline_of
from pepperbird.score.figures import (
    NOTHING,
    Share,
    counted,
    mean,
    missing_kind,
    of_asset,
    of_controls,
    percent,
    published,
)
from pepperbird.score.grade import caption_of, grade_of, next_grade, vouched_share
from pepperbird.score.stage import Proofs, Standing, stage_of

Entries = Sequence[PostureEntry]


def score_agency(catalog: Catalog, site: Site, plan: Plan, posture: Entries, agency_id: str, *, at: str) -> AgencyScore:
    """Figures, letter and stage of one agency from its posture as of `at`. Raises KeyError for an unknown agency.

    Only required pairs count. The posture is already resolved: on `at` only the deadlines of the agreed plan depend.
    """
    entries = [entry for entry in posture if entry.agency == agency_id]
    promised = _promised(catalog, plan, site.agency(agency_id).tier) if plan.scope == FULL else frozenset()
    standards = _standards(catalog, entries, promised)
    share = _whole(standards) or NOTHING
    figures = published(share, entries)
    critical, vouched = _critical_open(entries), vouched_share(share)
    grade = grade_of(figures, critical, vouched)
    return AgencyScore(
        agency=agency_id,
        figures=figures,
        grade=grade,
        caption=caption_of(grade, figures),
        next=next_grade(grade, figures, critical, vouched),
        stage=stage_of(Standing(catalog, entries, figures, grade, _proofs(site, entries, agency_id, at))),
        critical_open=critical,
        standards=_published_standards(catalog, standards, entries),
        assets=_assets(catalog, entries),
        with_accepted_risk=_with_accepted_risk(catalog, entries, promised),
    )


def _proofs(site: Site, entries: Entries, agency_id: str, at: str) -> Proofs:
    kept = plan_kept(site.plan_of(agency_id), entries, at)
    return Proofs(
        inventory_signed=site.register(agency_id).is_signed,
        plan_kept=kept,
        plan_counts=site.plan_standing(agency_id).counts,
    )


def _promised(catalog: Catalog, plan: Plan, tier: Tier) -> frozenset[str]:
    """The standards of which the agency's own baseline requires a control."""
    controls = baseline_of(catalog, plan, tier).controls
    return frozenset(catalog.standard(c) for c, one in controls.items() if one.enforcement is Enforcement.REQUIRED)


def _standards(catalog: Catalog, entries: Entries, promised: frozenset[str]) -> dict[str, Share | None]:
    """S of each standard; None where there is nothing to score and nothing hidden."""
    ours: dict[str, list[PostureEntry]] = {standard: [] for standard in weights.STANDARD}
    for entry in entries:
        if entry.enforcement is Enforcement.REQUIRED:
            ours[catalog.standard(entry.control)].append(entry)
    return {
        standard: of_controls(some, catalog) if some or standard not in promised else NOTHING
        for standard, some in ours.items()
    }


def _whole(standards: Mapping[str, Share | None]) -> Share | None:
    return mean((weights.STANDARD[name], share) for name, share in standards.items() if share is not None)


def _published_standards(
    catalog: Catalog, standards: Mapping[str, Share | None], entries: Entries
) -> dict[str, Figures | None]:
    return {
        name: None if share is None else published(share, (e for e in entries if catalog.standard(e.control) == name))
        for name, share in standards.items()
    }


def _assets(catalog: Catalog, entries: Entries) -> dict[str, Figures]:
    """Figures of each asset with something to judge; a missing kind is no asset."""
    by_asset: dict[str, list[PostureEntry]] = defaultdict(list)
    for entry in entries:
        if counted(entry) and not missing_kind(entry):
            by_asset[entry.asset].append(entry)
    return {asset: published(of_asset(ours, catalog), ours) for asset, ours in sorted(by_asset.items())}


def _critical_open(entries: Entries) -> int:
    """Critical controls with any pair that is no pass: failed, waived or unknown alike."""
    return len(
        {e.control for e in entries if counted(e) and e.severity is Severity.CRITICAL and e.state is not State.PASS}
    )


def _with_accepted_risk(catalog: Catalog, entries: Entries, promised: frozenset[str]) -> float:
    """The side figure: the score with waived pairs taken out. A standard wholly waived shares its weight."""
    kept = [entry for entry in entries if entry.state is not State.WAIVED]
    gone = {catalog.standard(e.control) for e in entries} - {catalog.standard(e.control) for e in kept}
    return percent((_whole(_standards(catalog, kept, promised - gone)) or NOTHING).score)
