"""A fillable form for one document: what it is for, each section with guidance and an example, and signatures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from pepperbird.errors import UsageError
from pepperbird.model.site import Agency
from pepperbird.model.template import DocumentTemplate
from pepperbird.plan.papers import Asked

_BLUE, _GREY, _PALE, _YELLOW = (0x1F, 0x3A, 0x5F), (0x59, 0x59, 0x59), "EEF2F7", "FFF6D6"


def papers_docx(agency: Agency, asked: Asked, template: DocumentTemplate, params: Mapping[str, object]) -> bytes:
    """The form as DOCX. Raises UsageError where python-docx is not installed."""
    try:
        import docx
    except ImportError as error:
        raise UsageError("forms need python-docx; install it with: pip install 'pepperbird[documents]'") from error
    form = docx.Document()
    wide = template.form == "table" and len(template.sections) > 4
    _page(form, agency, asked, wide=wide)
    form.add_heading(asked.document.title, 0)
    form.add_paragraph(agency.name).runs[0].bold = True
    _about(form, asked, template)
    if template.form == "table":
        _table(form, template)
    else:
        _headings(form, template)
    _measured(form, asked, params)
    _signatures(form, asked)
    stream = io.BytesIO()
    form.save(stream)
    return stream.getvalue()


def _page(form: Any, agency: Agency, asked: Asked, *, wide: bool) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm, Pt, RGBColor

    section = form.sections[0]
    section.page_width, section.page_height = (Cm(29.7), Cm(21.0)) if wide else (Cm(21.0), Cm(29.7))
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(2))
    form.styles["Normal"].font.name, form.styles["Normal"].font.size = "Calibri", Pt(11)
    for name, size in (("Title", 22), ("Heading 1", 14), ("Heading 2", 12)):
        style = form.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = "Calibri", Pt(size), RGBColor(*_BLUE)
    footer = section.footer.paragraphs[0]
    footer.text = f"{agency.name} · {asked.document.title} · answers {asked.id}, {asked.control.title}"
    _soft(footer, 8)
    form.core_properties.title = asked.document.title
    form.core_properties.author = agency.name


def _about(form: Any, asked: Asked, template: DocumentTemplate) -> None:
    lines = [
        ("What this is for", template.purpose),
        ("How to begin", template.start),
        ("How long it takes", f"{_capital(template.effort)}."),
        (
            "Who signs",
            f"{_capital(' and '.join(asked.document.signers))}; then another person reads it and reviews it.",
        ),
        ("How long it holds", f"At most {asked.days} days from its date."),
    ]
    if asked.instead:
        lines.insert(0, ("Do you need it?", "Only where nothing else shows the same thing. If in doubt, ask."))
    table = form.add_table(rows=0, cols=2)
    table.autofit = False
    for head, text in lines:
        cells = table.add_row().cells
        cells[0].paragraphs[0].add_run(head).bold = True
        cells[1].text = text
        for cell in cells:
            _shade(cell, _PALE)
    _narrow(form, table)
    note = form.add_paragraph(
        "The grey lines are guidance and examples of an invented agency. Delete them, or write over them. "
        "Write only what is true, and never a password."
    )
    _soft(note, 10)
    _keep(form, ("Version of this document", "Date of this document"))


def _headings(form: Any, template: DocumentTemplate) -> None:
    for number, section in enumerate(template.sections, 1):
        form.add_heading(f"{number}  {_capital(section.name)}", 1)
        _soft(form.add_paragraph(section.write), 10)
        _soft(form.add_paragraph(f"Example: {section.example}"), 10)
        box = form.add_table(rows=1, cols=1)
        box.style = "Table Grid"
        _high(box.rows[0], 2.2)


def _table(form: Any, template: DocumentTemplate) -> None:
    form.add_heading("What goes into each column", 1)
    for section in template.sections:
        line = form.add_paragraph(style="List Bullet")
        line.add_run(f"{_capital(section.name)}: ").bold = True
        line.add_run(section.write)
        _soft(line, 10)
    form.add_heading("Fill in here", 1)
    _soft(form.add_paragraph("The first row is an example; delete it. Add rows as you need them."), 10)
    table = form.add_table(rows=2 + template.rows, cols=len(template.sections))
    table.style = "Table Grid"
    for cell, section in zip(table.rows[0].cells, template.sections, strict=True):
        cell.text = ""
        cell.paragraphs[0].add_run(_capital(section.name)).bold = True
        _shade(cell, _PALE)
    _repeat(table.rows[0])
    for row in table.rows[2:]:
        _high(row, 0.9)
    for cell, section in zip(table.rows[1].cells, template.sections, strict=True):
        cell.text = section.example
        _soft(cell.paragraphs[0], 9)


def _measured(form: Any, asked: Asked, params: Mapping[str, object]) -> None:
    measured = asked.document.measured
    if measured is None:
        return
    form.add_heading("What was measured", 1)
    words = {"service": "each service", "store": "each data store", "thing": "what was tested"}
    what = measured.named or words[measured.of]
    text = f"Write whole numbers, as they were, for {what}; copy them into the sheet Measurements of the workbook."
    _soft(form.add_paragraph(text), 10)
    table = form.add_table(rows=1 + 3, cols=1 + len(measured.figures))
    table.style = "Table Grid"
    heads = [_capital(what.removeprefix("each "))]
    for figure in measured.figures:
        must = asked.control.objective(figure, params)
        heads.append(f"{_capital(figure.title)} ({figure.unit})" + (f"; {must}" if must else ""))
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        cell.text = ""
        cell.paragraphs[0].add_run(head).bold = True
        _shade(cell, _PALE)
    for row in table.rows[1:]:
        _high(row, 0.8)
        for cell in row.cells:
            _shade(cell, _YELLOW)


def _signatures(form: Any, asked: Asked) -> None:
    form.add_heading("Signatures", 1)
    _soft(
        form.add_paragraph(
            "I have read this document, and what it says is true. Whoever signs with a key need not sign here as well."
        ),
        10,
    )
    rows = [*asked.document.signers, "reviewed by (another person)"]
    table = form.add_table(rows=1, cols=4)
    table.style = "Table Grid"
    for cell, head in zip(table.rows[0].cells, ("As", "Name", "Date", "Signature"), strict=True):
        cell.text = ""
        cell.paragraphs[0].add_run(head).bold = True
        _shade(cell, _PALE)
    for name in rows:
        row = table.add_row()
        row.cells[0].text = _capital(name)
        _high(row, 1.3)


def _keep(form: Any, names: Sequence[str]) -> None:
    table = form.add_table(rows=0, cols=2)
    table.style, table.autofit = "Table Grid", False
    for name in names:
        cells = table.add_row().cells
        cells[0].text = name
        _shade(cells[1], _YELLOW)
    _narrow(form, table)


def _narrow(form: Any, table: Any) -> None:
    """Make the first of two columns the narrow one; some programs go by the column, some by the cell."""
    section = form.sections[0]
    width = int(section.page_width - section.left_margin - section.right_margin)
    for column, share in zip(table.columns, (0.24, 0.76), strict=True):
        column.width = int(width * share)
        for cell in column.cells:
            cell.width = int(width * share)


def _soft(paragraph: Any, size: int) -> None:
    """Guidance: grey, and on the page of what it is for."""
    from docx.shared import Pt, RGBColor

    paragraph.paragraph_format.keep_with_next = True
    for run in paragraph.runs:
        run.font.size, run.font.color.rgb = Pt(size), RGBColor(*_GREY)


def _shade(cell: Any, colour: str) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="{colour}"/>'))


def _high(row: Any, centimetres: float) -> None:
    """Room to write by hand; the row grows with what is in it."""
    from docx.shared import Cm

    row.height = Cm(centimetres)


def _repeat(row: Any) -> None:
    """Let the row head every page that the table runs over."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
