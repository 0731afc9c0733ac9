"""The PDF: tagged, with its own fonts, the same bytes each time, every text put down as text and within the margins."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from pepperbird.errors import ContentError, UsageError
from pepperbird.report import as_pdf
from pepperbird.report.as_pdf import compile_pdf, render_pdf
from pepperbird.report.pdf_data import pdf_data, plain, safe
from tests.support.pdf import unpacked
from tests.support.reports import Made, all_of_them, findings, later, of_rows
from tests.support.require import require
from tests.support.runs import HOSTILE, hostile_run, hostile_site

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
MADE = all_of_them()
WIDTH, MARGIN = 595.3, 17 / 25.4 * 72
PARTS = (
    "to do this month", "Where you stand", "All findings", "What could not be seen", "Ending soon", "Annex",
    "How to read this",
)  # fmt: skip


@cache
def pdf(name: str) -> bytes:
    return hostile().render("pdf") if name == "hostile" else MADE[name].render("pdf")


def hostile() -> Made:
    return replace(later(), run=hostile_run(), site=hostile_site())


def said(data: bytes, folder: Path, program: str, *arguments: str) -> str:
    require(program)
    path = folder / "report.pdf"
    path.write_bytes(data)
    tail = ["-"] if program == "pdftotext" else []
    return subprocess.run(
        [program, *arguments, path, *tail], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip


@pytest.mark.parametrize("name", sorted(MADE))
def test_it_is_tagged_and_says_that_it_is_pdf_ua_and_pdf_a(name: str) -> None:
    data = unpacked(pdf(name))
    assert b"<pdfuaid:part>1</pdfuaid:part>" in data
    assert b"<pdfaid:part>2</pdfaid:part>" in data and b"<pdfaid:conformance>A</pdfaid:conformance>" in data
    assert b"/StructTreeRoot" in data and b"/MarkInfo" in data


def test_it_is_packed() -> None:
    assert len(unpacked(pdf("later"))) > 4 * len(pdf("later")) and len(pdf("later")) < 150_000


def test_many_findings_are_small_too() -> None:
    assert len(of_rows(findings(300)).render("pdf")) < 150_000


@pytest.mark.parametrize("name", [*sorted(MADE), "hostile"])
def test_every_part_is_there_in_order(name: str, tmp_path: Path) -> None:
    text = " ".join(said(pdf(name), tmp_path, "pdftotext").split())
    places = [text.index(part) for part in PARTS]
    assert places == sorted(places)


def test_it_says_what_the_page_says(tmp_path: Path) -> None:
    text = " ".join(said(pdf("later"), tmp_path, "pdftotext").split())
    for words in (
        "Since 23 October 2026: score 5.7, now 8.4 (+2.7), 2 results fixed.",
        "Done, all five bring the score from 8.4 to 15.9 (+7.5).", "Of 3 items in the agreed plan none is done",
        "Ask your hosting company", "Needs your head's signature", "To: The head of Ministry of Health",
        "sshd -T | grep -i permitrootlogin", "ends on 20 December 2026; renew and sign it before.",
        "Accepted by PMO, B. Kollie", "judged by other rules than on 27 May 2026",
    ):  # fmt: skip
        assert words in text, words


def test_page_one_has_what_got_better_and_all_five_things(tmp_path: Path) -> None:
    text = " ".join(said(pdf("later"), tmp_path, "pdftotext", "-l", "1").split())
    assert "What got better" in text and "Done, all five bring" in text and "Step by step" not in text


@pytest.mark.parametrize("name", ["long", "later", "hostile"])
def test_nothing_runs_past_the_margin(name: str, tmp_path: Path) -> None:
    words = re.findall(
        r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"', said(pdf(name), tmp_path, "pdftotext", "-bbox")
    )
    assert len(words) > 300
    assert min(float(left) for left, _ in words) > MARGIN - 1
    assert max(float(right) for _, right in words) < WIDTH - MARGIN + 1


def test_its_fonts_are_its_own(tmp_path: Path) -> None:
    rows = said(pdf("later"), tmp_path, "pdffonts").splitlines()[2:]
    assert rows and all(re.match(r"[A-Z]{6}\+NotoSans", row) for row in rows)
    assert all(row.split()[-5] == "yes" for row in rows)  # embedded


def test_hostile_text_is_text(tmp_path: Path) -> None:
    data = pdf("hostile")
    text = said(data, tmp_path, "pdftotext", "-raw")
    joined = re.sub(r"\s+", "", text)
    assert "<script>alert(1)</script>" in joined and "{{7*7}}{%raw%}" in joined
    assert not re.search("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", text)
    assert not re.search(rb"/(JavaScript|JS|Launch|URI|EmbeddedFile|OpenAction|AA)\b", unpacked(data))
    assert len(data) < 1_500_000


MARKUP = (
    '#eval("1+1") #read("/etc/passwd") $x^2$ *bold* _it_ = T <label> @ref `#panic()` \\ // /* "; #import "@preview/x:1"'
)


def test_typst_s_own_markup_in_a_name_is_text(tmp_path: Path) -> None:
    agency = later().site.agencies[0].model_copy(update={"name": MARKUP})
    made = later()
    made = replace(made, site=made.site.model_copy(update={"agencies": (agency,)}))
    joined = re.sub(r"\s+", "", said(made.render("pdf"), tmp_path, "pdftotext", "-raw"))
    assert re.sub(r"\s+", "", '#eval("1+1") #read("/etc/passwd") $x^2$ *bold* _it_') in joined
    assert "root:x:0" not in joined


def test_a_letter_that_no_font_has_costs_the_standard_and_nothing_else(tmp_path: Path) -> None:
    agency = later().site.agencies[0].model_copy(update={"name": "Ministry of 健康 and Health"})
    made = later()
    data = replace(made, site=made.site.model_copy(update={"agencies": (agency,)})).render("pdf")
    assert b"pdfuaid:part" not in unpacked(data)
    assert "Five things to do this month" in said(data, tmp_path, "pdftotext")


PROGRAM = """
import hashlib, sys
from tests.support.pdf import unpacked
from tests.support.reports import later
print(hashlib.sha256(later().render("pdf")).hexdigest())
"""


def test_the_same_run_gives_the_same_bytes_in_another_process() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(pdf("later")).hexdigest()
    other = replace(later(), run=replace(later().run, at="2026-11-24T12:00:00Z"))
    assert other.render("pdf") != pdf("later")


def test_control_and_direction_marks_are_taken_out_of_every_value() -> None:
    assert safe("a\x00b\u202ec\u2066d\u200be\nf\tg\ufeff") == "abcde\nf\tg"
    whole = json.dumps(plain([*HOSTILE[:8], {"\u202ekey": "\x1b[2J"}]), ensure_ascii=False)
    assert not re.search("[\x00-\x1f\u202e]", whole)


def test_the_data_is_json_through_and_through() -> None:
    made = later()
    from pepperbird.report.build import build
    from pepperbird.report.facts import AgencyFacts
    from pepperbird.report.spark import spark

    view = build(AgencyFacts(made.run, made.catalog, made.site, "moh", made.earlier["moh"]))
    data = pdf_data(view, spark(view.trend), "")
    assert json.loads(json.dumps(data)) == data


def test_a_run_from_before_there_was_a_template_is_set_by_ours(tmp_path: Path) -> None:
    (tmp_path / "reports" / "html").mkdir(parents=True)
    made = later()
    old = replace(made, catalog=replace(made.catalog, root=str(tmp_path)))
    assert old.render("pdf") == pdf("later")


def test_a_broken_template_is_told(tmp_path: Path) -> None:
    (tmp_path / "report.typ").write_text("#let x = json(bytes(sys.inputs.data))\n#x.nothing\n")
    with pytest.raises(ContentError, match="templates under"):
        compile_pdf(tmp_path, "{}", "2026-11-23T12:00:00Z")


def test_a_template_can_read_nothing_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "report.typ").write_text('#read("../../../../../../etc/passwd")\n')
    with pytest.raises(ContentError):
        compile_pdf(tmp_path, "{}", "2026-11-23T12:00:00Z")


def test_without_typst_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(UsageError, match=r"pepperbird\[pdf\]"):
        later().render("pdf")


def test_the_fonts_have_their_licence_beside_them() -> None:
    folder = ROOT / "reports" / "pdf" / as_pdf.FONTS
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text()
    fonts = sorted(folder.glob("*.ttf"))
    assert len(fonts) == 4 and sum(font.stat().st_size for font in fonts) < 500_000
    assert render_pdf.__module__ == "pepperbird.report.as_pdf"
