"""A trend as one SVG picture without script, fonts or links: readable in black and white, and told in words beside.

Lines differ by dash and by mark, not by colour. No line is drawn across a change of rules or a long silence; each
change has a numbered mark and a sentence below. The template is content (`reports/svg/trend.svg`).
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from jinja2 import TemplateError

from pepperbird.errors import ContentError
from pepperbird.model.scores import Figures
from pepperbird.report.as_html import environment
from pepperbird.report.trend_text import title_of
from pepperbird.report.trend_words import THEN, missing_words, now_words, rules_words, series_words, step_words
from pepperbird.report.words import count, date
from pepperbird.score.trend import QUIET_DAYS, Point, Trend

TEMPLATE: Final = "trend.svg"
LEFT, RIGHT, TOP, BOTTOM = 46.0, 640.0, 104.0, 324.0
LINE: Final = 18
"""Pixels between two lines of text, and at least between two labels."""
MARKS_UP_TO: Final = 60
MOST_BREAKS: Final = 12
NO_XML: Final = {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    value: float


@dataclass(frozen=True, slots=True)
class Line:
    """One figure over time. `paths` are the stretches that may be joined; `kind` names dash and mark."""

    kind: str
    label: str
    label_y: float
    paths: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Break:
    number: int
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    title: tuple[str, ...]
    sub: str
    told: str
    height: int
    lines: tuple[Line, ...]
    breaks: tuple[Break, ...]
    numbers: tuple[tuple[float, str], ...]
    notes: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    grid: tuple[tuple[float, int], ...]


def render_trend_svg(trend: Trend, root: Path) -> bytes:
    """UTF-8 bytes. `root` holds the content folders. Raises ContentError where the template is missing or broken."""
    folder = root / "reports" / "svg"
    try:
        text = environment(folder).get_template(TEMPLATE).render(one=picture(trend))
    except (TemplateError, OSError, UnicodeDecodeError) as error:
        raise ContentError(f"the picture's template under {folder} cannot be used: {error}") from error
    return text.translate(NO_XML).encode()


def picture(trend: Trend) -> Picture:
    """Everything that the template puts down, already placed."""
    place = _places(trend.points)
    breaks = tuple(_breaks(trend, place))
    notes = tuple(line for note in _notes(trend, breaks) for line in textwrap.wrap(note, 110))
    return Picture(
        title=tuple(textwrap.wrap(title_of(trend), 76, max_lines=2, placeholder=" …")) or ("",),
        sub=_sub(trend),
        told=_told(trend, breaks),
        height=int(BOTTOM) + 44 + LINE * len(notes),
        lines=_nudged(tuple(_lines(trend, place))),
        breaks=breaks,
        numbers=tuple(_numbers(breaks)),
        notes=notes,
        ticks=tuple(_ticks(trend.points)),
        grid=tuple((_y(value), value) for value in (0, 25, 50, 75, 100)),
    )


def _moment(point: Point) -> datetime:
    return datetime.fromisoformat(point.at)


def _places(points: Sequence[Point]) -> list[float]:
    first, last = _moment(points[0]), _moment(points[-1])
    whole = (last - first) / timedelta(seconds=1)
    if not whole:
        return [round((LEFT + RIGHT) / 2, 1)] * len(points)
    part = [(_moment(one) - first) / timedelta(seconds=1) / whole for one in points]
    return [round(LEFT + 8 + one * (RIGHT - LEFT - 16), 1) for one in part]


def _y(value: float) -> float:
    return round(BOTTOM - value * (BOTTOM - TOP) / 100, 1)


def _lines(trend: Trend, place: Sequence[float]) -> Iterator[Line]:
    def line(
        kind: str, label: str, figures: Callable[[Point], Figures | None], take: str, *, same: bool = False
    ) -> Iterator[Line]:
        found = [figures(one) for one in trend.points]
        values = [None if one is None else float(getattr(one, take)) for one in found]
        known = [one for one in values if one is not None]
        if known:
            stretches = _stretches(trend.points, place, values, same=same)
            paths = tuple(" ".join(f"{one.x},{one.y}" for one in some) for some in stretches if len(some) > 1)
            marks = [mark for some in stretches for mark in _marked(some, len(trend.points))]
            yield Line(kind, f"{label} {known[-1]:.1f}", _y(known[-1]) + 4, paths, tuple(marks))

    yield from line("coverage", "Coverage", lambda one: one.figures, "coverage")
    yield from line("observed", "Observed", lambda one: one.figures, "observed")
    if trend.panel:
        yield from line("panel", "Panel score", lambda one: one.panel, "score")
    if trend.series is not None:
        label = "Score now" if trend.current else "Judged new"
        yield from line("again", label, lambda one: one.again_figures, "score", same=True)
    yield from line("score", "Score" if trend.series is None else "Score then", lambda one: one.figures, "score")


def _stretches(
    points: Sequence[Point], place: Sequence[float], values: Sequence[float | None], *, same: bool
) -> list[list[Mark]]:
    """Marks that a line may join, parted where the rules changed (but not where all is by the `same`), nothing was
    scored, or no run was for long."""
    found: list[list[Mark]] = [[]]
    for point, x, value in zip(points, place, values, strict=True):
        if value is None or point.quiet or (point.rules and not same):
            found.append([])
        if value is not None:
            found[-1].append(Mark(x, _y(value), value))
    return [some for some in found if some]


def _marked(some: Sequence[Mark], points: int) -> Sequence[Mark]:
    """All marks of a short line; of a long one the ends of each stretch."""
    return some if points <= MARKS_UP_TO or len(some) < 3 else (some[0], some[-1])


def _nudged(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The labels at the right end moved apart, so that none lies on another."""
    taken: list[float] = []
    moved: dict[str, float] = {}
    for one in sorted(lines, key=lambda line: line.label_y):
        y = max([one.label_y, *(last + LINE for last in taken[-1:])])
        taken.append(y)
        moved[one.kind] = y
    over = max(0.0, (taken[-1] if taken else 0.0) - BOTTOM - 4)
    return tuple(replace(one, label_y=round(moved[one.kind] - over, 1)) for one in lines)


def _breaks(trend: Trend, place: Sequence[float]) -> Iterator[Break]:
    number, points = 0, trend.points
    for (then, now), (left, right) in zip(pairwise(points), pairwise(place), strict=True):
        if now.rules:
            number += 1
            words = f"{date(now.at)}: judged by other rules than on {date(then.at)}; {rules_words(now)} changed."
            words += f" Here {step_words(now.step, trend)}." if now.step is not None else ""
            yield Break(number, round((left + right) / 2, 1), words)


def _numbers(breaks: Sequence[Break]) -> Iterator[tuple[float, str]]:
    """The numbers above the marks; marks that stand close together share one, `3–5`."""
    groups: list[list[Break]] = []
    for one in breaks:
        if groups and one.x - groups[-1][-1].x < 24:
            groups[-1].append(one)
        else:
            groups.append([one])
    for some in groups:
        told = f"{some[0].number}" if len(some) == 1 else f"{some[0].number}–{some[-1].number}"
        yield round((some[0].x + some[-1].x) / 2, 1), told


def _notes(trend: Trend, breaks: Sequence[Break]) -> Iterator[str]:
    for one in breaks[:MOST_BREAKS]:
        yield f"({one.number}) {one.text}"
    if len(breaks) > MOST_BREAKS:
        yield f"and {len(breaks) - MOST_BREAKS} more changes of rules; the table has all"
    if trend.series is not None:
        label = "Score now" if trend.current else "Judged new"
        yield f"Score then: {THEN}. {label}: {now_words(trend)}. {series_words(trend)}"
        yield from missing_words(trend)
    if any(one.quiet for one in trend.points):
        yield f"No line where there was no full run for more than {QUIET_DAYS} days."
    if trend.panel:
        agencies = count(len(trend.panel), "agency", "agencies")
        yield f"Panel: {agencies} that every point has, with the weights of the last."
    if len(trend.points) == 1:
        yield "One run only: there is no trend yet."


def _sub(trend: Trend) -> str:
    last = trend.points[-1]
    told = [count(len(trend.points), "full run")]
    told += [f"grade {last.grade}"] if last.grade else []
    told += [f"stage {last.stage}"] if last.stage else []
    if last.registered is not None:
        told.append(f"{last.reporting} of {last.registered} reporting")
    if last.open:
        told.append(f"{last.open.open} open")
        told += [] if last.open.overdue is None else [f"{last.open.overdue} overdue"]
    return f"{date(last.at)}: {', '.join(told[1:])} · {told[0]}" if told[1:] else told[0]


def _told(trend: Trend, breaks: Sequence[Break]) -> str:
    """The picture in words, for whoever does not see it."""
    first, last = trend.points[0], trend.points[-1]
    said = [f"{count(len(trend.points), 'full run')} from {date(first.at)} to {date(last.at)}, on a scale of 0 to 100."]
    for label, take in (("Score", "score"), ("Observed", "observed"), ("Coverage", "coverage")):
        values = [getattr(one.figures, take) for one in trend.points if one.figures is not None]
        said.append(f"{label} {values[0]:.1f}, then {values[-1]:.1f}." if values else f"{label}: nothing to score.")
    again = [one.again_figures.score for one in trend.points if one.again_figures]
    if again:
        said.append(f"Score {now_words(trend)} {again[0]:.1f}, then {again[-1]:.1f}.")
    return " ".join([*said, *(one.text for one in breaks[:MOST_BREAKS])])


def _ticks(points: Sequence[Point]) -> Iterator[tuple[float, str]]:
    first, last = _moment(points[0]), _moment(points[-1])
    days = (last - first).days
    steps = min(4, days)
    if not steps:
        yield round((LEFT + RIGHT) / 2, 1), points[-1].at[:10]
        return
    for step in range(steps + 1):
        x = LEFT + 8 + step / steps * (RIGHT - LEFT - 16)
        yield round(x, 1), (first + (last - first) * step / steps).date().isoformat()
