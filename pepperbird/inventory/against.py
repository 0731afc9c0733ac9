"""What a site says of the content: every control, clause and overlay that it names must be there.

Reading a site needs no content; this is asked where both are at hand, so that a record that nothing would ever read
does not lie there in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pepperbird.errors import Issue
from pepperbird.inventory.raw import near
from pepperbird.model.attestation import Attestation
from pepperbird.model.catalog import Catalog
from pepperbird.model.site import Site


def issues_against(site: Site, catalog: Catalog) -> Iterator[Issue]:
    """Names in records, waivers and plans that the content does not have."""
    leaves = {leaf.id: leaf for control in catalog.controls.values() for leaf in control.leaves if leaf.id is not None}
    documents = {name for name, leaf in leaves.items() if leaf.document is not None}
    for record in site.attestations:
        if record.clause not in leaves:
            message = f"clause: the content has no {record.clause}; correct it{near(record.clause, documents)}"
            yield Issue(_file(site, record), 0, 0, message)
        elif record.clause not in documents:
            yield Issue(_file(site, record), 0, 0, f"clause: {record.clause} is not shown by a document; remove it")
    for waiver in site.waivers:
        if waiver.control not in catalog.controls:
            file = str(Path(site.root) / "waivers" / f"{waiver.id}.yaml")
            message = (
                f"control: the content has no {waiver.control}; correct it{near(waiver.control, catalog.controls)}"
            )
            yield Issue(file, 0, 0, message)
    for plan in site.agreed:
        for item in plan.items:
            if item.control not in catalog.controls:
                message = (
                    f"control: the content has no {item.control}; correct it{near(item.control, catalog.controls)}"
                )
                yield Issue(str(Path(site.root) / "plans" / f"{plan.agency}.yaml"), 0, 0, message)
    if site.file.baseline is not None and site.file.baseline not in catalog.baselines:
        message = f"baseline: baselines/{site.file.baseline}.yaml has another id than its name; make them the same"
        yield Issue(str(Path(site.root) / "site.yaml"), 0, 0, message)


def _file(site: Site, record: Attestation) -> str:
    folder = Path(site.root) / "attestations" / record.agency_id
    named = folder / f"{record.clause}@{record.asset}.yaml"
    return str(named if record.asset is not None and named.exists() else folder / f"{record.clause}.yaml")
