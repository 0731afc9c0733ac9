"""The quarterly report where the rules changed: as published and by the rules of now, each by its name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from pepperbird.model.quarter import parse_quarter
from pepperbird.report.quarter_data import render_quarter_json
from pepperbird.report.quarter_html import render_quarter_html
from pepperbird.report.quarter_pdf import quarter_pdf_data
from pepperbird.report.quarter_words import (
    bars_told,
    before_again,
    both,
    caveats,
    change,
    legend,
    opening,
    panel_again,
)
from pepperbird.scan.quarter import quarter_report
from pepperbird.score.quarter import QuarterReport
from pepperbird.store.runs import Store
from tests.support.office import NOW, a_quarter, a_quarter_again, history, many
from tests.support.past import ROOT, RULES
from tests.support.series import judged_again

SCHEMA = json.loads((ROOT / "reports/schema/quarter-1.json").read_text())
DAYS = ("2026-02-10", "2026-05-10", "2026-08-10", "2026-11-10")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuarterReport]:
    yield a_quarter_again(tmp_path_factory.mktemp("again"), 10, DAYS, judged=2)


def test_a_minister_reads_both_and_what_changed_by_the_same_rules(report: QuarterReport) -> None:
    assert opening(report) == (
        "The nation stands at 53.0 of 100 points; 80 % of what counts is known, and what is not known earns nothing. "
        "By the rules of now the quarter before stood at 36.0 (published: 48.0), so by the same rules the change "
        "is +17.0."
    )
    assert before_again(report) == "By the rules of now the quarter before stood at 36.0 (published: 48.0)."
    assert panel_again(report) == ("By the rules of now the same panel stood at 36.0 then, and at 53.0 now (+17.0).")
    assert [(one.rules, one.parted, one.missing) for one in report.bars] == [
        (False, False, "pruned"), (False, True, ""), (False, True, ""), (True, False, ""),
    ]  # fmt: skip
    assert both(report) == (
        ("2026Q1", "38.0", "not known: what its machines said is not kept any more"),
        ("2026Q2", "43.0", "31.0"), ("2026Q3", "48.0", "36.0"), ("2026Q4", "53.0", "53.0"),
    )  # fmt: skip
    assert bars_told(report) == (
        "Score of the nation by quarter, of 100: 2026Q1 38.0, 2026Q2 43.0 (by the rules of now 31.0), 2026Q3 48.0 (by "
        "the rules of now 36.0), 2026Q4 53.0"
    )
    assert "light beside it is the same quarter by the rules of now" in legend(report)
    said = " ".join(caveats(report))
    assert "judged again on 1 April 2026 by the rules of this quarter's last run" in said
    assert "Indicators of earlier quarters are by the rules of then" in said


def test_each_format_has_both(report: QuarterReport) -> None:
    page = render_quarter_html(report, ROOT).decode()
    bars = ElementTree.fromstring(re.findall(r"<svg.*?</svg>", page, re.DOTALL)[0])  # noqa: S314 - our own picture
    scores = [text.text for text in bars.iter("text") if text.get("font-weight") == "bold"]
    assert scores == ["38.0", "43.0", "31.0", "48.0", "36.0", "53.0"]
    assert "The nation by quarter, as it was published then and by the rules of now" in page
    assert "published +5.0; by the rules of now +17.0 (10 agencies)" in page
    data = quarter_pdf_data(report)
    assert [one["again"] and one["again"]["told"] for one in data["bars"]] == [None, "31.0", "36.0", None]
    assert before_again(report) in data["nation"] and panel_again(report) in data["nation"]
    found = json.loads(render_quarter_json(report))
    Draft202012Validator(SCHEMA).validate(found)
    assert [one["again"] and one["again"]["score"] for one in found["quarters"]] == [None, 31.0, 36.0, 53.0]
    assert [one["again_missing"] for one in found["quarters"]] == ["pruned", None, None, None]
    nation = found["nation"]
    assert (nation["before"]["score"], nation["before_again"]["score"]) == (48.0, 36.0)
    assert nation["panel"]["again"] == {
        "agencies": 10, "before": nation["before_again"], "now": nation["now"],
    }  # fmt: skip
    assert nation["judged_again"] == "2026-04-01T00:00:00Z"


def test_where_the_quarter_before_is_not_in_the_series_that_is_said(tmp_path: Path) -> None:
    gone = a_quarter_again(tmp_path, 4, DAYS, judged=0)
    assert gone.again is not None and (gone.again.before, gone.again.missing) == (None, "pruned")
    assert "published" not in opening(gone) and "by other rules, so no change is told" in opening(gone)
    assert before_again(gone) == (
        "What the quarter before is by the rules of now is not known: what its machines said is not kept any more."
    )
    assert panel_again(gone).startswith("What this change is by the rules of now is not known")
    assert change(gone.fixed, rules=True) == "published +5.0; by the rules of now not known (4 agencies)"
    assert b"what its machines said is not kept any more" in render_quarter_html(gone, ROOT)


def test_without_a_series_of_these_rules_there_is_one_score_and_it_is_said(tmp_path: Path) -> None:
    store = Store(tmp_path / "never.db")
    try:
        past = history(store, many(4), DAYS, b"", new=DAYS[-1:])
        before = quarter_report(store, parse_quarter("2026Q4"), NOW)
        runs = {run.id: dict.fromkeys(run.scores, 1.0) for run in store.full_runs()}
        judged_again(store, past, runs, rules="sha256:a draft")
        draft = quarter_report(store, parse_quarter("2026Q4"), NOW)
        assert draft == before, "a series by other rules than those of the newest run is not shown"
        earlier = quarter_report(store, parse_quarter("2026Q3"), NOW)
        judged_again(store, past, runs, rules=RULES.content)
        older = quarter_report(store, parse_quarter("2026Q3"), NOW)
    finally:
        store.close()
    assert before.again is None and before.rules and both(before) == () and not any(one.parted for one in before.bars)
    assert before_again(before) == (
        "What the quarter before is by the rules of now is not known: its runs were not judged again."
    )
    assert "light" not in legend(before)
    assert not earlier.rules and earlier.again is None and before_again(earlier) == panel_again(earlier) == ""
    assert older.again is not None and older.bars[-1].parted, "an older quarter is held against its own rules"


def test_the_same_rules_need_no_second_score(tmp_path: Path) -> None:
    same = a_quarter(tmp_path, 4, DAYS)
    assert (before_again(same), panel_again(same), both(same)) == ("", "", ())
    assert change(same.fixed, rules=False) == "+5.0 (4 agencies)" and change(None, rules=True) == "not known"


def test_parts_of_the_panel_and_no_move_are_told_as_they_are(report: QuarterReport) -> None:
    assert report.fixed is not None and report.fixed.again is not None and report.again is not None
    fewer = replace(report.fixed, again=replace(report.fixed.again, agencies=7))
    assert panel_again(replace(report, fixed=fewer)) == (
        "By the rules of now 7 of these agencies stood at 36.0 then, and at 53.0 now (+17.0). Of the others that is "
        "not known."
    )
    assert change(fewer, rules=True).endswith("by the rules of now +17.0 (7 of 10 agencies)")
    still = replace(report.again, before=report.nation)
    assert opening(replace(report, again=still)).endswith("(published: 48.0), so by the same rules nothing moved.")
    assert report.again.before is not None
    other = replace(report.again, before=replace(report.again.before, coverage=70.0))
    assert before_again(replace(report, again=other)).endswith(", with coverage of 70.0 % (published: 80.0 %).")
