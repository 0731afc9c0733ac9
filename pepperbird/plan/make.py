"""Plan: from content and the register to what is asked of which endpoint, and which pairs are judged.

Pure: contacts nothing, reads no clock. A plan is the whole of what a scan may do; `pepperbird plan` prints it, the
collector runs it, the engine judges by it. An asset that cannot be asked still has its pairs: leaving it out would be
a place to hide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pepperbird.errors import UsageError
from pepperbird.model.catalog import Catalog, ResolvedBaseline
from pepperbird.model.collector import Collector
from pepperbird.model.plan import EndpointPlan, JudgedAsset, Pair, Plan, ProbeCall, Selection
from pepperbird.model.policy import Control
from pepperbird.model.site import Access, Agency, Asset, Site
from pepperbird.model.state import SERVERS, AssetKind, Enforcement, Tier
from pepperbird.plan.arguments import arguments_of, commands_of
from pepperbird.plan.chosen import chosen_assets
from pepperbird.plan.lines import line_of, thinned
from pepperbird.plan.register import declared_assets, register_of

SHELL_VIAS = ("ssh", "local", "replay")
FAMILIES: Final[Mapping[AssetKind, tuple[str, tuple[str, ...]]]] = {
    AssetKind.POSTGRESQL: ("sql", ("sql", "replay")),
    AssetKind.MYSQL: ("sql", ("sql", "replay")),
    AssetKind.S3_BUCKET: ("s3", ("s3", "replay")),
    AssetKind.WINDOWS_SERVER: ("powershell", ("replay",)),
}
"""How the assets of a kind are asked: the family of collectors, and the ways in that it can take. Others by a shell."""


KIT: Final = "kit"
"""Looked at by a script that the agency runs itself: the way in of last resort, and of a call that names it."""


def make_plan(
    catalog: Catalog, site: Site, selection: Selection | None = None, *, at: str, baseline: str | None = None
) -> Plan:
    """Everything a run of `selection` will ask and judge. Raises UsageError for a name that does not exist.

    `baseline` names an overlay or a published baseline that replaces that of every tier.
    """
    selection = selection or Selection()
    agencies = _agencies(site, selection)
    wanted = _controls(catalog, selection)
    baselines = _baselines(catalog, baseline)
    endpoints: list[EndpointPlan] = []
    assets: list[JudgedAsset] = []
    pairs: list[Pair] = []
    for agency in agencies:
        chosen = chosen_assets(agency, selection)
        planned = _endpoints(catalog, site, agency, selection, chosen)
        endpoints += planned.values()
        judged = declared_assets(agency, planned)
        assets += judged
        pairs += _pairs(agency, judged, wanted, baselines, selection, chosen)
    return Plan(
        at=at,
        selection=selection,
        agencies=tuple(agency.id for agency in agencies),
        endpoints=tuple(endpoints),
        assets=tuple(assets),
        pairs=tuple(sorted(pairs, key=lambda pair: (pair.agency, pair.control, pair.asset))),
        registers={agency.id: register_of(agency) for agency in agencies},
        baselines={tier: baseline.id for tier, baseline in baselines.items()},
    )


def _baselines(catalog: Catalog, name: str | None) -> dict[Tier, ResolvedBaseline]:
    if name is None:
        return {tier: catalog.baseline(tier) for tier in Tier}
    if name not in catalog.baselines:
        raise UsageError(f"no baseline {name!r}; there are: {', '.join(sorted(catalog.baselines))}")
    return dict.fromkeys(Tier, catalog.baselines[name])


def _agencies(site: Site, selection: Selection) -> tuple[Agency, ...]:
    known = {agency.id: agency for agency in site.agencies}
    for name in selection.agencies:
        if name not in known:
            raise UsageError(f"no agency {name!r} in the site; it has: {', '.join(sorted(known)) or 'none yet'}")
    chosen = tuple(a for a in site.agencies if not selection.agencies or a.id in selection.agencies)
    have = {asset for agency in chosen for asset in _asset_names(agency)}
    for name in selection.assets:
        if name not in have:
            raise UsageError(f"no asset {name!r} in the selected agencies; see `pepperbird inventory lint`")
    return chosen


def _asset_names(agency: Agency) -> Iterator[str]:
    yield agency.id
    for group in (agency.assets, agency.stores, agency.repositories):
        yield from (thing.id for thing in group)


def _controls(catalog: Catalog, selection: Selection) -> tuple[Control, ...]:
    for name in selection.controls:
        if name not in catalog.controls and name not in catalog.policies:
            raise UsageError(f"no control or standard {name!r}; `pepperbird content lint` counts them")
    return tuple(
        control
        for control in catalog.controls.values()
        if not selection.controls or control.id in selection.controls or control.id[:2] in selection.controls
    )


def _endpoints(
    catalog: Catalog, site: Site, agency: Agency, selection: Selection, chosen: frozenset[str] | None
) -> dict[str, EndpointPlan]:
    """The endpoint of each selected server and database, by asset id: the first access that its family can take."""
    hosts = {judged.host for judged in declared_assets(agency, {}) if chosen is not None and judged.id in chosen}
    planned: dict[str, EndpointPlan] = {}
    needed = _needed(catalog, selection)
    for asset in agency.assets:
        family, vias = FAMILIES.get(asset.kind, ("shell", SHELL_VIAS))
        access = _access(asset, vias, by_kit=f"{agency.id}/{asset.id}" in selection.kits)
        if access is None or (chosen is not None and asset.id not in hosts | chosen):
            continue
        collectors = [
            c for c in catalog.collectors.values() if asset.kind in c.on and c.family == family and c.id in needed
        ]
        if not collectors:
            continue
        line = line_of(agency, access, selection)
        endpoint = EndpointPlan(
            id=f"{agency.id}/{asset.id}/{access.via}",
            agency=agency.id,
            asset=asset.id,
            access=_with_defaults(access, site),
            probes=tuple(probe_calls(collectors, asset, agency, deep=selection.deep and line is None)),
            family=family,
            deadline=site.file.defaults.deadline,
            connect_timeout=site.file.defaults.connect_timeout,
        )
        planned[asset.id] = endpoint if line is None else thinned(endpoint, line)
    return planned


def _access(asset: Asset, vias: tuple[str, ...], *, by_kit: bool) -> Access | None:
    """The way in that is taken: the first that the family can take, else the kit of a server."""
    server = asset.kind in SERVERS
    if by_kit and server:
        return Access(via=KIT)
    first = next((one for one in asset.access if one.via in vias), None)
    return first or next((one for one in asset.access if one.via == KIT and server), None)


def _needed(catalog: Catalog, selection: Selection) -> frozenset[str]:
    """The collectors whose facts the selected controls read: nothing else is asked of a machine."""
    if not selection.controls:
        return frozenset(catalog.collectors)
    checks = {leaf.check for control in _controls(catalog, selection) for leaf in control.leaves if leaf.check}
    return frozenset(name for check in checks for name in catalog.reads.get(check, catalog.collectors))


def _with_defaults(access: Access, site: Site) -> Access:
    defaults = site.file.defaults
    if access.via == KIT:
        return access  # it logs in nowhere: who runs it says what it may see
    return access.model_copy(
        update={
            "user": access.user or defaults.user,
            "key": access.key or (None if access.secret else defaults.identity),
        }
    )


def probe_calls(
    collectors: Sequence[Collector], asset: Asset, agency: Agency | None = None, *, deep: bool = True
) -> Iterator[ProbeCall]:
    """The probes of these collectors with the declared values they take, in the order of the program.

    Heavy ones are asked only of a `deep` scan.
    """
    for collector in sorted(collectors, key=lambda one: one.id):
        for name, probe in collector.probes.items():
            if probe.cost == "heavy" and not deep:
                continue
            yield ProbeCall(
                id=f"{collector.id}.{name}",
                timeout=probe.timeout,
                max_bytes=probe.max_bytes,
                privilege=probe.privilege,
                commands=commands_of(probe, asset, agency),
                args=arguments_of(probe, asset, agency),
                grants=probe.grants,
                each=probe.each,
            )


def _pairs(
    agency: Agency,
    judged: Sequence[JudgedAsset],
    controls: Sequence[Control],
    baselines: Mapping[Tier, ResolvedBaseline],
    selection: Selection,
    chosen: frozenset[str] | None,
) -> Iterator[Pair]:
    present = {asset.kind for asset in judged}
    for control in controls:
        for asset in judged:
            enforcement = baselines[asset.tier].enforcement(control.id)
            named = chosen is None or asset.id in chosen
            named = named and not (selection.adhoc and asset.kind is AssetKind.AGENCY)
            if asset.kind in control.applies_to and named and enforcement is not Enforcement.NOT_REQUIRED:
                yield Pair(agency.id, control.id, asset.id, asset.kind, asset.tier, enforcement)
        if chosen is None and not selection.adhoc:
            yield from _missing_kinds(agency, control, baselines[agency.tier], present)


def _missing_kinds(
    agency: Agency, control: Control, baseline: ResolvedBaseline, present: set[AssetKind]
) -> Iterator[Pair]:
    """One pair per kind that the tier expects and the register lacks: what is left out still counts."""
    if baseline.enforcement(control.id) is not Enforcement.REQUIRED:
        return
    for kind in baseline.expected_kinds:
        if kind in control.applies_to and kind not in present:
            yield Pair(agency.id, control.id, f"{agency.id}#{kind}", kind, agency.tier, Enforcement.REQUIRED)
