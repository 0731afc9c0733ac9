"""What came before a run, for its report: what changed since the run before, and how the agency went."""

from __future__ import annotations

from dataclasses import dataclass

from pepperbird.score.change import AgencyChange
from pepperbird.score.trend import Trend


@dataclass(frozen=True)
class Earlier:
    """Of one agency. `change` is None for its first full run, `trend` where no full run is kept."""

    change: AgencyChange | None = None
    trend: Trend | None = None


NOTHING = Earlier()
