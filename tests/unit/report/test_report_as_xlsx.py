"""A workbook is the same bytes each time, and what machines said stays text in it."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest

from pepperbird.report.as_xlsx import MAX_CELL, Cell, Column, Sheet, as_xlsx, lines_of

AT = "2026-11-24T10:00:00Z"
HOSTILE = (
    "=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "|x", "=HYPERLINK(\"http://x\")",
    "#REF!", "TRUE", "1e5", "\x00\x1b[31m", "\ud800", "\u202etxt", "_x0041_", "<b>&", "x" * 40_000,
)  # fmt: skip


def a_book(*values: Cell) -> bytes:
    columns = (Column("What"), Column("Remarks", blank=True))
    return as_xlsx([Sheet("Said", columns, [(value, None) for value in values])], AT)


def test_the_same_tables_give_the_same_bytes() -> None:
    assert a_book("x", 1) == a_book("x", 1)
    with zipfile.ZipFile(io.BytesIO(a_book("x"))) as book:
        assert {entry.date_time for entry in book.infolist()} == {(2026, 11, 24, 10, 0, 0)}
        assert book.read("docProps/core.xml").count(AT.encode()) == 2


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_that_a_machine_said_is_a_formula(value: str) -> None:
    data = a_book(value)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert not re.search(rb"<f[ >]", book.read("xl/worksheets/sheet1.xml"))
    cell = openpyxl.load_workbook(io.BytesIO(data))["Said"]["A2"]
    assert cell.data_type == "s"
    assert len(str(cell.value)) <= MAX_CELL
    assert cell.quotePrefix or not value.startswith(("=", "+", "-", "@"))


def test_lines_are_kept_and_what_is_left_out_is_marked() -> None:
    assert lines_of("a\nb\x1bc") == "a\nb\\x1bc"
    assert lines_of("x" * 100, 10) == "x" * 9 + "…"
