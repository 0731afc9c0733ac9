"""The baseline that a plan judges a tier by: the published one, or the overlay that the plan names."""

from __future__ import annotations

from pepperbird.model.catalog import Catalog, ResolvedBaseline
from pepperbird.model.plan import Plan
from pepperbird.model.policy import Deadlines
from pepperbird.model.state import Tier


def baseline_of(catalog: Catalog, plan: Plan, tier: Tier) -> ResolvedBaseline:
    """The resolved baseline of a tier."""
    return catalog.baselines[plan.baselines.get(tier, str(tier))]


def deadlines_of(catalog: Catalog, plan: Plan) -> dict[Tier, Deadlines]:
    """The deadlines that a plan judges each tier by."""
    return {tier: baseline_of(catalog, plan, tier).deadlines for tier in Tier}
