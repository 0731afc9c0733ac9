"""The workbook of an agency's documents: what is asked, by which control, and cells to fill in.

What stands in the yellow cells is read back by `inventory.papers_book`; everything else explains.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from pepperbird.inventory.papers_book import (
    DOCUMENT_COLUMNS,
    DOCUMENTS,
    FIGURE_COLUMNS,
    FIGURES,
    SECTION_COLUMNS,
    SECTIONS,
)  # fmt: skip
from pepperbird.model.site import Agency
from pepperbird.model.template import DocumentTemplate
from pepperbird.plan.papers import Asked

_HEAD = PatternFill("solid", fgColor="1F3A5F")
_FILL = PatternFill("solid", fgColor="FFF6D6")
_THIN = Side(style="thin", color="C8C8C8")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_WRAP = Alignment(wrap_text=True, vertical="top")
_WEIGHTS = {"critical": "1 critical", "high": "2 high", "medium": "3 medium", "low": "4 low"}
_START = (
    ("What this is", "Some things no program can see: whether there is a recovery plan, whether people answer the "
     "phone at night, where the keys lie. For these the standards ask for documents. This workbook lists all that are "
     "asked of your agency, and beside it lies a form for each, with an example in every section."),
    ("1  Begin with what counts most", "The sheet Documents is sorted by weight. Rows marked “only if” are wanted "
     "only where nothing else shows the same thing; most agencies leave them empty. You need not fill in all on the "
     "first day: each document counts as soon as it is signed and reviewed."),
    ("2  Fill in the form", "Open the form that the row names. Write what is true, in short sentences. Where "
     "something does not exist yet, write that, and leave its tick empty: a true gap costs less than a false paper. "
     "Never write a password or a key into a document. A document that you have already is as good as the form, if "
     "it holds the same sections."),
    ("3  Put the document beside this workbook", "Save it, or scan the signed paper as PDF, into the folder of this "
     "workbook. In the sheet Documents write its file name, its date, and who signs it, in the yellow cells."),
    ("4  Tick the sections", "In the sheet Sections put an x beside each section that is in the document."),
    ("5  Copy what was measured", "For tests and exercises the sheet Measurements asks for figures. Write whole "
     "numbers, as they were: an honest slow restore is worth more than none."),
    ("6  Sign, and let another person review", "Give the folder to whoever keeps the register. `pepperbird attest new` "
     "reads this workbook and tells what is wrong by sheet and cell; then the signer signs, with a key or in ink, and "
     "a second person (internal audit, or the programme office) reads each document and reviews it. Nobody reviews "
     "what he or she signed."),
)  # fmt: skip


def papers_book(
    agency: Agency, asked: Sequence[Asked], params: Mapping[str, Mapping[str, object]],
    templates: Mapping[str, DocumentTemplate], forms: Mapping[str, str],
) -> bytes:  # fmt: skip
    """The workbook. `params` are each clause's parameters, `forms` the file name of its form."""
    order = sorted(asked, key=lambda one: (one.instead, _WEIGHTS[str(one.control.severity)], one.id))
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has a sheet")
    _start(sheet, agency, order)
    _documents(book.create_sheet(DOCUMENTS), agency, order, forms)
    _sections(book.create_sheet(SECTIONS), order, templates)
    _figures(book.create_sheet(FIGURES), agency, order, params)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _start(sheet: Worksheet, agency: Agency, asked: Sequence[Asked]) -> None:
    sheet.title = "Start here"
    sheet.column_dimensions["A"].width = 74
    wanted = sum(not one.instead for one in asked)
    lines = [
        (f"Documents of {agency.name}", Font(size=18, bold=True, color="1F3A5F")),
        (
            f"{wanted} documents are asked for, and {len(asked) - wanted} only where nothing else shows it.",
            Font(size=12),
        ),
    ]
    for head, text in _START:
        lines += [("", Font()), (head, Font(size=13, bold=True, color="1F3A5F")), (text, Font(size=11))]
    for row, (text, font) in enumerate(lines, 1):
        cell = sheet.cell(row, 1, text)
        cell.font, cell.alignment = font, _WRAP
        sheet.row_dimensions[row].height = max(_tall(sheet, row), 1.6 * float(font.size or 11))
    _fit(sheet)
    sheet.sheet_view.showGridLines = False


def _documents(sheet: Worksheet, agency: Agency, asked: Sequence[Asked], forms: Mapping[str, str]) -> None:
    _header(sheet, DOCUMENT_COLUMNS, (9, 34, 36, 11, 14, 24, 10, 28, 18, 26, 13, 13, 20, 20))
    for row, one in enumerate(asked, 2):
        cells = (
            one.id, one.document.title, f"{one.control.id} {one.control.title}", _WEIGHTS[str(one.control.severity)],
            "only if nothing else shows it" if one.instead else "yes", " and ".join(one.document.signers), one.days,
            forms.get(one.id, ""), ", ".join(one.assets) or agency.id,
        )  # fmt: skip
        _row(sheet, row, cells, filled=range(9, 15))
    sheet.freeze_panes = "C2"


def _sections(sheet: Worksheet, asked: Sequence[Asked], templates: Mapping[str, DocumentTemplate]) -> None:
    _header(sheet, SECTION_COLUMNS, (9, 38, 34, 80, 14))
    row = 2
    for one in asked:
        written = {section.name: section.write for section in templates[one.id].sections} if one.id in templates else {}
        for name in one.document.sections:
            _row(sheet, row, (one.id, one.document.title, name, written.get(name, "")), filled=(5,))
            row += 1
    ticks = DataValidation(type="list", formula1='"x"', allow_blank=True)
    ticks.error = "Write x where the section is in the document, else leave it empty."
    sheet.add_data_validation(ticks)
    ticks.add(f"E2:E{max(row, 3)}")
    sheet.freeze_panes = "C2"


def _figures(
    sheet: Worksheet, agency: Agency, asked: Sequence[Asked], params: Mapping[str, Mapping[str, object]]
) -> None:
    _header(sheet, FIGURE_COLUMNS, (9, 38, 24, 18, 44, 12, 46, 14))
    row = 2
    for one in asked:
        measured = one.document.measured
        if measured is None:
            continue
        for of in _things(measured.of, agency, one):
            for figure in measured.figures:
                must = one.control.objective(figure, params[one.id])
                unit = " / ".join(_scale(one, figure.at_least)) if figure.unit == "choice" else figure.unit
                cells = (one.id, one.document.title, of, figure.id, figure.title, unit, must)
                _row(sheet, row, cells, filled=(3, 8) if not of else (8,))
                row += 1
    sheet.freeze_panes = "C2"


def _things(of: str, agency: Agency, asked: Asked) -> Iterable[str]:
    if of == "service":
        return [service.id for service in agency.services] or [""]
    return asked.assets if of == "store" else ("",)


def _scale(asked: Asked, names: Sequence[str]) -> tuple[str, ...]:
    return next((asked.control.parameters[name].scale for name in names if name in asked.control.parameters), ())


def _header(sheet: Worksheet, columns: Sequence[str], widths: Sequence[int]) -> None:
    for number, (name, width) in enumerate(zip(columns, widths, strict=True), 1):
        cell = sheet.cell(1, number, name)
        cell.font, cell.fill, cell.alignment = Font(bold=True, color="FFFFFF"), _HEAD, _WRAP
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.row_dimensions[1].height = _tall(sheet, 1)
    sheet.page_setup.orientation = "landscape"
    sheet.print_title_rows = "1:1"
    _fit(sheet)


def _row(sheet: Worksheet, row: int, cells: Sequence[str | int], *, filled: Iterable[int]) -> None:
    for number, value in enumerate(cells, 1):
        cell = sheet.cell(row, number)
        _text(cell, value)
    for number in filled:
        cell = sheet.cell(row, number)
        cell.fill, cell.border, cell.alignment = _FILL, _BOX, _WRAP
        cell.number_format = "@"
    sheet.row_dimensions[row].height = _tall(sheet, row)


def _tall(sheet: Worksheet, row: int) -> float:
    """Room for the longest cell of a row in points: not every program works that out when it opens a file."""
    lines = 1
    for number, cell in enumerate(sheet[row], 1):
        wide = sheet.column_dimensions[get_column_letter(number)].width
        lines = max(lines, math.ceil(1.15 * len(str(cell.value or "")) / wide))
    return 15.0 * lines


def _fit(sheet: Worksheet) -> None:
    """Print it as wide as a page, and as long as it is."""
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _text(cell: Cell | MergedCell, value: str | int) -> None:
    """A value that no spreadsheet takes for a formula, whatever the register calls its things."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    cell.alignment, cell.border = _WRAP, _BOX
