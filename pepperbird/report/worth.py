"""What each pair is worth: the points that the agency's score gains when it passes.

The score is linear in the pairs (scoring model, section 2), so what two fixes are worth is the sum of both. Where a
control lacks an expected kind nothing of it counts, so there only registering that kind is worth something: up to
the whole control, shared by the kinds that it lacks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from pepperbird.model.scores import AgencyScore
from pepperbird.model.state import Tier
from pepperbird.model.verdict import PostureEntry
from pepperbird.score import weights
from pepperbird.score.figures import counted, missing_kind

Pair = tuple[str, str]
"""(control, asset)."""


def worth(entries: Iterable[PostureEntry], score: AgencyScore) -> Mapping[Pair, float]:
    """Points by pair, for every pair of the agency that counts."""
    ours = [entry for entry in entries if counted(entry)]
    lacking = Counter(entry.control for entry in ours if missing_kind(entry) and entry.state.unknown)
    severity = {entry.control: weights.SEVERITY[entry.severity] for entry in ours}
    assets: dict[str, int] = defaultdict(int)
    controls: dict[str, int] = defaultdict(int)
    for entry in ours:
        assets[entry.control] += weights.TIER[Tier(entry.tier)]
    for control, weight in severity.items():
        controls[control[:2]] += weight
    whole = sum(weights.STANDARD[standard] for standard, figures in score.standards.items() if figures is not None)
    points: dict[Pair, float] = {}
    for entry in ours:
        standard = entry.control[:2]
        points_of_control = 100 * weights.STANDARD[standard] / whole * severity[entry.control] / controls[standard]
        share = weights.TIER[Tier(entry.tier)] / assets[entry.control]
        if lacking[entry.control]:
            share = 1 / lacking[entry.control] if missing_kind(entry) else 0.0
        points[(entry.control, entry.asset)] = points_of_control * share
    return points
