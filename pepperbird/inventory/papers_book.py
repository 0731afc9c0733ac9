"""The workbook of documents, read back: which are filled in, with everything that is wrong by sheet and cell.

The columns are here, so that who writes the workbook and who reads it agree. Nothing in it is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pepperbird.errors import Issue
from pepperbird.inventory.cells import Sheet, letter, read_sheet
from pepperbird.inventory.raw import as_date, near
from pepperbird.model.attested import Measurement
from pepperbird.model.policy import Document, Figure

DOCUMENTS, SECTIONS, FIGURES = "Documents", "Sections", "Measurements"
DOCUMENT_COLUMNS = (
    "Clause", "Document", "Why it is asked", "Weight", "Asked", "To be signed by", "Holds at most (days)", "Form",
    "For", "File of the document", "Date of the document", "Valid until", "Signed by (name)", "Office",
)  # fmt: skip
SECTION_COLUMNS = ("Clause", "Document", "Section", "What belongs there", "In the document? (x)")
FIGURE_COLUMNS = ("Clause", "Document", "Measured of", "Figure", "In words", "Unit", "Must be", "Value")
MARKS = frozenset({"x", "yes", "y", "ja", "✓", "✔", "1", "true"})
_FOR, _FILE, _DATE, _UNTIL, _NAME, _OFFICE = range(8, 14)
_COLUMN = re.compile(r"column ([A-Z]+): ")


@dataclass(frozen=True, slots=True)
class Filled:
    """One document that is filled in. `issue` makes an Issue at one of its cells."""

    clause: str
    assets: tuple[str, ...]
    document: str
    begins: str
    until: str
    signer: str
    role: str
    sections: tuple[str, ...]
    measured: tuple[Measurement, ...]
    file: str
    row: int

    def issue(self, message: str, column: int = _FILE) -> Issue:
        return _issue(self.file, DOCUMENTS, self.row, column, message)


@dataclass
class _Book:
    path: Path
    documents: Mapping[str, Document]
    issues: list[Issue] = field(default_factory=list)

    def lines(self, name: str, columns: tuple[str, ...]) -> list[tuple[int, list[str]]]:
        """The rows of a sheet below its header, each as long as the header."""
        sheet = read_sheet(self.path, name, dates=True)
        self._odd(sheet, name)
        if not sheet.lines or sheet.lines[0].cells[: len(columns)] != columns:
            text = f"the first row is not as it was written ({', '.join(columns)}); put it back"
            self.issues.append(_issue(str(self.path), name, 1, 0, text))
            return []
        size = len(columns)
        return [(line.number, [*line.cells[:size], *[""] * (size - len(line.cells))]) for line in sheet.lines[1:]]

    def _odd(self, sheet: Sheet, name: str) -> None:
        for one in sheet.issues:
            message = _COLUMN.sub(rf"{name}!\g<1>{one.line}: ", one.message, count=1)
            self.issues.append(Issue(str(self.path), 0, 0, message))

    def say(self, sheet: str, row: int, column: int, message: str) -> None:
        self.issues.append(_issue(str(self.path), sheet, row, column, message))


def read_filled(path: Path, agency: str, documents: Mapping[str, Document]) -> tuple[list[Filled], list[Issue]]:
    """Every document with a file, and what is wrong. Raises UsageError where the file as a whole is not usable."""
    book = _Book(path, documents)
    rows = book.lines(DOCUMENTS, DOCUMENT_COLUMNS)
    ticks, figures = _ticks(book), _figures(book)
    found: list[Filled] = []
    for number, cells in rows:
        clause = cells[0]
        if not any(cells[_FILE:]):
            continue
        if clause not in documents:
            text = f"{clause!r} is no document that is asked of {agency}{near(clause, documents)}"
            book.say(DOCUMENTS, number, 0, text)
            continue
        if any(one.clause == clause for one in found):
            book.say(DOCUMENTS, number, 0, f"{clause} stands twice; write all that it is for into one row")
            continue
        _needed(book, number, cells)
        assets = tuple(part for part in re.split(r"[\s,;]+", cells[_FOR]) if part and part != agency)
        found.append(
            Filled(
                clause, assets, cells[_FILE], cells[_DATE], cells[_UNTIL], cells[_NAME], cells[_OFFICE],
                tuple(name for name in documents[clause].sections if name in ticks.get(clause, ())),
                figures.get(clause, ()), str(path), number,
            )
        )  # fmt: skip
    return ([], book.issues) if book.issues else (found, [])


def _needed(book: _Book, number: int, cells: list[str]) -> None:
    for column in (_FILE, _DATE, _NAME, _OFFICE):
        if not cells[column]:
            book.say(DOCUMENTS, number, column, f"empty; write “{DOCUMENT_COLUMNS[column]}”")
    for column in (_DATE, _UNTIL):
        if cells[column] and as_date(cells[column]) is None:
            book.say(DOCUMENTS, number, column, f"{cells[column]!r} is no day of the calendar; write it as 2026-11-23")
    place = PurePosixPath(cells[_FILE])
    if place.is_absolute() or ".." in place.parts:
        book.say(DOCUMENTS, number, _FILE, "put the document beside the workbook, and write its name")
    elif cells[_FILE] and not (book.path.parent / cells[_FILE]).is_file():
        book.say(DOCUMENTS, number, _FILE, f"no file {cells[_FILE]!r} beside the workbook; put it there")


def _ticks(book: _Book) -> Mapping[str, set[str]]:
    ticks: dict[str, set[str]] = {}
    for number, cells in book.lines(SECTIONS, SECTION_COLUMNS):
        clause, section, tick = cells[0], cells[2], cells[4]
        if not tick:
            continue
        if clause not in book.documents or section not in book.documents[clause].sections:
            book.say(SECTIONS, number, 2, f"{clause} has no section {section!r}; take the row as it was written")
        elif tick.casefold() in MARKS:
            ticks.setdefault(clause, set()).add(section)
        elif tick.casefold() not in ("no", "n", "-"):
            book.say(
                SECTIONS, number, 4, f"{tick!r} is no tick; write x where the section is there, else leave it empty"
            )
    return ticks


def _figures(book: _Book) -> Mapping[str, tuple[Measurement, ...]]:
    rows: dict[str, dict[str, dict[str, int | str]]] = {}
    for number, cells in book.lines(FIGURES, FIGURE_COLUMNS):
        clause, of, name, value = cells[0], cells[2], cells[3], cells[7]
        if not value:
            continue
        document = book.documents.get(clause)
        known = {one.id: one for one in document.measured.figures} if document and document.measured else {}
        if name not in known:
            book.say(FIGURES, number, 3, f"{clause} measures no {name!r}; take the row as it was written")
        elif not of:
            book.say(FIGURES, number, 2, "empty; write what was measured, for example the name of the service")
        else:
            found = _value(book, number, known[name], value)
            if found is not None:
                rows.setdefault(clause, {}).setdefault(of, {})[name] = found
    return {
        clause: tuple(Measurement(of=of, figures=figures) for of, figures in mine.items())
        for clause, mine in rows.items()
    }


def _value(book: _Book, number: int, figure: Figure, text: str) -> int | str | None:
    if figure.unit == "choice":
        return text
    if text.isdecimal() and len(text) < 13:
        return int(text)
    book.say(FIGURES, number, 7, f"{text!r} is no whole number of {figure.unit}")
    return None


def _issue(file: str, sheet: str, row: int, column: int, message: str) -> Issue:
    return Issue(file, 0, 0, f"{sheet}!{letter(column + 1)}{row}: {message}")
