"""The quarterly report as a page and as JSON: a picture that is XML, hostile names as text, and its work bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import event
from sqlalchemy.engine import Engine

from pepperbird.errors import ContentError
from pepperbird.model.quarter import parse_quarter
from pepperbird.report.quarter_data import render_quarter_json
from pepperbird.report.quarter_html import FILLS, heats, render_quarter_html
from pepperbird.report.quarter_words import asked, caveats, moved, opening, told
from pepperbird.scan.quarter import quarter_report
from pepperbird.score.indicators import Value
from pepperbird.score.quarter import QuarterReport
from pepperbird.store.runs import Store
from tests.support.office import NOW, a_quarter, history, many
from tests.support.past import ROOT
from tests.support.runs import HOSTILE
from tests.unit.report.test_report_contrast import contrast

SCHEMA = json.loads((ROOT / "reports/schema/quarter-1.json").read_text())
DAYS = ("2026-02-10", "2026-05-10", "2026-08-10", "2026-11-10")
SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuarterReport]:
    yield a_quarter(tmp_path_factory.mktemp("quarter"), 40, DAYS)


def test_the_page_and_its_pictures_say_the_figures(report: QuarterReport) -> None:
    page = render_quarter_html(report, ROOT).decode()
    pictures = [ElementTree.fromstring(one) for one in SVG.findall(page)]  # noqa: S314 - our own pictures
    assert len(pictures) == 3
    texts = [text.text for picture in pictures for text in picture.iter("text")]
    assert "2026Q4" in texts and "54.3" in texts and "Standard tier, with databases" in texts
    assert texts.count("agency 1") == 5 and texts.count("–") == 3 * 40
    assert "://" not in page and "<script" not in page
    assert "not set" in page and "style=" not in page


def test_a_golden_brief(report: QuarterReport) -> None:
    assert opening(report) == (
        "The nation stands at 54.3 of 100 points (+5.0 since the quarter before); 80 % of what counts is known, and "
        "what is not known earns nothing."
    )
    assert list(asked(report)) == [
        "No targets are set. Please decide them, so that the next report can say whether they are met."
    ]
    assert list(caveats(report)) == [
        "The quarter has not ended; these figures are of today.",
        "Of the nation's 54.3 points pepperbird saw 44.3 itself; the rest stands on documents that were signed and "
        "reviewed, and on kits that agencies ran themselves.",
        "20.0 % of what counts has no known result. Were all of it in order, the score would be 74.3.",
        "8 of 160 required results could not be reached at the end of the quarter. That is the link or the power as "
        "often as the machine, and nobody's fault is known.",
        "Agencies are counted, and grouped into cohorts, as the newest register has them.",
        "No agency is named, as the site does not publish names. Each finds its own place in its own report.",
    ]


def test_a_change_of_rules_is_no_rise(report: QuarterReport) -> None:
    bars = (*report.bars[:-1], replace(report.bars[-1], rules=True))
    other = replace(report, bars=bars)
    assert "since the quarter before" not in opening(other)
    assert any("changed since the quarter before: compare with care" in one for one in caveats(other))
    assert "other rules" in render_quarter_html(other, ROOT).decode()


def test_what_is_asked_is_three_things_at_most(report: QuarterReport) -> None:
    known = {"restores": Value(1, 3), "critical_open": Value(1)}
    changed = tuple(replace(one, actual=known.get(one.id, one.actual)) for one in report.indicators)
    said = list(asked(replace(report, silent=1, indicators=changed)))
    assert len(said) == 3
    assert said[0].startswith("One agency was not seen this quarter.")
    assert said[1].startswith("2 data stores have no proven restore.")
    assert said[2].startswith("1 critical fault is open.")


def test_the_json_is_as_its_schema_says(report: QuarterReport) -> None:
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(json.loads(render_quarter_json(report)))


@pytest.mark.parametrize(
    "text", [*HOSTILE[:4], *HOSTILE[5:8], *HOSTILE[9:], "N" * 120], ids=range(len(HOSTILE) - 2 + 1)
)
def test_a_hostile_name_stays_text(report: QuarterReport, text: str) -> None:
    named = tuple(replace(row, id=text, name=text) for row in report.rows)
    other = replace(report, rows=named, site=text, named=True, titles={"IS-21": text})
    page = render_quarter_html(other, ROOT).decode()
    assert "<script" not in page and "<img" not in page and "\x1b" not in page and "\u202e" not in page
    for picture in SVG.findall(page):
        ElementTree.fromstring(picture)  # noqa: S314 - our own picture, of a hostile name
    data = json.loads(render_quarter_json(other))
    Draft202012Validator(SCHEMA).validate(data)
    assert "\x1b" not in data["site"] and len(data["site"]) <= 200


def test_long_names_are_told_from_their_like(report: QuarterReport) -> None:
    rows = tuple(
        replace(row, id=f"agency-{number}", name="Department of Rural Services and Archives " * 3)
        for number, row in enumerate(report.rows)
    )
    labels = [line.label for heat in heats(replace(report, rows=rows)) for line in heat.lines]
    assert len(set(labels)) == len(rows) and max(map(len, labels)) <= 34


def test_black_numbers_are_legible_on_every_shade() -> None:
    assert [fill for fill in FILLS if contrast("#111111", fill) < 7] == []


def test_one_agency_and_one_quarter(tmp_path: Path) -> None:
    report = a_quarter(tmp_path, 1, DAYS[3:], named=True)
    assert [group.agencies for group in report.groups] == [1] and report.fixed is None
    assert b"no change can be told yet" in render_quarter_html(report, ROOT)


def test_the_questions_to_the_store_do_not_grow_with_agencies_or_runs(tmp_path: Path) -> None:
    asked_for: list[int] = []
    for count, runs in ((2, 1), (25, 8)):
        store = Store(tmp_path / f"{count}.db")
        history(store, many(count), [f"2026-{month:02}-10" for month in (1, *range(4, 4 + runs - 1))], b"")
        seen: list[str] = []

        def note(*call: object, said: list[str] = seen) -> None:
            said.append(str(call[2]))

        event.listen(Engine, "before_cursor_execute", note)
        try:
            quarter_report(store, parse_quarter("2026Q1"), NOW)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
            store.close()
        asked_for.append(len(seen))
    assert asked_for[0] == asked_for[1] < 40


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "not known"), (Value(None, 4), "not known (of 4)"), (Value(3, 4), "3 of 4"), (Value(2.5), "2.5")],
)
def test_figures_in_words(value: Value | None, words: str) -> None:
    assert told(value) == words


def test_moves_in_words() -> None:
    assert [moved(*one) for one in ((2.0, 1.0), (1.0, 2.5), (1.0, 1.0))] == ["+1.0", "−1.5", "the same"]


def test_a_missing_template_is_said(report: QuarterReport, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="templates under"):
        render_quarter_html(report, tmp_path)
