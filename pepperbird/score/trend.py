"""How score, coverage and what was observed went over full runs: of an agency, or of the nation. Pure.

A point says what differs of the rules since the point before it, so that no jump is silent. For the nation a fixed
panel stands beside all agencies: those that are in every point, with the weights of the last one, so that neither an
agency that joined nor a tier that changed moves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pepperbird.model.history import Named, PastRun
from pepperbird.model.scores import Figures, NationScore
from pepperbird.model.state import Tier
from pepperbird.score import weights
from pepperbird.score.nation import mean_figures
from pepperbird.score.overdue import Open
from pepperbird.score.rules import changed_rules, changed_tier

QUIET_DAYS: Final = 45
"""Longer than this between two runs no result stays fresh: no line may join them."""


@dataclass(frozen=True, slots=True)
class Point:
    """One full run. `figures` is None where the standard had nothing to score.

    `grade` and `stage` are of an agency, '' for the nation, for a standard (grade) and before the first stage.
    `open` is None where the standing is sealed and its key is not here. `rules` names what changed since the point
    before; `quiet` is the days without a full run before it where these are more than 45, else 0.
    """

    run: str
    at: str
    figures: Figures | None
    grade: str = ""
    stage: str = ""
    open: Open | None = None
    nation: NationScore | None = None
    panel: Figures | None = None
    rules: tuple[str, ...] = ()
    quiet: int = 0

    @property
    def joined(self) -> bool:
        """True where a line may come here from the point before."""
        return not self.rules and not self.quiet


@dataclass(frozen=True)
class Trend:
    """`agency` is None for the nation. `panel` are the agencies of the fixed panel. At least one point."""

    agency: str | None
    name: str
    standard: str | None
    points: tuple[Point, ...]
    panel: tuple[str, ...] = ()

    @property
    def one_kind(self) -> bool:
        """True where all points were judged by the same rules."""
        return not any(one.rules for one in self.points)


def agency_trend(
    runs: Sequence[PastRun],
    registered: Mapping[str, Sequence[Named]],
    agency: str,
    standard: str | None,
    opened: Mapping[str, Open],
) -> Trend:
    """The agency in `runs`, which all looked at it, oldest first.

    `registered` (of that agency alone) and `opened` by run.
    """
    points = []
    for run in runs:
        score = run.scores[agency]
        figures = score.figures if standard is None else score.standards.get(standard)
        grade = str(score.grade) if standard is None else ""
        stage = str(score.stage.stage or "")
        points.append(Point(run.id, run.at, figures, grade, stage, opened.get(run.id)))
    named = registered[runs[-1].id]
    return Trend(agency, named[0].name if named else agency, standard, _marked(runs, registered, points))


def nation_trend(
    runs: Sequence[PastRun],
    registered: Mapping[str, Sequence[Named]],
    name: str,
    standard: str | None,
    opened: Mapping[str, Open],
) -> Trend:
    """The nation in `runs`, which all judged every agency that was registered, oldest first.

    `registered` and `opened` by run.
    """
    tiers = {run.id: {one.id: one.tier for one in registered[run.id]} for run in runs}
    last = tiers[runs[-1].id]
    panel = [one for one in last if all(one in run.scores and one in tiers[run.id] for run in runs)]
    points = [
        Point(
            run.id,
            run.at,
            run.nation.figures if run.nation and standard is None else _mean(run, tiers[run.id], standard),
            open=opened.get(run.id),
            nation=run.nation if standard is None else None,
            panel=_mean(run, {one: last[one] for one in panel}, standard),
        )
        for run in runs
    ]
    return Trend(None, name, standard, _marked(runs, registered, points), tuple(panel))


def _mean(run: PastRun, tiers: Mapping[str, Tier], standard: str | None) -> Figures | None:
    """The weighted mean of those agencies that have anything to score; None of none."""
    found = []
    for agency, tier in tiers.items():
        score = run.scores[agency]
        figures = score.figures if standard is None else score.standards.get(standard)
        if figures is not None:
            found.append((weights.TIER[tier], figures))
    return mean_figures(found) if found else None


def _marked(
    runs: Sequence[PastRun], registered: Mapping[str, Sequence[Named]], points: Sequence[Point]
) -> tuple[Point, ...]:
    """The points with what parts each from the one before."""
    marked = list(points[:1])
    for number in range(1, len(points)):
        then, now = runs[number - 1], runs[number]
        days = (datetime.fromisoformat(now.at) - datetime.fromisoformat(then.at)).days
        quiet = days if days > QUIET_DAYS else 0
        tier = changed_tier(registered[then.id], registered[now.id])
        marked.append(replace(points[number], rules=changed_rules(then.digests, now.digests) + tier, quiet=quiet))
    return tuple(marked)
