"""The programme office's PDFs: tagged, one page for the minister, within the margins, every text put down as text."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.report.officer_pdf import officer_pdf_data, render_officer_pdf
from pepperbird.report.officer_view import Dark, Moved, OfficerWeek
from pepperbird.report.pdf_data import plain
from pepperbird.report.quarter_pdf import quarter_pdf_data, render_quarter_pdf
from pepperbird.score.change import Cause
from pepperbird.score.quarter import QuarterReport
from tests.support.office import LONG, NOW, a_quarter, a_quarter_again, a_week
from tests.support.past import ROOT
from tests.support.pdf import unpacked
from tests.support.require import require
from tests.support.runs import HOSTILE

pytestmark = pytest.mark.slow

DAYS = ("2026-02-10", "2026-05-10", "2026-08-10", "2026-11-10")
SINCE = tuple(f"{year}-{month:02}-10" for year in (2024, 2025, 2026) for month in (2, 5, 8, 11))
WIDTH, MARGIN = 595.3, 17 / 25.4 * 72
TEXT = (
    "".join(one for one in HOSTILE if len(one) < 1000).replace("\ud800", "") + '#panic() #read("/etc/passwd") $x$ *b*'
)
PARTS = (
    "In one page", "What is asked of you", "Indicators", "Nation and cohorts", "Agencies by standard",
    "What fails most", "What this does not say",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], QuarterReport]:
    """Quarters by name, each made when it is asked for first."""
    folder, found = tmp_path_factory.mktemp("quarters"), dict[str, QuarterReport]()

    def give(name: str) -> QuarterReport:
        if name not in found:
            found[name] = _quarter(folder, name)
        return found[name]

    return give


def _quarter(folder: Path, name: str) -> QuarterReport:
    if name == "three":
        return a_quarter(folder, 3, DAYS, named=True)
    if name == "long":
        return replace(a_quarter(folder, 40, DAYS, LONG, named=True), site=LONG)
    if name == "again":
        return a_quarter_again(folder, 6, SINCE, LONG, judged=8, named=True)
    if name == "first":
        return a_quarter(folder, 1, DAYS[3:])
    whole = a_quarter(folder, 60, DAYS)
    if name == "dark":
        rows = tuple(replace(one, whole=None, coverage=None, cells=(None,) * 5) for one in whole.rows)
        bars = tuple(replace(one, figures=None) for one in whole.bars)
        return replace(whole, rows=rows, bars=bars, nation=None, nation_before=None, fixed=None, silent=60, failing=())
    if name == "hostile":
        named = tuple(replace(one, id=TEXT, name=TEXT) for one in whole.rows)
        return replace(whole, rows=named, site=TEXT, named=True, titles=dict.fromkeys(whole.titles, TEXT))
    assert name == "sixty"
    return whole


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> OfficerWeek:
    return a_week(tmp_path_factory.mktemp("week"))


NAMES = ("again", "dark", "first", "hostile", "long", "sixty", "three")


def said(data: bytes, folder: Path, program: str, *arguments: str) -> str:
    require(program)
    path = folder / "report.pdf"
    path.write_bytes(data)
    return subprocess.run([program, *arguments, path, "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_minister_s_page_is_the_first_and_the_rest_follows(
    name: str, made: Callable[[str], QuarterReport], tmp_path: Path
) -> None:
    data = render_quarter_pdf(made(name), ROOT, NOW)
    opened = unpacked(data)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in opened and b"/StructTreeRoot" in opened
    assert len(data) < 200_000
    pages = said(data, tmp_path, "pdftotext").split("\f")
    first, whole = " ".join(pages[0].split()), " ".join(" ".join(pages).split())
    assert "What is asked of you" in first and "Means of verification" not in first
    assert "Indicators" in pages[1]
    places = [whole.index(part) for part in PARTS]
    assert places == sorted(places)
    words = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"', said(data, tmp_path, "pdftotext", "-bbox"))
    assert len(words) > 150
    assert min(float(left) for left, _ in words) > MARGIN - 1
    assert max(float(right) for _, right in words) < WIDTH - MARGIN + 1
    assert not re.search("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", whole)
    assert not re.search(rb"/(JavaScript|JS|Launch|URI|EmbeddedFile|OpenAction|AA)\b", opened)


def test_it_says_what_the_page_says(made: Callable[[str], QuarterReport], tmp_path: Path) -> None:
    text = " ".join(said(render_quarter_pdf(made("sixty"), ROOT, NOW), tmp_path, "pdftotext", "-layout").split())
    for words in (
        "The nation stands at 54.3 of 100 points (+5.0 since the quarter before); 80 % of what counts is known",
        "60 of 60", "No targets are set.", "2026Q1 2026Q2 2026Q3 2026Q4",
        "Fixed panel, the 60 agencies that both quarters saw: 49.3 then, 54.3 now (+5.0).",
        "Standard tier, with databases 12 of 12 55.5 80.0 % +5.0 (12 agencies)",
        "No agency is named, as the site does not publish names.",
    ):  # fmt: skip
        assert words in text, words
    assert "secret" not in text and "Ministry" not in text
    assert text.count("agency 12") == 5


def test_the_chart_is_told_in_words_to_those_who_cannot_see_it(made: Callable[[str], QuarterReport]) -> None:
    data = quarter_pdf_data(made("sixty"))
    assert data["bars_told"] == (
        "Score of the nation by quarter, of 100: 2026Q1 39.3, 2026Q2 44.3, 2026Q3 49.3, 2026Q4 54.3"
    )
    pdf = unpacked(render_quarter_pdf(made("sixty"), ROOT, NOW))
    assert b"/Figure" in pdf and b"/Alt" in pdf and b"/Table" in pdf and b"/TH" in pdf


def test_a_name_that_is_markup_is_text(made: Callable[[str], QuarterReport], tmp_path: Path) -> None:
    text = said(render_quarter_pdf(made("hostile"), ROOT, NOW), tmp_path, "pdftotext", "-raw")
    joined = re.sub(r"\s+", "", text)
    assert "<script>alert(1)</script>" in joined and "{{7*7}}{%raw%}" in joined
    assert "root:x:0" not in joined


def test_twelve_quarters_and_a_change_of_rules_fit(made: Callable[[str], QuarterReport], tmp_path: Path) -> None:
    bars = tuple(
        replace(made("sixty").bars[n % 4], quarter=f"{2024 + n // 4}Q{n % 4 + 1}", rules=n == 5) for n in range(12)
    )
    pages = said(render_quarter_pdf(replace(made("sixty"), bars=bars), ROOT, NOW), tmp_path, "pdftotext").split("\f")
    assert "2024Q1" in pages[0] and "2026Q4" in pages[0] and "other rules" in pages[0]
    assert "What is asked of you" in pages[0]


def test_the_same_report_gives_the_same_bytes_and_it_prints_in_black_and_white(
    made: Callable[[str], QuarterReport], tmp_path: Path
) -> None:
    data = render_quarter_pdf(made("three"), ROOT, NOW)
    assert data == render_quarter_pdf(made("three"), ROOT, NOW)
    require("pdftoppm")
    (tmp_path / "report.pdf").write_bytes(data)
    subprocess.run(
        ["pdftoppm", "-r", "50", "-gray", "-f", "2", "-l", "2", "-singlefile", tmp_path / "report.pdf", tmp_path / "p"],
        check=True,
    )
    shades = set((tmp_path / "p.pgm").read_bytes()[20:])
    assert 0 < min(shades) < 60 and len([one for one in shades if 120 < one < 250]) > 3


@pytest.mark.slow
def test_the_officer_s_week_prints(week: OfficerWeek, tmp_path: Path) -> None:
    dark = Dark("moh", "Ministry of Health", Cause.LINK, "no answer", 3, "2026-11-01T00:00:00Z")
    moved = Moved("moh", "Ministry of Health", NOW, NOW, (), ((Cause.FAILED, tuple(map(str, range(20)))),), ("engine",))
    for one in (week, replace(week, dark=(dark,), moved=(*week.moved, moved))):
        data = render_officer_pdf(one, ROOT)
        assert b"<pdfuaid:part>1</pdfuaid:part>" in unpacked(data) and data == render_officer_pdf(one, ROOT)
    text = " ".join(said(data, tmp_path, "pdftotext").split())
    for words in (
        "not for publication", "Whom to call", "The register names nobody", "No answer. 3 ways in were tried.",
        "and 8 more", "pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T", "What ends soon", "Runs",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.slow
def test_the_data_is_json_and_nothing_in_it_acts(week: OfficerWeek, tmp_path: Path) -> None:
    gaps = tuple(replace(one, title=TEXT, remedy=TEXT, agencies=(TEXT,)) for one in week.gaps)
    calls = tuple(replace(one, name=TEXT, about=(TEXT,)) for one in week.calls)
    hostile = replace(week, site=TEXT, gaps=gaps, calls=calls)
    data = plain(officer_pdf_data(hostile))
    whole = json.dumps(data, ensure_ascii=False)
    assert json.loads(whole) == data
    assert not re.search("[\x00\x1b\u202e\u200b\ufeff]", whole)
    text = re.sub(r"\s+", "", said(render_officer_pdf(hostile, ROOT), tmp_path, "pdftotext", "-raw"))
    assert "<script>alert(1)</script>" in text and "root:x:0" not in text
