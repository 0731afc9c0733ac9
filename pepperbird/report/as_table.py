"""The findings as a table, for spreadsheets: CSV and XLSX with the same columns, and no cell that is a formula.

What machines said stays text: in CSV an apostrophe stands before what a spreadsheet would take for a formula, in XLSX
the cell is marked as text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from pepperbird.report.as_xlsx import ACTS, Cell, Column, Sheet, as_xlsx
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.rows import COLUMNS, Row, rows

WIDE = ("＝", "＋", "－", "＠")
"""Spreadsheets of some languages take these for `=+-@`."""
_AFTER_SEPARATOR = re.compile(rf"(;\s*)(?=[{re.escape(''.join((*ACTS, *WIDE)))}])")
"""Where a spreadsheet's language separates by semicolons, what follows one is a cell of its own."""


def render_csv(agencies: Sequence[AgencyFacts]) -> bytes:
    """UTF-8 with a mark that spreadsheets know it by, each field quoted, CRLF, as RFC 4180 has it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([heading for _, heading, _ in COLUMNS])
    for facts in agencies:
        writer.writerows([harmless(_text(value)) for value in _cells(row)] for row in rows(facts))
    return out.getvalue().encode("utf-8-sig")


def render_xlsx(agencies: Sequence[AgencyFacts]) -> bytes:
    """One sheet; the workbook bears the time of the run, so the same run gives the same bytes."""
    columns = tuple(Column(heading, width) for _, heading, width in COLUMNS)
    found = [_cells(row) for facts in agencies for row in rows(facts)]
    return as_xlsx([Sheet("Findings", columns, found)], agencies[0].run.at)


def harmless(text: str) -> str:
    """The same text as no spreadsheet takes it for a formula, read as one cell or as several."""
    acts = text.startswith((*ACTS, *WIDE)) or text.lstrip().startswith((*ACTS, *WIDE))
    return ("'" if acts else "") + _AFTER_SEPARATOR.sub(r"\1'", text)


def _cells(row: Row) -> list[Cell]:
    return [value if isinstance(value := getattr(row, key), float) else _text(value) for key, _, _ in COLUMNS]


def _text(value: object) -> str:
    return "" if value is None else str(value)
