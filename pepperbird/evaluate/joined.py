"""What checks read below `asset` besides declarations: everything that is joined over the machines of an agency."""

from __future__ import annotations

from typing import Any

from pepperbird.evaluate.copies import copies_of, mounted_of
from pepperbird.evaluate.drills import drills_of
from pepperbird.evaluate.guard import guard_of
from pepperbird.evaluate.kept import kept_of
from pepperbird.evaluate.media import systems_of
from pepperbird.evaluate.places import places_of
from pepperbird.evaluate.routine import runs_of
from pepperbird.evaluate.travels import travels_of
from pepperbird.model.evidence import AssetEvidence, Evidence
from pepperbird.model.gap import Gap
from pepperbird.model.plan import JudgedAsset, Plan


def joined_of(plan: Plan, evidence: Evidence, asset: JudgedAsset, own: AssetEvidence | Gap, at: str) -> dict[str, Any]:
    """By the name that checks use. Whatever could not be seen is a Gap at its place; `own` is what the asset told."""
    copies = copies_of(plan, evidence, asset)
    return {
        "copies": copies,
        "copy_systems": systems_of(copies),
        "mounted": mounted_of(evidence, asset),
        "guard": guard_of(evidence, asset),
        "runs": runs_of(evidence, asset, at),
        "travels": travels_of(evidence, asset),
        "places": places_of(own, asset, plan.registers.get(asset.agency, {})),
        **kept_of(evidence, asset),
        **drills_of(plan, evidence, asset),
    }
