"""The plan of a stored run under other content or another baseline: the same endpoints, the pairs of today's rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import EndpointPlan, JudgedAsset, Pair, Plan
from pepperbird.model.site import Site
from pepperbird.plan.make import make_plan


def part_of(plan: Plan, agencies: Collection[str]) -> Plan:
    """The plan as if the run had looked at these agencies only."""
    return replace(
        plan,
        agencies=tuple(one for one in plan.agencies if one in agencies),
        endpoints=tuple(one for one in plan.endpoints if one.agency in agencies),
        assets=tuple(one for one in plan.assets if one.agency in agencies),
        pairs=tuple(one for one in plan.pairs if one.agency in agencies),
        registers={name: one for name, one in plan.registers.items() if name in agencies},
    )


def by_agency(plan: Plan) -> dict[str, Plan]:
    """`part_of` the plan for each of its agencies, in their order."""
    endpoints, assets, pairs = _parted(plan.endpoints), _parted(plan.assets), _parted(plan.pairs)
    return {
        agency: replace(
            plan,
            agencies=(agency,),
            endpoints=tuple(endpoints[agency]),
            assets=tuple(assets[agency]),
            pairs=tuple(pairs[agency]),
            registers={agency: plan.registers[agency]} if agency in plan.registers else {},
        )
        for agency in plan.agencies
    }


_Of = TypeVar("_Of", EndpointPlan, JudgedAsset, Pair)


def _parted(some: Iterable[_Of]) -> Mapping[str, list[_Of]]:
    found: dict[str, list[_Of]] = defaultdict(list)
    for one in some:
        found[one.agency].append(one)
    return found


def replan(catalog: Catalog, site: Site, plan: Plan, *, baseline: str | None = None) -> Plan:
    """`plan` made again with `catalog`; what was asked stays as it was asked. Raises UsageError.

    Controls that the run selected and the new content lacks are left out. Without `baseline` each tier keeps the one
    that it was judged by.
    """
    known = catalog.controls.keys() | catalog.policies.keys()
    controls = tuple(name for name in plan.selection.controls if name in known)
    selection = replace(plan.selection, agencies=plan.agencies, controls=controls)
    names = set(plan.baselines.values())
    kept = names.pop() if len(names) == 1 else None
    again = make_plan(catalog, site, selection, at=plan.at, baseline=baseline or kept)
    return replace(again, endpoints=plan.endpoints, selection=plan.selection)
