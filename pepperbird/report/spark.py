"""The score over the last runs as one small line, told in words beside; parted where the rules changed."""

from __future__ import annotations

from dataclasses import dataclass

from pepperbird.report.words import count, date
from pepperbird.score.trend import Trend

WIDTH, HEIGHT, EDGE = 200.0, 44.0, 4.0
MOST = 24
"""Runs that the line goes back."""


@dataclass(frozen=True, slots=True)
class Spark:
    """`paths` are the stretches that may be joined, `dots` their ends; `values` are the scores of the joined last."""

    paths: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    stretches: tuple[tuple[tuple[float, float], ...], ...]
    caption: str
    told: str


def spark(trend: Trend | None) -> Spark | None:
    """None where there are not two runs with a score."""
    points = trend.points[-MOST:] if trend else ()
    known = [one for one in points if one.figures is not None]
    if len(known) < 2:
        return None
    stretches: list[list[tuple[float, float]]] = [[]]
    for number, point in enumerate(points):
        if point.figures is None or not point.joined:
            stretches.append([])
        if point.figures is not None:
            stretches[-1].append(_place(number / (len(points) - 1), point.figures.score))
    found = [some for some in stretches if some]
    first, last = known[0], known[-1]
    then, now = (one.figures.score if one.figures else 0.0 for one in (first, last))
    caption = f"{then:.1f} on {date(first.at)}, {now:.1f} now"
    if any(point.rules for point in points[1:]):
        caption += "; the rules changed between"
    return Spark(
        paths=tuple(" ".join(f"{x},{y}" for x, y in some) for some in found if len(some) > 1),
        dots=tuple(dict.fromkeys(end for some in found for end in (some[0], some[-1]))),
        stretches=tuple(map(tuple, found)),
        caption=caption,
        told=f"Score over {count(len(points), 'full run')}: {caption}",
    )


def _place(along: float, score: float) -> tuple[float, float]:
    return round(EDGE + along * (WIDTH - 2 * EDGE), 1), round(HEIGHT - EDGE - score * (HEIGHT - 2 * EDGE) / 100, 1)
