"""The quarterly report as a PDF: the minister's page first, then the rest, set by typst as the agencies' report is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pepperbird.model.scores import Figures
from pepperbird.report import quarter_words as words
from pepperbird.report.as_pdf import compile_pdf
from pepperbird.report.facts import name
from pepperbird.report.pdf_data import plain
from pepperbird.report.quarter_html import shade
from pepperbird.report.words import STANDARDS as TITLES
from pepperbird.report.words import count, date
from pepperbird.score.quarter import STANDARDS, Bar, Group, QuarterReport, Row

TEMPLATE: Final = "quarter.typ"


def render_quarter_pdf(report: QuarterReport, root: Path, at: str) -> bytes:
    """The bytes as of `at`: the same report of the same moment gives the same. `root` holds the content folders.

    Raises UsageError where typst is not installed, ContentError where the templates are missing or broken.
    """
    data = json.dumps(plain(quarter_pdf_data(report)), ensure_ascii=False)
    return compile_pdf(root / "reports" / "pdf", data, at, TEMPLATE)


def quarter_pdf_data(report: QuarterReport) -> dict[str, Any]:
    """Everything that the template puts down, in words where a rule is needed for them."""
    titles = dict(TITLES)
    return {
        "site": name(report.site),
        "quarter": report.quarter,
        "days": f"{date(report.first_day)} to {date(report.last_day)}",
        "registered": count(report.registered, "registered agency", "registered agencies"),
        "opening": words.opening(report),
        "three": words.three(report),
        "bars": [_bar(one) for one in report.bars],
        "bars_told": words.bars_told(report),
        "legend": words.legend(report),
        "both": [list(one) for one in words.both(report)],
        "asked": list(words.asked(report)),
        "baseline": report.baseline,
        "indicators": [
            {
                "title": words.TITLES[one.id][0],
                "baseline": words.told(one.baseline),
                "before": words.told(one.before),
                "actual": words.told(one.actual),
                "target": words.target(one),
                "means": words.TITLES[one.id][1],
            }
            for one in report.indicators
        ],
        "fixed_faults": f"{count(report.fixed_faults, 'fault was', 'faults were')} fixed in this quarter.",
        "nation": list(_nation(report)),
        "groups": [_group(one, rules=report.rules) for one in report.groups],
        "standards": [titles[one] for one in STANDARDS],
        "cohorts": list(_cohorts(report)),
        "failing": [
            [
                f"{one.control}, {name(report.titles[one.control])}" if one.control in report.titles else one.control,
                f"{one.agencies} of {count(one.of, 'agency', 'agencies')}",
                str(one.unknown),
            ]
            for one in report.failing
        ],
        "caveats": list(words.caveats(report)),
    }


def _score(figures: Figures | None) -> str:
    return "not known" if figures is None else f"{figures.score:.1f}"


def _bar(one: Bar) -> dict[str, Any]:
    score, upper = (None, None) if one.figures is None else (one.figures.score, one.figures.upper)
    again = {"score": one.again.score, "upper": one.again.upper, "told": _score(one.again)} if one.again else None
    return {
        "quarter": one.quarter, "score": score, "upper": upper, "told": _score(one.figures), "rules": one.rules,
        "again": again if one.parted else None,
    }  # fmt: skip


def _nation(report: QuarterReport) -> Iterator[str]:
    now, before, fixed = report.nation, report.nation_before, report.fixed
    if now is not None:
        then = f"; the quarter before {before.score:.1f}, with {before.coverage:.1f} %" if before else ""
        yield f"Over all registered agencies: {now.score:.1f}, with coverage of {now.coverage:.1f} %{then}."
        if again := words.before_again(report):
            yield again
    if fixed is None:
        yield "There is no quarter before with an agency that both saw, so no change can be told yet."
        return
    yield (
        f"Fixed panel, the {count(fixed.agencies, 'agency', 'agencies')} that both quarters saw: "
        f"{fixed.then.score:.1f} then, {fixed.now.score:.1f} now ({words.moved(fixed.now.score, fixed.then.score)}). "
        "Agencies that joined or left do not move it."
    )
    if again := words.panel_again(report):
        yield again


def _group(one: Group, *, rules: bool) -> list[str]:
    seen = f"{one.seen} of {one.agencies}"
    figures, changed = one.figures, words.change(one.fixed, rules=rules)
    return [words.cohort_words(one.name), seen, f"{figures.score:.1f}", f"{figures.coverage:.1f} %", changed]


def _cohorts(report: QuarterReport) -> Iterator[dict[str, Any]]:
    for cohort, rows in groupby(report.rows, key=lambda one: one.cohort):
        yield {"name": words.cohort_words(cohort), "rows": [_row(one, n) for n, one in enumerate(rows, 1)]}


def _row(row: Row, number: int) -> dict[str, Any]:
    cells = (row.whole, *row.cells, row.coverage)
    seen = row.whole is not None
    unknown = [{"text": "–" if seen else "not seen" if n == 0 else "", "fill": ""} for n in range(len(cells))]
    told = [
        unknown[n] if value is None else {"text": f"{value:.0f}", "fill": shade(value)} for n, value in enumerate(cells)
    ]
    return {"name": name(row.name) or f"agency {number}", "cells": told}
