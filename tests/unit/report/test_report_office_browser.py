"""The officer's and the programme office's pages in a real browser: silent, not wider than a phone, and they print."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from pepperbird.model.quarter import parse_quarter
from pepperbird.model.site import SiteFile
from pepperbird.report.officer_html import render_officer_html
from pepperbird.report.quarter_html import render_quarter_html
from pepperbird.scan.officer import officer_week
from pepperbird.scan.quarter import quarter_report
from pepperbird.store.runs import Store
from tests.support.office import LONG, NOW, history, many
from tests.support.past import ROOT
from tests.support.require import require
from tests.unit.report.test_report_browser import PROBE, chromium

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    store = Store(folder / "pepperbird.db")
    history(store, many(40, LONG, SiteFile(name="Liberia", publish_names=True)), ("2026-08-10", "2026-11-21"), b"")
    made = {
        "quarter": render_quarter_html(quarter_report(store, parse_quarter("2026Q4"), NOW), ROOT),
        "officer": render_officer_html(officer_week(store, NOW), ROOT),
    }
    store.close()
    found = {name: folder / name / "report.html" for name in made}
    for name, path in found.items():
        path.parent.mkdir()
        path.write_bytes(made[name])
    return found


@pytest.mark.parametrize("name", ["quarter", "officer"])
def test_the_console_stays_silent_and_nothing_sticks_out(pages: dict[str, Path], name: str, tmp_path: Path) -> None:
    for width in (360, 1280):
        probe = pages[name].parent / "probe.html"
        probe.write_text(PROBE.format(width=width))
        done = chromium(
            tmp_path, "--allow-file-access-from-files", "--virtual-time-budget=5000", "--window-size=1400,1000",
            "--enable-logging=stderr", "--dump-dom", probe.as_uri(),
        )  # fmt: skip
        measured = re.search(r"measured (\d+) of (\d+)", done.stdout)
        assert measured is not None, done.stdout[:500]
        assert int(measured[1]) <= int(measured[2])
        assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []


def test_the_minister_gets_one_page_of_paper(pages: dict[str, Path], tmp_path: Path) -> None:
    require("pdftotext")
    paper = tmp_path / "quarter.pdf"
    chromium(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={paper}", pages["quarter"].as_uri())
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    first, second = text.split("\f")[:2]
    assert "What is asked of you" in first and "No targets are set." in first
    assert "Indicators" in second and "Means of verification" in second
    assert len(text.split("\f")) < 12
