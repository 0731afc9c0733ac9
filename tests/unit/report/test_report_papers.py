"""The workbook and the forms: what a small ministry gets, filled in and read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn

from pepperbird.bundle.templates import read_templates
from pepperbird.inventory.papers_book import DOCUMENTS, FIGURES, SECTIONS, Filled, read_filled
from pepperbird.model.catalog import Catalog
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.plan.papers import Asked, asked_of, params_of
from pepperbird.report.papers_book import papers_book
from pepperbird.report.papers_docx import papers_docx
from tests.support.shipped import shipped_catalog

pytestmark = pytest.mark.slow

AT = "2026-11-24T10:00:00Z"
AGENCY = Agency.model_validate(
    {
        "id": "moh", "name": "=Ministry of Health", "tier": "standard",
        "assets": [{"id": "db-1", "kind": "linux-server"}],
        "stores": [{"id": "records", "asset": "db-1"}, {"id": "scans", "asset": "db-1"}],
        "services": [{"id": "birth-reg", "rto": 240, "rpo": 60}],
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shipped_catalog()


@pytest.fixture(scope="module")
def asked(catalog: Catalog) -> tuple[Asked, ...]:
    return asked_of(catalog, Site(file=SiteFile(name="t"), agencies=(AGENCY,)), "moh", AT)[1]


@pytest.fixture(scope="module")
def written(catalog: Catalog, asked: tuple[Asked, ...]) -> bytes:
    plan, _ = asked_of(catalog, Site(file=SiteFile(name="t"), agencies=(AGENCY,)), "moh", AT)
    params = {one.id: params_of(catalog, plan, one.pairs[0]) for one in asked}
    return papers_book(
        AGENCY, asked, params, read_templates(Path(catalog.root)), {one.id: "form.docx" for one in asked}
    )


PARAGRAPH = qn("w:p")
Fill = Callable[[Callable[[Any], None]], tuple[list[Filled], list[str]]]


@pytest.fixture
def fill(tmp_path: Path, written: bytes, asked: tuple[Asked, ...]) -> Fill:
    """Fill in the workbook and read it back."""
    (tmp_path / "plan.pdf").write_bytes(b"plan")

    def run(change: Callable[[Any], None]) -> tuple[list[Filled], list[str]]:
        book = openpyxl.load_workbook(io.BytesIO(written))
        change(book)
        book.save(tmp_path / "documents.xlsx")
        found, issues = read_filled(tmp_path / "documents.xlsx", "moh", {one.id: one.document for one in asked})
        return found, [str(one).rpartition("documents.xlsx: ")[2] for one in issues]

    return run


def row_of(sheet: Any, *cells: str) -> int:
    for row in sheet.iter_rows(min_row=2):
        if [row[0].value, *(row[2].value, row[3].value)][: len(cells)] == list(cells):
            return int(row[0].row)
    raise AssertionError(f"no row {cells} in {sheet.title}")


def document(book: Any, clause: str, *cells: Any) -> int:
    """Fill in File, Date, Until, Name, Office; gives the row."""
    row = row_of(book[DOCUMENTS], clause)
    for column, value in zip("JKLMN", cells, strict=False):
        book[DOCUMENTS][f"{column}{row}"] = value
    return row


def tick(book: Any, clause: str, *sections: str) -> None:
    for row in book[SECTIONS].iter_rows(min_row=2):
        if row[0].value == clause and (not sections or row[2].value in sections):
            row[4].value = "x"


def measure(book: Any, clause: str, of: str, figure: str, value: Any) -> None:
    book[FIGURES][f"H{row_of(book[FIGURES], clause, of, figure)}"] = value


def test_it_lists_what_is_asked_heaviest_first_and_explains(written: bytes, asked: tuple[Asked, ...]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written))
    assert book.sheetnames == ["Start here", DOCUMENTS, SECTIONS, FIGURES]
    rows = list(book[DOCUMENTS].iter_rows(min_row=2, values_only=True))
    assert {row[0] for row in rows} == {one.id for one in asked}
    wanted = [row[3] for row in rows if row[4] == "yes"]
    assert wanted == sorted(wanted) and str(wanted[0]).endswith("critical")
    sections = [(row[0], row[2]) for row in book[SECTIONS].iter_rows(min_row=2, values_only=True)]
    assert sections.count(("DR-01.1", "roles")) == 1
    must = {(row[0], row[2], row[3]): row[6] for row in book[FIGURES].iter_rows(min_row=2, values_only=True)}
    assert (
        must["BR-13.2", "birth-reg", "minutes"] == "at most 24 hours and at most the RTO of the service in the register"
    )
    assert ("BR-12.4", "records", "minutes") in must and ("BR-12.4", "scans", "minutes") in must


def test_no_name_of_the_register_acts_as_a_formula(written: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written))
    for sheet in book:
        assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_an_empty_one_gives_nothing(fill: Fill) -> None:
    assert fill(lambda book: None) == ([], [])


def test_what_is_filled_in_is_read_back(fill: Fill) -> None:
    def change(book: Any) -> None:
        document(book, "DR-01.1", "plan.pdf", date(2026, 11, 1), None, "R. Dolo", "CIO")
        tick(book, "DR-01.1")
        document(book, "DR-05.1", "plan.pdf", "2026-10-22", "2027-05-01", "R. Dolo", "CIO")
        tick(book, "DR-05.1", "date", "type")
        measure(book, "DR-05.1", "birth-reg", "type", "functional")
        measure(book, "DR-05.1", "birth-reg", "minutes", 205)
        row = document(book, "BR-12.4", "plan.pdf", "2026-10-22", "", "R. Dolo", "CIO")
        book[DOCUMENTS][f"I{row}"] = "records"

    found, issues = fill(change)
    assert issues == []
    by = {one.clause: one for one in found}
    assert (by["DR-01.1"].begins, by["DR-01.1"].until, by["DR-01.1"].assets) == ("2026-11-01", "", ())
    assert len(by["DR-01.1"].sections) == 10
    assert by["DR-05.1"].sections == ("date", "type")
    assert [(one.of, one.figures) for one in by["DR-05.1"].measured] == [
        ("birth-reg", {"type": "functional", "minutes": 205})
    ]
    assert by["BR-12.4"].assets == ("records",)


def test_everything_that_is_wrong_is_named_by_sheet_and_cell(fill: Fill) -> None:
    rows: dict[str, int] = {}

    def change(book: Any) -> None:
        rows["plan"] = document(book, "DR-01.1", "gone.pdf", "2026-02-30", "soon", "", "CIO")
        rows["bia"] = document(book, "DR-02.1", "../plan.pdf", "2026-11-01", "", "=1+1", "CIO")
        rows["other"] = document(book, "DR-03.1", "plan.pdf", "2026-11-01", "", "R. Dolo", "CIO")
        book[DOCUMENTS][f"A{rows['other']}"] = "DR-99.1"
        rows["tick"] = row_of(book[SECTIONS], "DR-01.1", "roles")
        book[SECTIONS][f"E{rows['tick']}"] = "perhaps"
        rows["figure"] = row_of(book[FIGURES], "BR-13.2", "birth-reg", "minutes")
        book[FIGURES][f"H{rows['figure']}"] = "two hours"

    found, issues = fill(change)
    assert found == []
    for place, words in (
        (f"Documents!J{rows['plan']}", "no file 'gone.pdf' beside the workbook"),
        (f"Documents!K{rows['plan']}", "no day of the calendar"),
        (f"Documents!L{rows['plan']}", "no day of the calendar"),
        (f"Documents!M{rows['plan']}", "empty"),
        (f"Documents!J{rows['bia']}", "beside the workbook"),
        (f"Documents!M{rows['bia']}", "like a formula"),
        (f"Documents!A{rows['other']}", "DR-99.1"),
        (f"Sections!E{rows['tick']}", "is no tick"),
        (f"Measurements!H{rows['figure']}", "no whole number of minutes"),
    ):
        assert any(one.startswith(f"{place}: ") and words in one for one in issues), (place, words, issues)


def test_a_header_that_was_changed_is_told(fill: Fill) -> None:
    def change(book: Any) -> None:
        book[SECTIONS]["E1"] = "Tick"

    assert "the first row is not as it was written" in fill(change)[1][0]


def test_each_form_has_every_section_with_guidance_an_example_and_signatures(
    catalog: Catalog, asked: tuple[Asked, ...]
) -> None:
    templates = read_templates(Path(catalog.root))
    for one in asked:
        form = docx.Document(io.BytesIO(papers_docx(AGENCY, one, templates[one.id], {})))
        text = "\n".join("".join(one.itertext()) for one in form.element.body.iter(PARAGRAPH))
        for section in templates[one.id].sections:
            assert section.name[1:] in text, (one.id, section.name)
            assert section.write in text and section.example in text, (one.id, section.name)
        assert one.document.title in text and templates[one.id].purpose in text
        for signer in one.document.signers:
            assert signer[1:] in text, (one.id, signer)
        assert "never a password" in text


def test_the_words_are_written_for_people(catalog: Catalog) -> None:
    for clause, one in read_templates(Path(catalog.root)).items():
        for text in (one.purpose, one.start, *(section.write for section in one.sections)):
            assert text[-1] in ".?!”", (clause, text)
            longest = max(len(part.split()) for part in text.replace(";", ".").replace(":", ".").split(". "))
            assert longest <= 34, (clause, longest, text)
