"""A trend for a terminal: a line of blocks per figure, on a scale from 0 to 100, and a table of the newest points.

Where the rules changed a bar parts the blocks and a line says what changed; no sum is taken across it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pepperbird.model.scores import Figures
from pepperbird.report.diff_words import RULES
from pepperbird.report.facts import name
from pepperbird.report.lines import WIDTH, fit, wrap
from pepperbird.report.words import STANDARDS, count, date
from pepperbird.score.trend import Point, Trend

BLOCKS = "▁▂▃▄▅▆▇█"
MOST_BLOCKS = 48
MOST_ROWS = 40
NONE = "–"
Take = Callable[[Figures], float]
FIGURES: tuple[tuple[str, Take], ...] = (
    ("Score", lambda one: one.score),
    ("Observed", lambda one: one.observed),
    ("Coverage", lambda one: one.coverage),
)


def render_trend_text(trend: Trend) -> bytes:
    """Plain UTF-8 text of at most 100 columns."""
    return ("\n".join(line.rstrip() for line in _lines(trend)) + "\n").encode()


def title_of(trend: Trend) -> str:
    """Whose trend it is, and of which standard."""
    standard = dict(STANDARDS).get(trend.standard or "", "")
    return f"{name(trend.name)} · {standard}" if standard else name(trend.name)


def rules_words(point: Point) -> str:
    """What differs of the rules since the point before."""
    return " and ".join(RULES[one] for one in point.rules)


def _lines(trend: Trend) -> Iterator[str]:
    first, last = trend.points[0], trend.points[-1]
    when = date(last.at) if first is last else f"{date(first.at)} to {date(last.at)}"
    when = f"{when}, {count(len(trend.points), 'full run')}"
    yield f"{fit(title_of(trend), WIDTH - len(when) - 2)}  {when}"
    yield "═" * WIDTH
    for label, take in FIGURES:
        yield _line(trend, label, [one.figures for one in trend.points], take)
    if trend.panel:
        yield _line(trend, "Panel score", [one.panel for one in trend.points], FIGURES[0][1])
        yield from wrap(_panel(trend), hang=2)
    if first is last:
        yield "One run only: there is no trend yet."
    yield ""
    yield from _table(trend)


def _panel(trend: Trend) -> str:
    agencies = count(len(trend.panel), "agency", "agencies")
    return f"The panel: {agencies} that every point has, with the weights of the last."


def _line(trend: Trend, label: str, figures: list[Figures | None], take: Take) -> str:
    values = [None if one is None else take(one) for one in figures]
    blocks: list[str] = []
    for point, value in list(zip(trend.points, values, strict=True))[-MOST_BLOCKS:]:
        blocks += [] if point.joined or not blocks else ["│"] if point.rules else [" "]
        blocks.append("·" if value is None else BLOCKS[min(int(value * len(BLOCKS) / 100), len(BLOCKS) - 1)])
    known = [value for value in values if value is not None]
    return f"{label:<12} {''.join(blocks)}  {_move(known, one_kind=trend.one_kind)}"[:WIDTH]


def _move(known: list[float], *, one_kind: bool) -> str:
    if not known:
        return "nothing to score"
    told = f"{known[0]:.1f} → {known[-1]:.1f}" if len(known) > 1 else f"{known[0]:.1f}"
    if len(known) > 1 and one_kind:
        told += f" ({round(known[-1] - known[0], 1):+.1f})"
    return told if one_kind else f"{told}, by other rules"


def _table(trend: Trend) -> Iterator[str]:
    nation = trend.agency is None
    yield _row(("Date", "Score", "up to", "Observed", "Coverage", *_heads(nation=nation), "Open", "Overdue"))
    shown = trend.points[-MOST_ROWS:]
    if len(shown) < len(trend.points):
        yield f"  {len(trend.points) - len(shown)} earlier ones: --since, or --format csv for all"
    for point in shown:
        if point is not shown[0]:
            yield from _parted(point)
        yield _row((point.at[:10], *_figures(point.figures), *_standing(point, nation=nation), *_open(point)))


def _heads(*, nation: bool) -> tuple[str, str]:
    return ("Panel", "Reporting") if nation else ("Grade", "Stage")


def _row(cells: tuple[str, ...]) -> str:
    day, *numbers = cells
    return f"{day:<10}" + "".join(f"{one:>11}" for one in numbers)


def _parted(point: Point) -> Iterator[str]:
    if point.quiet:
        yield f"  ┄┄ no full run for {point.quiet} days"
    if point.rules:
        yield f"  ── judged by other rules from here: {rules_words(point)} changed"


def _figures(figures: Figures | None) -> tuple[str, ...]:
    if figures is None:
        return (NONE,) * 4
    return tuple(f"{one:.1f}" for one in (figures.score, figures.upper, figures.observed, figures.coverage))


def _standing(point: Point, *, nation: bool) -> tuple[str, str]:
    if not nation:
        return point.grade or NONE, point.stage or NONE
    reporting = f"{point.reporting}/{point.registered}" if point.registered is not None else NONE
    return f"{point.panel.score:.1f}" if point.panel else NONE, reporting


def _open(point: Point) -> tuple[str, str]:
    if point.open is None:
        return NONE, NONE
    return str(point.open.open), NONE if point.open.overdue is None else str(point.open.overdue)
