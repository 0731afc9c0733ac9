"""How much content there is: controls, clauses of the catalogue by id, and what of them is built."""

from __future__ import annotations

from dataclasses import dataclass

from pepperbird.model.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Counts:
    """`catalogue` counts clause ids of the catalogue, `later` those added on top; each id once.

    `built` ids have a check for at least one kind, `document` ids are signed papers, `pending` ids are neither yet.
    """

    policies: int
    controls: int
    catalogue: int
    later: int
    built: int
    document: int
    pending: int
    checks: int
    examples: int
    collectors: int
    probes: int
    lists: int
    baselines: int


def count(catalog: Catalog) -> Counts:
    """Count a catalog."""
    catalogue = later = 0
    forms: dict[str, str] = {}
    for policy in catalog.policies.values():
        for control in policy.controls:
            ids = {str(leaf.id) for leaf in control.leaves}
            inside = {f"{control.id}.{number}" for number in range(1, policy.catalogue[control.id] + 1)}
            catalogue += len(ids & inside)
            later += len(ids - inside)
            for leaf in control.leaves:
                form = "built" if leaf.check else "document" if leaf.document else "pending"
                if forms.get(str(leaf.id)) != "built":
                    forms[str(leaf.id)] = form
    kinds = list(forms.values())
    return Counts(
        policies=len(catalog.policies),
        controls=len(catalog.controls),
        catalogue=catalogue,
        later=later,
        built=kinds.count("built"),
        document=kinds.count("document"),
        pending=kinds.count("pending"),
        checks=len(catalog.checks),
        examples=sum(len(check.examples) for check in catalog.checks.values()),
        collectors=len(catalog.collectors),
        probes=sum(len(collector.probes) for collector in catalog.collectors.values()),
        lists=len(catalog.lists),
        baselines=len(catalog.baselines),
    )
