"""Tables as a workbook (XLSX): the same tables give the same bytes, and no cell is ever a formula.

What machines said may begin with `=`, `+`, `-` or `@`: it stays text here, and is marked as text for whoever opens the
workbook and saves it as CSV.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pepperbird.model.text import clean

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Cell = str | int | float | None
MAX_CELL = 32_000
"""Characters; Excel takes 32,767."""
MAX_ROWS = 1_000_000
ACTS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "|")
_CHANGED = re.compile(rb"(<dcterms:(?:modified|created)[^>]*>)[^<]*(</dcterms:)")


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in characters; `blank` marks a column that a person fills in."""

    title: str
    width: int = 20
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]


def as_xlsx(sheets: Sequence[Sheet], at: str) -> bytes:
    """The workbook of `sheets`. `at`, RFC 3339, is the time that it bears."""
    from openpyxl import Workbook

    book = Workbook(write_only=False)
    if book.active is not None:
        book.remove(book.active)
    for sheet in sheets:
        _fill(book.create_sheet(sheet.title), sheet)
    raw = io.BytesIO()
    book.save(raw)
    return _timeless(raw.getvalue(), datetime.fromisoformat(at))


def lines_of(text: str, limit: int = MAX_CELL) -> str:
    """`text` made fit to show in a cell, its lines kept; what is left out is marked."""
    shown = "\n".join(clean(line, limit) for line in text[: limit + 1].split("\n"))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _fill(page: Worksheet, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    top, bold, head = Alignment(vertical="top", wrap_text=True), Font(bold=True), PatternFill("solid", fgColor="DDDDDD")
    yellow = PatternFill("solid", fgColor="FFF8D0")
    for number, column in enumerate(sheet.columns, 1):
        page.column_dimensions[get_column_letter(number)].width = column.width
        _put(page, 1, number, column.title)
        page.cell(1, number).font, page.cell(1, number).fill = bold, head
    for line, row in enumerate(sheet.rows[:MAX_ROWS], 2):
        for number, (column, value) in enumerate(zip(sheet.columns, row, strict=True), 1):
            _put(page, line, number, value)
            page.cell(line, number).alignment = top
            if column.blank:
                page.cell(line, number).fill = yellow
    page.freeze_panes = "A2"
    page.print_title_rows = "1:1"


def _put(page: Worksheet, line: int, number: int, value: Cell) -> None:
    cell = page.cell(line, number)
    if value is None or isinstance(value, int | float):
        cell.value = value
        return
    text = lines_of(value)
    cell.value = text
    cell.data_type = "s"
    if text.startswith(ACTS):
        cell.quotePrefix = True


def _timeless(raw: bytes, at: datetime) -> bytes:
    """The same workbook with the time `at` wherever the library wrote that of now."""
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _CHANGED.sub(rb"\g<1>" + stamp + rb"\g<2>", data)
            entry = zipfile.ZipInfo(name, (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, data)
    return out.getvalue()
