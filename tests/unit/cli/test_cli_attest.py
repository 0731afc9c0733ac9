"""Documents by the commands that people call: drafts, signatures, reviews, sticks, and every way to cheat."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pepperbird.cli.main import main
from pepperbird.model.catalog import Catalog
from tests.support.people import PASSPHRASE, People, people, put_key
from tests.support.shipped import shipped_catalog

NOW = "2026-11-24T10:00:00Z"
MODULES = ("attest_new", "attest_sign", "attest_review", "attest_files", "attest_list", "attest_template")
Call = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shipped_catalog()


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog: Catalog) -> People:
    """A site with a service and keys, on 24 November 2026; the content is read once."""
    home = tmp_path / "home"
    monkeypatch.setenv("PEPPERBIRD_HOME", str(home))
    monkeypatch.setenv("PP", PASSPHRASE)
    monkeypatch.setattr("pepperbird.cli.attest_desk.read_content", lambda *_: catalog)
    found = people(tmp_path / "site", home, "signer", "reviewer", "double", "twice", "stranger")
    with (found.site / "agencies" / "moh.yaml").open("a") as file:
        file.write("services: [{id: birth-reg, rto: 240, rpo: 60}]\n")
    (found.site / "agencies" / "moe.yaml").write_text("id: moe\nname: Ministry of Education\ntier: standard\n")
    (tmp_path / "plan.pdf").write_bytes(b"our plan")
    monkeypatch.chdir(tmp_path)
    return found


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, made: People) -> Call:
    def run(*arguments: str | Path, at: str = NOW, site: bool = True) -> tuple[int, str]:
        for module in MODULES:
            monkeypatch.setattr(f"pepperbird.cli.{module}.now", lambda: at)
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["attest", *map(str, arguments), *(["--site", str(made.site)] if site else [])])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(left.value.code or 0), said.out + said.err

    return run


def key(name: str) -> tuple[str, ...]:
    return "--key", name, "--passphrase", "env:PP"


def draft(call: Call, clause: str = "DR-01.1", *more: str, signer: str = "S. Signer", **at: Any) -> Path:
    status, said = call(
        "new", "moh", clause, "--document", "plan.pdf", "--signer", signer, "--role", "CIO", "--from", "2026-11-01",
        "--out", "drafts", *more, **at,
    )  # fmt: skip
    assert status == 0, said
    return next(Path("drafts").glob(f"{clause}*.draft.yaml"))


def sign(call: Call, path: Path, by: str = "signer", *more: str, **at: Any) -> str:
    """The id of the new record."""
    status, said = call("sign", path, *key(by), *more, **at)
    assert status == 0, said
    return said.partition("record ")[2][:12]


def listed(call: Call, clause: str, at: str = NOW, agency: str = "moh") -> str:
    """What the list says of a document, on one line."""
    status, said = call("list", agency, "--all", at=at)
    assert status == 0, said
    lines = said.splitlines()
    start = next(number for number, line in enumerate(lines) if f" {clause} " in line)
    rest = [line for line in lines[start + 1 : start + 3] if line.startswith("            ")]
    return " ".join([lines[start].strip(), *(line.strip() for line in rest)])


def handed_in(call: Call, clause: str = "DR-01.1", *more: str) -> str:
    record = sign(call, draft(call, clause, *more))
    status, said = call("review", record, *key("reviewer"))
    assert status == 0, said
    return record


def test_signed_by_one_and_reviewed_by_another_it_holds_until_its_last_day(call: Call, made: People) -> None:
    assert listed(call, "DR-01.1").startswith("missing")
    record = sign(call, draft(call))
    assert "no count" in listed(call, "DR-01.1") and "nobody has reviewed it" in listed(call, "DR-01.1")
    status, said = call("review", record[:8], *key("reviewer"))
    assert (status, "Reviewed DR-01.1 of moh" in said) == (0, True)
    assert "holds" in listed(call, "DR-01.1") and "until 2028-10-31" in listed(call, "DR-01.1")
    assert (made.site / "attestations" / "moh" / "plan.pdf").read_bytes() == b"our plan"
    assert ", soon" in listed(call, "DR-01.1", "2028-10-01T00:00:00Z")
    assert listed(call, "DR-01.1", "2028-11-01T00:00:00Z").startswith("run out")


def test_the_list_counts_by_agency(call: Call) -> None:
    handed_in(call)
    status, said = call("list")
    assert (status, "moh: Ministry of Health: 1 of " in said) == (0, True)
    assert "moe: Ministry of Education: 0 of " in said
    assert call("list", "mof") == (2, "no agency 'mof' in the site; it has: moe, moh\n")


@pytest.mark.parametrize(
    ("reviewer", "more", "words"),
    [
        ("double", (), "reviewed what he or she signed"),
        ("twice", (), "reviewed what he or she signed"),
        ("signer", (), "may not sign review"),
        ("reviewer", ("--reviewer", "S. Signer"), "the key is R. Viewer's"),
    ],
)
def test_nobody_reviews_what_he_signed(call: Call, reviewer: str, more: tuple[str, ...], words: str) -> None:
    by, name = ("double", "D. Ouble") if reviewer == "double" else ("signer", "S. Signer")
    record = sign(call, draft(call, signer=name), by)
    status, said = call("review", record, *key(reviewer), *more)
    assert (status, words in said) == (2, True), said
    assert "no count" in listed(call, "DR-01.1")


def test_the_signer_of_a_draft_is_the_holder_of_the_key(call: Call) -> None:
    status, said = call("sign", draft(call, signer="Somebody Else"), *key("signer"))
    assert (status, "names Somebody Else as its signer, and the key is S. Signer's" in said) == (2, True)


def test_a_document_changed_after_signing_is_damaged_and_cannot_be_reviewed(call: Call, made: People) -> None:
    record = sign(call, draft(call))
    document = made.site / "attestations" / "moh" / "plan.pdf"
    document.write_bytes(b"our better plan")
    status, said = call("review", record, *key("reviewer"))
    assert (status, "not the document that was signed" in said) == (2, True)
    document.write_bytes(b"our plan")
    assert call("review", record, *key("reviewer"))[0] == 0
    document.write_bytes(b"our better plan")
    assert listed(call, "DR-01.1").startswith("damaged")


def test_another_agency_s_key_and_another_agency_s_document(call: Call) -> None:
    status, said = call("sign", draft(call, signer="T. Stranger"), *key("stranger"))
    assert (status, "may sign for moe only" in said) == (2, True)
    handed_in(call)
    assert listed(call, "DR-01.1", agency="moe").startswith("missing")


def test_a_revoked_key_signs_no_more(call: Call, made: People) -> None:
    path = draft(call)
    made.revoke("signer", "2026-11-20T00:00:00Z")
    status, said = call("sign", path, *key("signer"))
    assert (status, "was revoked on 2026-11-20" in said) == (2, True)


def test_a_record_from_a_stick_is_taken_with_its_review_and_its_document(call: Call, made: People) -> None:
    put_key(Path("stick/keys/signer.pem"), "signer")
    status, said = call("sign", draft(call), "--out", "stick", *key("stick/keys/signer.pem"), site=False)
    assert status == 0, said
    (record,) = Path("stick").glob("*.attestation.json")
    away = (*key("reviewer"), "--reviewer", "R. Viewer", "--out", "stick")
    assert call("review", record, *key("twice"), "--reviewer", "S. Signer", "--out", "x", site=False)[0] == 2
    assert call("review", record, *away, site=False)[0] == 0
    files = sorted(map(str, Path("stick").glob("*.json")))
    assert call("import", *files)[0] == 0
    assert "holds" in listed(call, "DR-01.1")
    assert call("import", *files)[0] == 0, "importing again changes nothing"
    status, said = call("export", "moh", "copy")
    assert (status, "Wrote 2 records of moh" in said) == (0, True)
    assert sorted(one.read_bytes() for one in Path("copy").glob("*.json")) == sorted(
        Path(one).read_bytes() for one in files
    )


def test_a_stick_with_a_changed_document_or_a_back_dated_record_is_refused(call: Call) -> None:
    path = draft(call)
    path.write_text(path.read_text().replace("2026-11-01", "2026-07-01"))
    assert call("sign", path, "--out", "old", *key("signer"), site=False, at="2026-08-01T00:00:00Z")[0] == 0
    (record,) = Path("old").glob("*.json")
    status, said = call("import", record)
    assert (status, "back-dated" in said) == (2, True), said
    assert call("sign", draft(call), "--out", "stick", *key("signer"), site=False)[0] == 0
    Path("stick/plan.pdf").write_bytes(b"a better plan")
    (record,) = Path("stick").glob("*.json")
    status, said = call("import", record)
    assert (status, "is not the document that was signed" in said) == (2, True)


def test_ink_counts_as_witnessed_with_the_review_of_a_third_person(call: Call) -> None:
    Path("scan.pdf").write_bytes(b"scan")
    ink = ("--witness", "W. Itness", "--on", "2026-11-20", "--paper", "scan.pdf")
    status, said = call("sign", draft(call), *ink)
    assert (status, "witnessed on paper" in said) == (0, True), said
    record = said.partition("record ")[2][:12]
    assert call("review", record, *key("reviewer"))[0] == 0
    assert "signed on paper by S. Signer (CIO), witnessed by W. Itness" in listed(call, "DR-01.1")
    status, said = call("sign", draft(call), *ink[:2])
    assert (status, "--witness, --on and --paper" in said) == (2, True)
    status, said = call("sign", draft(call), *ink, *key("signer"))
    assert (status, "not both" in said) == (2, True)


def test_missing_sections_and_refusals_keep_it_from_passing(call: Call) -> None:
    record = sign(call, draft(call))
    assert call("review", record, *key("reviewer"), "--missing", "roles")[0] == 0
    assert "not ticked by both the signer and the reviewer: roles" in listed(call, "DR-01.1")
    assert call("review", record, *key("reviewer"), "--refuse", "it is last year's")[0] == 0
    assert "refused it: it is last year's" in listed(call, "DR-01.1")
    status, said = call("review", record, *key("reviewer"), "--missing", "poetry")
    assert (status, "not among the sections" in said) == (2, True)


def test_a_slow_drill_misses_whatever_the_paper_says(call: Call) -> None:
    figures = "birth-reg: type=functional minutes=300 lost_minutes=20"
    handed_in(call, "DR-05.1", "--measured", figures)
    found = listed(call, "DR-05.1")
    assert found.startswith("misses") and "300 minutes; at most 240 are allowed (service.rto)" in found


@pytest.mark.parametrize(
    ("clause", "more", "words"),
    [
        ("DR-99.1", (), "is no document that is asked of moh"),
        ("DR-01.1", ("--until", "2030-01-01"), "holds at most 730 days"),
        ("DR-01.1", ("--until", "2026-11-10"), "at least 30 days"),
        ("DR-01.1", ("--from", "2026-12-24"), "after the day of signing"),
        ("DR-01.1", ("--from", "2026-02-30"), "no day of the calendar"),
        ("DR-01.1", ("--section", "poetry"), "has no section poetry"),
        ("DR-01.1", ("--asset", "db1"), "is not asked for db1"),
        ("DR-01.1", ("--document", "gone.pdf"), "gone.pdf: the document cannot be read"),
        ("DR-01.1", ("--measured", "x: minutes=1"), "measures nothing"),
        ("DR-05.1", (), "needs measured figures"),
        ("DR-05.1", ("--measured", "fax: minutes=1"), "no service 'fax'"),
        ("DR-05.1", ("--measured", "birth-reg: weight=1"), "no figure is called weight"),
        ("DR-05.1", ("--measured", "birth-reg: minutes=long"), "is not a minutes figure"),
        ("DR-05.1", ("--measured", "minutes=1"), "write NAME: figure=number"),
        ("DS-03.4", (), "say for which with --asset"),
    ],
)
def test_what_would_never_count_is_told_before_it_is_signed(
    call: Call, clause: str, more: tuple[str, ...], words: str
) -> None:
    status, said = call(
        "new", "moh", clause, "--document", "plan.pdf", "--signer", "S. Signer", "--role", "CIO", "--from",
        "2026-11-01", "--out", "drafts", *more,
    )  # fmt: skip
    assert (status, words in said) == (2, True), said
    assert not list(Path("drafts").glob("*"))


@pytest.mark.parametrize("more", [(), ("--measured", "ZN1-ABCDE: read_percent=100")])
def test_a_log_of_wiped_media_may_have_none_to_tell_of(call: Call, more: tuple[str, ...]) -> None:
    status, said = call(
        "new", "moh", "DS-16.1", "--document", "plan.pdf", "--signer", "S. Signer", "--role", "asset manager", "--from",
        "2026-11-01", "--out", "drafts", *more,
    )  # fmt: skip
    assert status == 0, said


@pytest.mark.slow
def test_a_workbook_is_written_filled_in_and_read_back(call: Call) -> None:
    status, said = call("template", "moh", "--out", "forms", "--clause", "DR-01.1")
    assert (status, "Wrote 1 forms" in said) == (0, True)
    assert call("template", "moh", "--out", "all")[0] == 0
    assert call("template", "moh", "--out", "all")[0] == 2, "what may be filled in already is not written over"
    assert len(list(Path("all").glob("*.docx"))) > 25
    book = openpyxl.load_workbook(io.BytesIO(Path("all/documents.xlsx").read_bytes()))
    row = next(cells[0].row for cells in book["Documents"].iter_rows(min_row=2) if cells[0].value == "DR-01.1")
    for column, value in zip("JKMN", ("plan.pdf", "2026-11-01", "S. Signer", "CIO"), strict=True):
        book["Documents"][f"{column}{row}"] = value
    for cells in book["Sections"].iter_rows(min_row=2):
        cells[4].value = "x" if cells[0].value == "DR-01.1" else None
    book.save("all/documents.xlsx")
    status, said = call("new", "moh", "--workbook", "all/documents.xlsx", "--out", "drafts")
    assert (status, f"Documents!J{row}: no file 'plan.pdf' beside the workbook" in said) == (2, True), said
    Path("all/plan.pdf").write_bytes(b"our plan")
    assert call("new", "moh", "--workbook", "all/documents.xlsx", "--out", "drafts")[0] == 0
    record = sign(call, Path("drafts/DR-01.1.draft.yaml"))
    assert call("review", record, *key("reviewer"))[0] == 0
    assert "holds" in listed(call, "DR-01.1")
    book["Documents"][f"L{row}"] = "2031-01-01"
    book.save("all/documents.xlsx")
    status, said = call("new", "moh", "--workbook", "all/documents.xlsx", "--out", "drafts")
    assert (status, f"Documents!J{row}: DR-01.1 holds at most 730 days" in said) == (2, True), said


def test_a_form_that_nobody_filled_in_is_noted_for_the_signer_and_the_reviewer(call: Call) -> None:
    assert call("template", "moh", "--out", "forms", "--clause", "DR-03.1")[0] == 0
    (form,) = Path("forms").glob("*.docx")
    status, said = call(
        "new", "moh", "DR-03.1", "--document", form, "--signer", "S. Signer", "--role", "CIO", "--from", "2026-11-01",
        "--out", "drafts",
    )  # fmt: skip
    assert (status, "still holds the form's example in: version, reviewer, date, changes made" in said) == (0, True)
    record = sign(call, Path("drafts/DR-03.1.draft.yaml"))
    assert "still holds the form's example" in call("review", record, *key("reviewer"))[1]


def test_a_draft_that_was_spoilt_is_told_with_its_place(call: Call) -> None:
    path = draft(call)
    path.write_text(path.read_text().replace("valid_from: '2026-11-01'", "valid_from: yesterday"))
    status, said = call("sign", path, *key("signer"))
    assert (status, f"{path}:7:13: " in said) == (2, True), said


def test_another_document_of_the_same_name_is_not_written_over(call: Call, made: People) -> None:
    handed_in(call)
    Path("plan.pdf").write_bytes(b"another plan")
    status, said = call("sign", draft(call), *key("signer"))
    assert (status, "another document of this name is there" in said) == (2, True)
    assert (made.site / "attestations" / "moh" / "plan.pdf").read_bytes() == b"our plan"
