"""What came before a run, for its report: what changed since the run before, and how the agency went."""

from __future__ import annotations

from dataclasses import dataclass

from pepperbird.model.verdict import Verdict
from pepperbird.score.change import AgencyChange
from pepperbird.score.trend import Trend


@dataclass(frozen=True)
class Earlier:
    """Of one agency. `change` is None for its first full run, `trend` where no full run is kept.

    `standing` are the verdicts of earlier runs on which its fails rest where this run could not look again.
    """

    change: AgencyChange | None = None
    trend: Trend | None = None
    standing: tuple[Verdict, ...] = ()


NOTHING = Earlier()
