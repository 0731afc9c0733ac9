"""Posture: where each pair stands at a moment, from what stood before and the verdicts since, waivers laid over fails.

A pair that once stood and that the plan no longer has stays, unchecked (P8): an asset is not dropped by leaving it out
of the register. By a record of its decommissioning it stands as it stood for thirty days, like one that cannot be
reached, and is gone then. Else it goes only where the rules changed: its control is gone, or not required any more of
an asset that is still registered as the same kind. A partial plan gives the posture of what was selected, and nothing
beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pepperbird.model.catalog import Catalog
from pepperbird.model.declared import Decommission, Waiver
from pepperbird.model.plan import FULL, JudgedAsset, Pair, Plan
from pepperbird.model.state import Assurance, Cadence, Enforcement, State, Tier
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.score.baseline import baseline_of
from pepperbird.score.figures import missing_kind
from pepperbird.score.observable import observable
from pepperbird.score.resolve import Windows, aged, bare, moment, removed, step
from pepperbird.score.waiver import overlay

Key = tuple[str, str, str]
ATTESTED_DAYS: Final = 30
"""Documents have their own validity, which judging applies; never under these days."""


def posture(
    previous: Sequence[PostureEntry],
    verdicts: Sequence[Verdict],
    waivers: Sequence[Waiver],
    catalog: Catalog,
    plan: Plan,
    *,
    at: str,
    decommissions: Sequence[Decommission] = (),
) -> tuple[PostureEntry, ...]:
    """Each pair once, by agency, control and asset.

    `verdicts` may hold several of a pair: they are taken in order of time. A planned pair without any verdict keeps
    what stood, aged to `at`; one of which nothing is known is unchecked.
    """
    before = {_key(entry): bare(entry) for entry in previous if entry.agency in plan.agencies}
    new: dict[Key, list[Verdict]] = defaultdict(list)
    for verdict in sorted(verdicts, key=lambda one: one.at):
        new[_key(verdict)].append(verdict)
    assets = {(asset.agency, asset.id): asset for asset in plan.assets}
    resolved: dict[Key, PostureEntry] = {}
    for pair in plan.pairs:
        key = _key(pair)
        windows = windows_of(catalog, plan, pair, assets)
        entry = _resolve(pair, before.get(key), new.get(key, ()), windows, at)
        resolved[key] = _labelled(entry, pair, catalog, at)
    if plan.scope == FULL:
        gone = {key: entry for key, entry in before.items() if key not in resolved}
        for entry in _kept(gone, catalog, plan, assets):
            windows = windows_of(catalog, plan, entry, assets)
            left = _left(entry, decommissions, windows, at)
            if left is not None:
                resolved[_key(entry)] = left
    return tuple(overlay(resolved[key], waivers, catalog, at) for key in sorted(resolved))


def _resolve(
    pair: Pair, before: PostureEntry | None, verdicts: Sequence[Verdict], windows: Windows, at: str
) -> PostureEntry | None:
    """What stands of a pair at `at`; None where nothing was ever known. Another kind under the same name leaves only
    its fail behind."""
    entry = before if before is None or before.kind == pair.kind or before.state is State.FAIL else None
    for verdict in verdicts:
        entry = step(entry, verdict, windows)
    return None if entry is None else aged(entry, windows, at)


def _labelled(entry: PostureEntry | None, pair: Pair, catalog: Catalog, at: str) -> PostureEntry:
    """The entry under today's kind, tier, severity and enforcement; unchecked where there is none."""
    severity = catalog.controls[pair.control].severity
    if entry is None:
        return PostureEntry(
            agency=pair.agency,
            control=pair.control,
            asset=pair.asset,
            kind=str(pair.kind),
            tier=str(pair.tier),
            severity=severity,
            enforcement=pair.enforcement,
            state=State.UNCHECKED,
            assurance=Assurance.OBSERVED,
            since=at,
        )
    return replace(entry, kind=str(pair.kind), tier=str(pair.tier), severity=severity, enforcement=pair.enforcement)


def windows_of(
    catalog: Catalog, plan: Plan, pair: Pair | PostureEntry, assets: Mapping[tuple[str, str], JudgedAsset]
) -> Windows:
    """Freshness by the cadence registered for the asset and the baseline of its tier."""
    freshness = baseline_of(catalog, plan, Tier(pair.tier)).freshness
    asset = assets.get((pair.agency, pair.asset))
    days: int | None = getattr(freshness, str(asset.cadence if asset else Cadence.ONLINE))
    if not observable(catalog, pair.control, str(pair.kind)):
        days = max(days or 0, ATTESTED_DAYS)
    return Windows(days, freshness.not_applicable)


def _kept(
    gone: Mapping[Key, PostureEntry], catalog: Catalog, plan: Plan, assets: Mapping[tuple[str, str], JudgedAsset]
) -> Iterator[PostureEntry]:
    """The entries of what was left out of the register, under today's rules. A missing kind that is registered now,
    or no longer expected, is not among them."""
    for entry in gone.values():
        control = catalog.controls.get(entry.control)
        asset = assets.get((entry.agency, entry.asset))
        if control is None or entry.kind not in control.applies_to or missing_kind(entry):
            continue
        enforcement = baseline_of(catalog, plan, Tier(entry.tier)).controls[entry.control].enforcement
        if enforcement is not Enforcement.NOT_REQUIRED and (asset is None or asset.kind != entry.kind):
            yield replace(entry, severity=control.severity, enforcement=enforcement)


def _left(entry: PostureEntry, decommissions: Sequence[Decommission], windows: Windows, at: str) -> PostureEntry | None:
    """What stands of a pair whose asset is no longer registered: unchecked without a record; with one as it stood,
    for its tail, and then nothing. A record says nothing of what was seen after it."""
    mine = [
        one
        for one in decommissions
        if (one.agency, one.asset, str(one.kind)) == (entry.agency, entry.asset, entry.kind)
        and moment(entry.since) <= moment(one.known_until)
    ]
    if not mine:
        return removed(entry)
    if moment(at) >= moment(min(one.tail_ends for one in mine)):
        return None
    return aged(entry, windows, at)


def _key(one: Pair | Verdict | PostureEntry) -> Key:
    return one.agency, one.control, one.asset
