"""The quarterly report as one HTML page that prints: the minister's page first. Pictures are drawn in the template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pepperbird.report import quarter_words as words
from pepperbird.report.facts import name
from pepperbird.report.page import render_page
from pepperbird.report.words import STANDARDS as TITLES
from pepperbird.score.quarter import STANDARDS, QuarterReport, Row

FILLS: Final = ("#f4f6f9", "#dce8f3", "#bcd6ec", "#97c1e3", "#78abd6")
"""From nought to a hundred in fifths; black text is legible on each, and each is another grey."""
NAME, CELL, LINE, TOP = 250, 62, 26, 120
WIDE: Final = 34
"""Letters that fit before the cells."""


@dataclass(frozen=True, slots=True)
class Cell:
    x: int
    text: str
    fill: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the heat map; `head` is the cohort where a new one begins above it."""

    y: int
    label: str
    cells: tuple[Cell, ...]
    head: str = ""


@dataclass(frozen=True, slots=True)
class Heat:
    """One picture of at most so many rows that it fits a printed page."""

    height: int
    width: int
    heads: tuple[tuple[int, str], ...]
    lines: tuple[Line, ...]
    told: str


def render_quarter_html(report: QuarterReport, root: Path) -> bytes:
    """UTF-8 bytes. `root` holds the content folders. Raises ContentError."""
    values: dict[str, Any] = {
        "one": report,
        "opening": words.opening(report),
        "three": words.three(report),
        "asked": list(words.asked(report)),
        "caveats": list(words.caveats(report)),
        "heats": list(heats(report)),
        "titles": words.TITLES,
        "standards": [(one, dict(TITLES)[one]) for one in STANDARDS],
        "words": {
            "told": words.told,
            "target": words.target,
            "moved": words.moved,
            "cohort": words.cohort_words,
            "change": words.change,
        },
        "bars_told": words.bars_told(report),
        "legend": words.legend(report),
        "before_again": words.before_again(report),
        "panel_again": words.panel_again(report),
        "both": list(words.both(report)),
    }
    return render_page("quarter.html", root, **values)


MOST: Final = 22
"""Rows of one picture."""


def heats(report: QuarterReport) -> Iterator[Heat]:
    """The agencies by standard, cut into pictures that fit a page."""
    rows = list(_labelled(report.rows))
    for first in range(0, len(rows), MOST):
        yield _heat(rows[first : first + MOST])


def _labelled(rows: Sequence[Row]) -> Iterator[tuple[Row, str]]:
    """Each row with what stands before it: its name, else its number in the cohort."""
    for _, some in groupby(rows, key=lambda one: one.cohort):
        for number, row in enumerate(some, 1):
            yield row, _short(name(row.name), name(row.id)) or f"agency {number}"


def _short(full: str, agency: str) -> str:
    """The name where it fits, else its beginning and the agency's id, which tells it from its like."""
    return full if len(full) <= WIDE else f"{full[: WIDE - 2 - len(agency[:14])]}… {agency[:14]}"


def _heat(rows: Sequence[tuple[Row, str]]) -> Heat:
    lines: list[Line] = []
    y, cohort = TOP, ""
    for row, label in rows:
        head = words.cohort_words(row.cohort) if row.cohort != cohort else ""
        y += LINE if head else 0
        cohort = row.cohort
        cells = (row.whole, *row.cells, row.coverage)
        seen = row.whole is not None
        lines.append(Line(y, label, tuple(_cell(n, one, seen=seen) for n, one in enumerate(cells)), head))
        y += LINE
    heads = tuple((_x(n) + CELL // 2, one) for n, one in enumerate(("All", *_titles(), "Coverage, %")))
    told = f"Scores of {len(rows)} agencies, as a whole and by standard, and coverage; the table below has the same."
    return Heat(y + 8, _x(len(heads)) + 72, heads, tuple(lines), told)


def _titles() -> list[str]:
    """The standards' titles in the order of the columns."""
    by = dict(TITLES)
    return [by[one] for one in STANDARDS]


def _x(column: int) -> int:
    return NAME + column * CELL


def _cell(column: int, value: float | None, *, seen: bool) -> Cell:
    if value is None:
        return Cell(_x(column), "–" if seen else "not seen" if column == 0 else "", "#ffffff")
    return Cell(_x(column), f"{value:.0f}", shade(value))


def shade(value: float) -> str:
    """The fill behind a score."""
    return FILLS[min(int(value // 20), 4)]
