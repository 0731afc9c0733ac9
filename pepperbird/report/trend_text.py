"""A trend for a terminal: a line of blocks per figure, on a scale from 0 to 100, and a table of the newest points.

Where the rules changed a bar parts the blocks and a line says what changed; no sum is taken across it. Where old runs
were judged again, a second line of blocks and a column show the score by the same rules throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pepperbird.model.scores import Figures
from pepperbird.report.facts import name
from pepperbird.report.lines import WIDTH, fit, wrap
from pepperbird.report.trend_words import (
    THEN,
    fell_in_all,
    fell_words,
    missing_words,
    now_words,
    overtaken_words,
    rules_words,
    series_words,
    step_words,
)
from pepperbird.report.words import STANDARDS, count, date
from pepperbird.score.trend import Point, Trend

BLOCKS = "▁▂▃▄▅▆▇█"
MOST_BLOCKS = 48
MOST_ROWS = 40
NONE = "–"
Take = Callable[[Figures], float]


def SCORE(one: Figures) -> float:  # noqa: N802 - one of the takes below
    return one.score


FIGURES: tuple[tuple[str, Take], ...] = (
    ("Score", SCORE),
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


def _lines(trend: Trend) -> Iterator[str]:
    first, last = trend.points[0], trend.points[-1]
    when = date(last.at) if first is last else f"{date(first.at)} to {date(last.at)}"
    when = f"{when}, {count(len(trend.points), 'full run')}"
    yield f"{fit(title_of(trend), WIDTH - len(when) - 2)}  {when}"
    yield "═" * WIDTH
    for label, take in FIGURES:
        yield _line(trend, label, [one.figures for one in trend.points], take)
        if label == "Score" and trend.series is not None:
            yield _second(trend, label, [one.again_figures for one in trend.points])
    if trend.panel:
        yield _line(trend, "Panel score", [one.panel for one in trend.points], SCORE)
        if trend.series is not None:
            yield _second(trend, "Panel score", [one.again.panel if one.again else None for one in trend.points])
        yield from wrap(_panel(trend), hang=2)
    if first is last:
        yield "One run only: there is no trend yet."
    for told in (series_words(trend), *missing_words(trend), fell_in_all(trend), overtaken_words(trend)):
        yield from wrap(told, hang=2) if told else ()
    yield ""
    yield from _table(trend)


def _panel(trend: Trend) -> str:
    agencies = count(len(trend.panel), "agency", "agencies")
    return f"The panel: {agencies} that every point has, with the weights of the last."


def _line(trend: Trend, label: str, figures: list[Figures | None], take: Take) -> str:
    values = [None if one is None else take(one) for one in figures]
    move = _move([one for one in values if one is not None], one_kind=trend.one_kind)
    if trend.series is not None and take is SCORE:
        move += f", {THEN}"
    elif not trend.one_kind:
        move += ", by other rules"
    return _fitted(label, _blocks(trend, values, bars=True), move)


def _second(trend: Trend, label: str, figures: list[Figures | None]) -> str:
    """The score by the same rules throughout: no bar parts it."""
    values = [None if one is None else SCORE(one) for one in figures]
    move = _move([one for one in values if one is not None], one_kind=True)
    return _fitted(label, _blocks(trend, values, bars=False), f"{move}, {now_words(trend)}")


def _fitted(label: str, blocks: str, move: str) -> str:
    """The oldest blocks give way to what is said."""
    return f"{label:<12} {blocks[-(WIDTH - 15 - len(move)) :]}  {move}"


def _blocks(trend: Trend, values: list[float | None], *, bars: bool) -> str:
    """The newest as blocks; where the rules changed there is a bar, or else the room of one."""
    most = MOST_BLOCKS if trend.series is None else MOST_BLOCKS - 4
    blocks: list[str] = []
    for point, value in list(zip(trend.points, values, strict=True))[-most:]:
        blocks += [] if point.joined or not blocks else ["│" if bars else " "] if point.rules else [" "]
        blocks.append("·" if value is None else BLOCKS[min(int(value * len(BLOCKS) / 100), len(BLOCKS) - 1)])
    return "".join(blocks)


def _move(known: list[float], *, one_kind: bool) -> str:
    if not known:
        return "nothing to score"
    told = f"{known[0]:.1f} → {known[-1]:.1f}" if len(known) > 1 else f"{known[0]:.1f}"
    return f"{told} ({round(known[-1] - known[0], 1):+.1f})" if len(known) > 1 and one_kind else told


def _table(trend: Trend) -> Iterator[str]:
    nation = trend.agency is None
    second = () if trend.series is None else ("Score now" if trend.current else "Judged new",)
    wide = 10 if second else 11
    heads = ("Date", "Score", *second, "up to", "Observed", "Coverage", *_heads(nation=nation), "Open", "Overdue")
    yield _row(heads, wide)
    shown = trend.points[-MOST_ROWS:]
    if len(shown) < len(trend.points):
        yield f"  {len(trend.points) - len(shown)} earlier ones: --since, or --format csv for all"
    for point in shown:
        if point is not shown[0]:
            yield from _parted(point, trend)
        score, *others = _figures(point.figures)
        cells = (point.at[:10], score, *(_again(point) for _ in second), *others, *_standing(point, nation=nation))
        yield _row((*cells, *_open(point)), wide)
        if point.fell and point is not shown[0]:
            yield from wrap(fell_words(point.fell), first="  ↓ ", hang=4)


def _heads(*, nation: bool) -> tuple[str, str]:
    return ("Panel", "Reporting") if nation else ("Grade", "Stage")


def _row(cells: tuple[str, ...], wide: int) -> str:
    day, *numbers = cells
    return f"{day:<10}" + "".join(f"{one:>{wide}}" for one in numbers)


def _again(point: Point) -> str:
    return NONE if point.again_figures is None else f"{point.again_figures.score:.1f}"


def _parted(point: Point, trend: Trend) -> Iterator[str]:
    if point.quiet:
        yield f"  ┄┄ no full run for {point.quiet} days"
    if point.rules:
        yield f"  ── judged by other rules from here: {rules_words(point)} changed"
        if point.step is not None:
            yield from wrap(step_words(point.step, trend), first="     ", hang=5)
        if point.again is not None and point.again.fell:
            yield from wrap(f"{now_words(trend)}, {fell_words(point.again.fell)}", first="     ", hang=5)


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
