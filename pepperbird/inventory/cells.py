"""Rows of text from a CSV or XLSX file that somebody sent: bounded, never evaluated, and odd cells told.

Nothing a spreadsheet would run gets through: a cell that begins with = + - or @ is refused, wherever it stands.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pepperbird.errors import Issue, UsageError
from pepperbird.model.text import clean

MAX_FILE = 8 * 1024 * 1024
MAX_UNPACKED = 64 * 1024 * 1024
MAX_PARTS = 500
MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_CELL = 500
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number as the spreadsheet shows it, and its cells without blanks around them."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows that hold something, and what is wrong with cells; a wrong cell keeps a harmless form of its text."""

    file: str
    lines: tuple[Line, ...]
    issues: tuple[Issue, ...]
    notes: tuple[str, ...] = ()


def read_sheet(path: Path, sheet: str | None = None, *, dates: bool = False) -> Sheet:
    """The rows of a CSV or XLSX file; with `dates`, a day becomes its text. Raises UsageError for an unusable file."""
    file = clean(str(path), 1000)
    try:
        with path.open("rb") as handle:
            raw = handle.read(MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    if len(raw) > MAX_FILE:
        raise UsageError(f"{file}: larger than {MAX_FILE // 1024 // 1024} MB; split it into several sheets")
    notes: list[str] = []
    if raw.startswith(b"PK\x03\x04"):
        found = [(number, _dated(row) if dates else row) for number, row in _workbook(raw, file, sheet)]
    elif raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise UsageError(f"{file}: an old .xls file, or one with a password; save it as .xlsx or CSV")
    else:
        found = list(_csv(_decoded(raw, file, notes), file))
    issues: list[Issue] = []
    lines = [
        Line(number, tuple(_cell(c, file, number, i + 1, issues) for i, c in enumerate(row))) for number, row in found
    ]
    kept = tuple(line for line in lines if any(line.cells))
    return Sheet(file, kept, tuple(issues), tuple(notes))


def _dated(row: list[Any]) -> list[Any]:
    return [f"{one:%Y-%m-%d}" if isinstance(one, date) else one for one in row]


def _decoded(raw: bytes, file: str, notes: list[str]) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append(f"{file}: not UTF-8; read as Windows-1252. Look at accented letters, or save it as UTF-8")
        return raw.decode("cp1252", "replace")


def _csv(text: str, file: str) -> Iterator[tuple[int, list[Any]]]:
    first = text.split("\n", 1)[0]
    skipped = 1 if first.lower().startswith("sep=") else 0
    header = text.split("\n", 2)[skipped] if text.count("\n") >= skipped else ""
    delimiter = max(",;\t", key=header.count)
    if skipped:
        text = text.split("\n", 1)[1]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = skipped + 1
    try:
        for row in reader:
            _bounded(file, number, len(row))
            yield number, row
            number = skipped + reader.line_num + 1
    except csv.Error as error:
        raise UsageError(f"{file}:{number}: not readable as CSV: {error}; correct the quotes or the cell") from error


def _bounded(file: str, rows: int, columns: int) -> None:
    if rows > MAX_ROWS:
        raise UsageError(f"{file}: more than {MAX_ROWS} rows; split it into several sheets")
    if columns > MAX_COLUMNS:
        raise UsageError(f"{file}:{rows}: more than {MAX_COLUMNS} columns; remove what is not register")


def _workbook(raw: bytes, file: str, name: str | None) -> Iterator[tuple[int, list[Any]]]:
    """Rows of a workbook's sheet, opened only when its parts are small and plain."""
    import openpyxl

    try:
        _safe(raw, file)
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
        chosen = _chosen(book.sheetnames, file, name)
        for number, row in enumerate(book[chosen].iter_rows(values_only=True, max_col=MAX_COLUMNS + 1), 1):
            cells = list(row)
            while cells and cells[-1] is None:
                cells.pop()
            _bounded(file, number, len(cells))
            yield number, cells
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(
            f"{file}: not readable as a workbook ({type(error).__name__}); save it again or as CSV"
        ) from error


def _safe(raw: bytes, file: str) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise UsageError(f"{file}: unpacks to more than a register needs; save only the sheet itself, or CSV")
        for part in parts:
            with archive.open(part) as handle:
                start = handle.read(4096)
            if part.filename.endswith((".xml", ".rels")) and (b"<!" in start.replace(b"<!--", b"") or b"\x00" in start):
                raise UsageError(
                    f"{file}: holds document type definitions, which no spreadsheet writes; save it as CSV"
                )


def _chosen(names: list[str], file: str, name: str | None) -> str:
    shown = ", ".join(clean(one, 60) for one in names[:20])
    if name is not None and name not in names:
        raise UsageError(f"{file}: has no sheet {clean(name, 60)!r}; it has: {shown}")
    if name is None and len(names) != 1:
        raise UsageError(f"{file}: has the sheets {shown}; choose one with --sheet NAME")
    return name if name is not None else names[0]


def _cell(value: Any, file: str, row: int, column: int, issues: list[Issue]) -> str:
    """The text of one cell; what is wrong with it goes to `issues`."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return _wrong(value, file, row, column, issues, "not text; format the cell as text and write it again")
    text = str(value).strip()
    if len(text) > MAX_CELL:
        return _wrong(text, file, row, column, issues, f"longer than {MAX_CELL} characters; shorten it")
    if text.startswith(("=", "+", "-", "@")):
        return _wrong(text, file, row, column, issues, "begins like a formula; write the value itself")
    odd = next((c for c in text if unicodedata.category(c) in _INVISIBLE), None)
    if odd in ("\n", "\r", "\t"):
        return _wrong(text, file, row, column, issues, "has a line break or a tab in it; write it on one line")
    if odd is not None:
        what = f"holds the character U+{ord(odd):04X}, which cannot be seen; write it again without"
        return _wrong(text, file, row, column, issues, what)
    if "\ufffd" in text:
        return _wrong(text, file, row, column, issues, "holds letters that could not be read; save the file as UTF-8")
    return text


def _wrong(value: Any, file: str, row: int, column: int, issues: list[Issue], message: str) -> str:
    """Notes the issue; gives a harmless form of the text, so that the rest can still be examined."""
    shown = clean(str(value), 40)
    issues.append(Issue(file, row, column, f"column {letter(column)}: '{shown}' {message}"))
    return shown


def letter(column: int) -> str:
    """The name of a column, from 1, as spreadsheets show it."""
    return letter((column - 1) // 26) + chr(65 + (column - 1) % 26) if column > 0 else ""
