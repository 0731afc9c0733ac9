"""The page in a real browser: silent console, no sideways scrolling on a phone or a desk, and it prints."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from pepperbird.report.render import render
from tests.support.reports import findings, later, long_names, of_rows
from tests.support.require import require
from tests.support.runs import a_catalog, a_run, a_site, hostile_run

ROOT = Path(__file__).parents[3]
RUNS = {"full": a_run(), "hostile": hostile_run(), "partial": a_run(scope="partial")}
MADE = {"later": later, "long": long_names, "most": lambda: of_rows(findings(3000))}
PROBE = """<!DOCTYPE html><title>probe</title><body><iframe id="page" src="report.html"
 style="width:{width}px;height:900px;border:0"></iframe><script>
document.getElementById("page").onload = event => {{
  const inner = event.target.contentDocument.documentElement;
  document.title = "measured " + inner.scrollWidth + " of " + inner.clientWidth;
}};</script>"""

pytestmark = pytest.mark.slow


def chromium(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    require("chromium")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=True)


@pytest.fixture(params=sorted(RUNS))
def report(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_bytes(render(RUNS[request.param], a_catalog(str(ROOT)), a_site(), None, "html"))
    return path


def test_the_console_stays_silent(report: Path, tmp_path: Path) -> None:
    done = chromium(tmp_path, "--enable-logging=stderr", "--dump-dom", report.as_uri())
    assert "</html>" in done.stdout
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_sticks_out_sideways(report: Path, tmp_path: Path, width: int) -> None:
    probe = tmp_path / "probe.html"
    probe.write_text(PROBE.format(width=width))
    done = chromium(
        tmp_path, "--allow-file-access-from-files", "--virtual-time-budget=5000", "--window-size=1400,1000",
        "--dump-dom", probe.as_uri(),
    )  # fmt: skip
    measured = re.search(r"measured (\d+) of (\d+)", done.stdout)
    assert measured is not None, done.stdout[:500]
    assert int(measured[1]) <= int(measured[2])


@pytest.mark.parametrize("name", ["later", "long", "most"])
def test_nothing_sticks_out_on_a_phone_whatever_it_holds(name: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_bytes(MADE[name]().render("html"))
    probe = tmp_path / "probe.html"
    probe.write_text(PROBE.format(width=360))
    done = chromium(
        tmp_path, "--allow-file-access-from-files", "--virtual-time-budget=5000", "--window-size=1400,1000",
        "--dump-dom", probe.as_uri(),
    )  # fmt: skip
    measured = re.search(r"measured (\d+) of (\d+)", done.stdout)
    assert measured is not None, done.stdout[:500]
    assert int(measured[1]) <= int(measured[2]) <= 360


def test_page_one_on_paper_has_what_got_better_and_all_five_things(tmp_path: Path) -> None:
    require("pdftotext")
    page, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    page.write_bytes(later().render("html"))
    chromium(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri())
    command = ["pdftotext", "-l", "1", "-layout", paper, "-"]
    text = " ".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert (
        text.index("What got better") < text.index("Five things to do this month") < text.index("Done, all five bring")
    )
    assert all(f"{number}. " in text for number in range(1, 6))


def test_it_prints_all_of_it(report: Path, tmp_path: Path) -> None:
    require("pdftotext")
    paper = tmp_path / "report.pdf"
    chromium(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={paper}", report.as_uri())
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    assert "What could not be seen" in text and "How to read this" in text
    assert "on red hat enterprise linux 7" in text.lower() or "PermitRootLogin" in text
