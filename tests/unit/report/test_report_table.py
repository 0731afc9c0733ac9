"""The findings as tables: one row a finding, both the same, and nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import openpyxl
import pytest

from pepperbird.model.run import Run
from pepperbird.model.state import State
from pepperbird.model.text import clean
from pepperbird.report.as_table import harmless
from pepperbird.report.render import render
from pepperbird.report.rows import COLUMNS
from pepperbird.report.worth import worth
from tests.support.runs import ROWS, Row, a_catalog, a_run, a_site, hostile_run, hostile_site

HEADINGS = [heading for _, heading, _ in COLUMNS]
FORMULAS = ("=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1+1", "x;=1+1", "a; +2", "|x")


def table(run: Run) -> list[dict[str, str]]:
    text = render(run, a_catalog("."), a_site(), None, "csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def sheet(run: Run) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(render(run, a_catalog("."), a_site(), None, "xlsx")))
    return list(book["Findings"].iter_rows(values_only=True))


def one_row(run: Run, **wanted: str) -> dict[str, str]:
    (found,) = [row for row in table(run) if wanted.items() <= row.items()]
    return found


def test_there_is_one_row_a_finding_in_both() -> None:
    run = a_run()
    findings = [one for verdict in run.verdicts for clause in verdict.clauses for one in clause.findings]
    assert len(table(run)) == len(findings) == len(sheet(run)) - 1
    assert list(table(run)[0]) == HEADINGS == list(sheet(run)[0])


def test_both_say_the_same() -> None:
    for row, cells in zip(table(hostile_run()), sheet(hostile_run())[1:], strict=True):
        said = ["" if one is None else f"{one:.1f}" if isinstance(one, int | float) else str(one) for one in cells]
        assert [harmless(one) for one in said] == list(row.values())


def test_a_fail_has_its_date_its_fix_and_its_worth() -> None:
    row = one_row(a_run(), Clause="IS-20.1", Asset="db1")
    assert row["State"] == row["Control stands as"] == "fail"
    assert row["Due"] == "2026-12-23"
    assert row["Seen"] == 'PermitRootLogin is "yes"; allowed is prohibit-password, no'
    assert row["What to do"].startswith("Let administrators log in with their own account")
    assert (row["Effort"], row["Cost"], row["Who"]) == ("minutes", "nothing", "system administrator")
    assert float(row["Points"]) > 0


def test_the_points_are_those_of_the_report_and_only_where_something_is_to_gain() -> None:
    run = a_run()
    worthy = worth(run.posture, run.scores["moh"])
    entries = {(one.control, one.asset): one for one in run.posture}
    told = {(row["Control"], row["Asset"]): float(row["Points"]) for row in table(run) if row["Points"]}
    assert told == {
        pair: round(points, 1)
        for pair, points in worthy.items()
        if entries[pair].state not in (State.PASS, State.NOT_APPLICABLE)
    }
    assert len(told) > 10


def test_an_accepted_delay_is_no_pass() -> None:
    row = one_row(a_run(), Control="DS-18", Asset="db1")
    assert (row["State"], row["Control stands as"], row["Due"]) == ("fail", "waived", "2027-02-21")


def test_what_could_not_be_seen_says_how_it_could_be() -> None:
    row = one_row(a_run(), Clause="IS-20.1", Asset="app1")
    assert row["State"] == "error"
    assert row["What to do"] == "pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T"
    assert (row["Due"], row["Effort"]) == ("", "")


def test_a_pass_asks_for_nothing() -> None:
    row = one_row(a_run(), Clause="IS-21.1", Asset="app1")
    assert (row["State"], row["What to do"], row["Points"], row["Due"]) == ("pass", "", "", "")


def test_a_partial_run_has_no_points() -> None:
    assert {row["Points"] for row in table(a_run(scope="partial"))} == {""}


def test_what_stands_from_an_earlier_run_has_a_row() -> None:
    run = a_run()
    old = next(one for one in run.posture if (one.control, one.asset) == ("IS-20", "old1"))
    failing = replace(old, state=State.FAIL, since="2026-11-01T00:00:00Z", failing_since="2026-11-01T00:00:00Z")
    carried = replace(run, posture=tuple(failing if one is old else one for one in run.posture))
    assert len(table(carried)) == len(table(run)) + 1
    row = one_row(carried, Control="IS-20", Asset="old1", State="fail")
    assert row["Seen"] == "fails, as seen on 1 November 2026; this run could not look again, so that stands"
    assert row["Due"] == "2026-12-01"


def test_the_same_run_gives_the_same_bytes() -> None:
    for form in ("csv", "xlsx"):
        first, second = (render(hostile_run(), a_catalog("."), hostile_site(), None, form) for _ in range(2))
        assert first == second


@pytest.mark.parametrize("text", FORMULAS)
def test_a_machine_writes_no_formula(text: str) -> None:
    rows: list[Row] = [*ROWS, ("BR-01", "evil", [("BR-01.3", State.FAIL, text, text, text, None)])]
    row = one_row(a_run(rows=rows), Asset="evil")
    for heading in ("Subject", "Seen", "Expected"):
        for part in row[heading].split(";"):
            assert not part.lstrip().startswith(("=", "+", "-", "@", "\t", "|", "＝"))
        assert row[heading].replace("'", "").endswith(clean(text).replace("'", "").strip("'"))


def test_a_plain_text_stays_as_it_is() -> None:
    for text in ("4 percent free of 1.8 TB", "a-b", "x = 1", "one; two", ""):
        assert harmless(text) == text


def test_hostile_text_cannot_act_and_stays_in_its_cell() -> None:
    for row in table(hostile_run()):
        assert list(row) == HEADINGS
        assert all(value is not None and clean(value, 1100) == value for value in row.values())
