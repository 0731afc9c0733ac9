"""Which documents the standards ask of an agency, for which of its assets, and for how long each may hold."""

from __future__ import annotations

from dataclasses import dataclass

from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Pair, Plan, Selection
from pepperbird.model.policy import Clause, Control, Document
from pepperbird.model.site import Site
from pepperbird.model.state import Enforcement
from pepperbird.plan.make import make_plan


@dataclass(frozen=True, slots=True)
class Asked:
    """One document. `assets` are those it is asked for, () for the agency as a whole.

    `instead` is true where a check can show the same: then it is wanted only where that shows nothing.
    """

    control: Control
    clause: Clause
    document: Document
    assets: tuple[str, ...]
    instead: bool
    days: int
    pairs: tuple[Pair, ...]

    @property
    def id(self) -> str:
        return str(self.clause.id)


def asked_of(catalog: Catalog, site: Site, agency: str, at: str) -> tuple[Plan, tuple[Asked, ...]]:
    """Every document asked of the agency, by clause, and the plan that says so. Raises UsageError."""
    plan = make_plan(catalog, site, Selection(agencies=(agency,)), at=at, baseline=site.file.baseline)
    found = []
    for control in catalog.controls.values():
        pairs = [
            one for one in plan.pairs if one.control == control.id and one.enforcement is Enforcement.REQUIRED
            and "#" not in one.asset
        ]  # fmt: skip
        for clause in control.clauses:
            for leaf in clause.leaves:
                mine = tuple(pair for pair in pairs if pair.kind in leaf.on)
                if leaf.document is not None and mine:
                    found.append(_asked(catalog, plan, control, leaf, leaf.document, mine, _seen(clause, mine)))
    return plan, tuple(sorted(found, key=lambda one: one.id))


def _asked(
    catalog: Catalog, plan: Plan, control: Control, leaf: Clause, document: Document, pairs: tuple[Pair, ...],
    instead: bool,
) -> Asked:  # fmt: skip
    assets = tuple(sorted(pair.asset for pair in pairs if pair.asset != pair.agency))
    days = min(document.longest(params_of(catalog, plan, pair)) for pair in pairs)
    return Asked(control, leaf, document, assets, instead, days, pairs)


def _seen(clause: Clause, pairs: tuple[Pair, ...]) -> bool:
    """True where a check stands beside the document as another way, for all that it is asked for."""
    kinds = {kind for other in clause.any_of or () if other.check is not None for kind in other.on}
    return {pair.kind for pair in pairs} <= kinds


def params_of(catalog: Catalog, plan: Plan, pair: Pair) -> dict[str, object]:
    """The parameters that a pair is judged by."""
    baseline = catalog.baselines[plan.baselines[pair.tier]]
    params = baseline.controls[pair.control].params
    return {name: list(value) if isinstance(value, tuple) else value for name, value in params.items()}
