"""How score, coverage and what was observed went over full runs: of an agency, or of the nation. Pure.

A point says what differs of the rules since the point before it, so that no jump is silent. For the nation a fixed
panel stands beside all agencies: those that are in every point, with the weights of the last one, so that neither an
agency that joined nor a tier that changed moves it. Where old runs were judged again, a point has both: what it said by
the rules of then, and what it says by those of the second series. A step where the rules changed is then parted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from pepperbird.model.history import Mark, Series
from pepperbird.model.scores import Figures
from pepperbird.model.state import Enforcement
from pepperbird.score.overdue import Open
from pepperbird.score.rules import changed_rules
from pepperbird.score.spans import Fault, days_to_fix

QUIET_DAYS: Final = 45
"""Longer than this between two runs no result stays fresh: no line may join them."""


@dataclass(frozen=True, slots=True)
class Mended:
    """How many required faults were fixed, and the median of the days that they took; None of none."""

    fixed: int
    days: float | None


NOTHING: Final = Mended(0, None)


@dataclass(frozen=True, slots=True)
class Again:
    """What a run says by the rules of the second series."""

    figures: Figures | None
    grade: str = ""
    stage: str = ""
    open: Open | None = None
    fell: Mapping[str, int] | None = None
    panel: Figures | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How the score moved where the rules changed: `same` by the same rules, and `rules` by their change alone."""

    same: float
    rules: float


@dataclass(frozen=True, slots=True)
class Second:
    """A second series: `marks` by run, and for the nation as of `means` and `panels` in `nation_trend`."""

    series: Series
    marks: Mapping[str, Mark]
    means: Mapping[str, Figures] | None = None
    panels: Mapping[str, Figures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """One full run. `figures` is None where the standard had nothing to score.

    `grade` and `stage` are of an agency, '' for the nation, for a standard (grade) and before the first stage.
    `open` is None where the standing is sealed and its key is not here. `rules` names what changed since the point
    before; `quiet` is the days without a full run before it where these are more than 45, else 0. `fell` counts the
    required pairs that fell since then by cause, None where that is not known. `again` is None where there is no second
    series, or the run is not in it: `missing` says why.
    """

    run: str
    at: str
    figures: Figures | None
    grade: str = ""
    stage: str = ""
    open: Open | None = None
    median: float | None = None
    reporting: int | None = None
    registered: int | None = None
    panel: Figures | None = None
    mended: Mended | None = None
    rules: tuple[str, ...] = ()
    quiet: int = 0
    fell: Mapping[str, int] | None = None
    again: Again | None = None
    missing: str = ""
    step: Step | None = None

    @property
    def again_figures(self) -> Figures | None:
        """The figures by the rules of the second series, where there are any."""
        return self.again.figures if self.again is not None else None

    @property
    def joined(self) -> bool:
        """True where a line may come here from the point before."""
        return not self.rules and not self.quiet


@dataclass(frozen=True)
class Trend:
    """`agency` is None for the nation, or for a `group` of it: a tier or cohort. At least one point.

    `panel` are the agencies of the fixed panel. `series` is the second series, where old runs were judged again;
    `current` whether the newest point was judged by its rules. `overtaken` counts runs that are no points: they ended
    after a newer one.
    """

    agency: str | None
    name: str
    standard: str | None
    points: tuple[Point, ...]
    panel: tuple[str, ...] = ()
    group: str | None = None
    series: Series | None = None
    current: bool = False
    overtaken: int = 0

    @property
    def one_kind(self) -> bool:
        """True where all points were judged by the same rules."""
        return not any(one.rules for one in self.points)


def agency_trend(marks: Sequence[Mark], standard: str | None, found: Sequence[Fault] = ()) -> Trend:
    """The agency in `marks`, which are all of it and of that standard, the oldest first; `found` are its faults."""
    fixed = _fixed(standard, found)
    moments = [one.fixed for one in fixed]
    points = [
        Point(
            one.run, one.at, one.figures, "" if standard else one.grade, one.stage, _open(one),
            mended=_mended(one, before, fixed, moments), fell=one.fell,
        )
        for before, one in zip((None, *marks), marks, strict=False)
    ]  # fmt: skip
    last = marks[-1]
    return Trend(last.agency, last.name, standard, _marked(marks, points))


def nation_trend(
    marks: Sequence[Mark],
    name: str,
    standard: str | None,
    *,
    means: Mapping[str, Figures] | None,
    panel: Sequence[str],
    panels: Mapping[str, Figures],
    moved: Collection[str] = (),
) -> Trend:
    """The nation in its `marks`, which are of all standards, the oldest first.

    `means` are the figures by run where it is of one standard or of some agencies, None where it is of all;
    `panels` those of the agencies of the panel. `moved` are the runs by which the tier of an agency had changed.
    """
    points = [
        Point(
            one.run,
            one.at,
            one.figures if means is None else means.get(one.run),
            open=_open(one) if means is None else None,
            reporting=one.reporting if means is None else None,
            registered=one.registered if means is None else None,
            median=one.median if means is None else None,
            panel=panels.get(one.run),
            fell=one.fell if means is None else None,
        )
        for one in marks
    ]
    return Trend(None, name, standard, _marked(marks, points, moved), tuple(panel))


def with_second(trend: Trend, second: Second, last: Mark) -> Trend:
    """The trend with its second series; `last` is the mark of its newest point."""
    points: list[Point] = []
    named = named_missing(second.series) if trend.agency is None else {}
    for point in trend.points:
        mark = second.marks.get(point.run)
        if mark is None:
            points.append(replace(point, missing=why_missing(second.series, point.run, trend.agency, named)))
            continue
        again = _again(mark, second, standard=trend.standard)
        step = _step(points[-1], replace(point, again=again)) if points and point.rules else None
        points.append(replace(point, again=again, step=step))
    one = second.series
    current = by_rules_of(one, last)
    return replace(trend, points=tuple(points), series=one, current=current)


def _again(mark: Mark, second: Second, *, standard: str | None) -> Again:
    if mark.agency:
        return Again(mark.figures, "" if standard else mark.grade, mark.stage, _open(mark), mark.fell)
    if second.means is None:
        return Again(mark.figures, open=_open(mark), fell=mark.fell, panel=second.panels.get(mark.run))
    return Again(second.means.get(mark.run), panel=second.panels.get(mark.run))


def _step(before: Point, now: Point) -> Step | None:
    """None where a score of either point is not known."""
    one, other = before.again, now.again
    if one is None or other is None or not (before.figures and now.figures and one.figures and other.figures):
        return None
    same = round(other.figures.score - one.figures.score, 1)
    return Step(same, round(now.figures.score - before.figures.score - same, 1))


def by_rules_of(series: Series, mark: Mark) -> bool:
    """Whether the series is by the rules that the run of the mark was judged by."""
    return (series.content, series.engine, series.baseline) == (mark.content, mark.engine, "")


LATER: Final = "later"
LEFT_OUT: Final = "left-out"


def named_missing(series: Series) -> dict[str, str]:
    """By run why it, or the first agency of it that is named, is not in the series."""
    found: dict[str, str] = {}
    for name, why in series.missing.items():
        found.setdefault(name.partition("/")[0], why)
    return found


def why_missing(series: Series, run: str, agency: str | None, named: Mapping[str, str]) -> str:
    """Why a run is not in the series: as that says, or `later` than it, or it was not to be judged.

    Of the nation as `named` says.
    """
    if run > series.last:
        return LATER
    if agency is None:
        return named.get(run, LEFT_OUT)
    return series.missing.get(run) or series.missing.get(f"{run}/{agency}") or LEFT_OUT


def _open(mark: Mark) -> Open | None:
    return None if mark.open is None else Open(mark.open, mark.overdue)


def _fixed(standard: str | None, found: Sequence[Fault]) -> list[Fault]:
    """The required faults (of that standard) that were fixed, in the order of when."""
    mine = [
        one
        for one in found
        if one.fixed
        and one.enforcement == str(Enforcement.REQUIRED)
        and (standard is None or one.control.startswith(f"{standard}-"))
    ]
    return sorted(mine, key=lambda one: one.fixed)


def _mended(mark: Mark, before: Mark | None, fixed: Sequence[Fault], moments: Sequence[str]) -> Mended | None:
    """What was fixed after the point before, up to this one; None of the first. `moments` are when."""
    if before is None:
        return None
    mine = fixed[bisect_right(moments, before.at) : bisect_right(moments, mark.at)]
    return Mended(len(mine), days_to_fix(mine)) if mine else NOTHING


def _marked(marks: Sequence[Mark], points: Sequence[Point], moved: Collection[str] = ()) -> tuple[Point, ...]:
    """The points with what parts each from the one before."""
    marked = list(points[:1])
    for number in range(1, len(points)):
        then, now = marks[number - 1], marks[number]
        days = (datetime.fromisoformat(now.at) - datetime.fromisoformat(then.at)).days
        quiet = days if days > QUIET_DAYS else 0
        other = then.tier != now.tier or any(then.run < run <= now.run for run in moved)
        rules = changed_rules(then, now) + (("tier",) if other else ())
        marked.append(replace(points[number], rules=rules, quiet=quiet) if rules or quiet else points[number])
    return tuple(marked)
