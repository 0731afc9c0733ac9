"""What each pair is worth: the points of the agency's score that it adds when it passes.

The score is linear in the pairs (scoring model, section 2), so what two fixes are worth is the sum of both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from pepperbird.model.state import Enforcement, Severity, State, Tier
from pepperbird.model.verdict import PostureEntry

SEVERITY_WEIGHT: Final = {Severity.CRITICAL: 10, Severity.HIGH: 6, Severity.MEDIUM: 3, Severity.LOW: 1}
TIER_WEIGHT: Final = {Tier.FOUNDATION: 1, Tier.STANDARD: 2, Tier.CRITICAL: 4}
STANDARD_WEIGHT: Final = {"BR": 25, "DS": 20, "DI": 20, "IS": 20, "DR": 15}


def worth(entries: Iterable[PostureEntry]) -> Mapping[tuple[str, str], float]:
    """Points by (control, asset) for every pair that counts; a pair that passes already is worth what it adds."""
    counted = [
        entry
        for entry in entries
        if entry.enforcement is Enforcement.REQUIRED and entry.state is not State.NOT_APPLICABLE
    ]
    severity = {entry.control: SEVERITY_WEIGHT[entry.severity] for entry in counted}
    assets: dict[str, int] = defaultdict(int)
    for entry in counted:
        assets[entry.control] += TIER_WEIGHT[Tier(entry.tier)]
    controls: dict[str, int] = defaultdict(int)
    for control, weight in severity.items():
        controls[control[:2]] += weight
    whole = sum(STANDARD_WEIGHT[standard] for standard in controls)
    return {
        (entry.control, entry.asset): 100
        * (STANDARD_WEIGHT[entry.control[:2]] / whole)
        * (severity[entry.control] / controls[entry.control[:2]])
        * (TIER_WEIGHT[Tier(entry.tier)] / assets[entry.control])
        for entry in counted
    }
