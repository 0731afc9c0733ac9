"""`report` and `agency plan` by the command, on real runs of two agencies: nothing of the other one in any format."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pepperbird.cli.main import main
from tests.support.calling import called
from tests.support.recording import record_this_computer
from tests.support.require import require

pytestmark = pytest.mark.slow

OTHER = "planted-hunter2"
"""In every name that the other agency has."""
AGENCY = """\
id: {id}
name: {name}
tier: standard
contacts: [{{name: "{contact}", mail: {contact}@example.lr}}]
assets:
  - {{id: {asset}, kind: linux-server, title: "{asset}", access: [{{via: replay, at: machine}}]}}
stores: [{{id: {asset}-data, asset: {asset}, title: "{asset}", path: /srv/{asset}, class: internal}}]
"""
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with `site/` and `state/`, after two scans of both agencies."""
    folder = tmp_path_factory.mktemp("report")
    site = folder / "site"
    (site / "agencies").mkdir(parents=True)
    (site / "site.yaml").write_text("name: Liberia\n")
    record_this_computer(site / "machine")
    names = {"moh": ("Ministry of Health", "admin", "srv"), "mof": (f"Ministry {OTHER}", OTHER, f"{OTHER}-srv")}
    for agency, (name, contact, asset) in names.items():
        text = AGENCY.format(id=agency, name=name, contact=contact, asset=asset)
        (site / "agencies" / f"{agency}.yaml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PEPPERBIRD_HOME", str(folder / "state"))
        patch.chdir(site)
        for _ in range(2):
            with pytest.raises(SystemExit) as left:
                main(["scan", "--output", str(folder / "out")])
            assert left.value.code in (0, 1, 3)
    yield folder


@pytest.fixture
def call(
    scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Call]:
    """The command in a copy of the site, so that no test sees another's plan."""
    shutil.copytree(scanned / "site", tmp_path / "site")
    monkeypatch.setenv("PEPPERBIRD_HOME", str(scanned / "state"))
    monkeypatch.chdir(tmp_path / "site")
    yield lambda *arguments: called(capsys, *arguments)


def test_nothing_of_another_agency_is_in_a_report(call: Call, tmp_path: Path) -> None:
    require("pdftotext")
    assert call("agency", "plan", "mof", "--add", f"IS-20@{OTHER}-srv", "--who", OTHER)[0] == 0
    for form in ("html", "text", "message", "json", "pdf"):
        path = tmp_path / f"report.{form}"
        status, _, err = call("report", "--agency", "moh", "--format", form, "--output", path, "--site", ".")
        assert (status, err) == (0, f"Report: {path}\n")
        text = path.read_bytes()
        if form == "pdf":
            assert text.startswith(b"%PDF-")
            text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout
        assert b"Ministry of Health" in text or form == "json"
        assert b"planted" not in text and b"hunter2" not in text and b"mof" not in text, form


def test_the_reports_that_a_scan_writes_tell_of_the_run_before(scanned: Path) -> None:
    page = (scanned / "out" / "moh.html").read_text()
    assert "What got better</h2>" in page and "How it went</h3>" in page
    assert OTHER not in page and len(page) < 150_000


def test_a_report_for_one_needs_a_name_where_there_are_two(call: Call) -> None:
    status, out, err = call("report", "--format", "pdf")
    assert (status, out) == (2, "") and "name one agency" in err


def test_the_plan_takes_the_first_five_and_the_report_follows_it(call: Call) -> None:
    status, out, err = call("agency", "plan", "moh", "--first")
    assert status == 0 and "plans/moh.yaml" in err
    rows = [line for line in out.splitlines() if line[2:3] == "-"]
    assert 1 <= len(rows) <= 5 and all(" open " in row for row in rows)
    planned = {row.split()[0] for row in rows}
    page = call("report", "--agency", "moh", "--site", ".")[1]
    assert "The agreed plan</h2>" in page and "These are the plan" in page
    five = page[page.index('id="five"') : page.index('id="now"')]
    assert {name for name in planned if name in five}
    assert "The agreed plan</h2>" not in call("report", "--agency", "moh")[1]


def test_the_next_scan_keeps_the_plan_with_the_run(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(os.environ["PEPPERBIRD_HOME"], tmp_path / "state")
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "state"))
    assert call("agency", "plan", "moh", "--add", "IS-20", "--due", "2090-01-01")[0] == 0
    assert call("scan")[0] in (0, 1, 3)
    status, page, err = call("report", "--agency", "moh")
    assert status == 0, err
    assert "The agreed plan</h2>" in page and "1 January 2090" in page


def test_items_enter_with_their_deadline_and_leave_with_a_reason(call: Call) -> None:
    assert call("agency", "plan", "moh", "--add", "IS-20@srv", "--assign", "DS-12")[0] == 0
    text = Path("plans/moh.yaml").read_text()
    assert "assigned: true" in text and "asset: srv" in text and text.count("due:") == 2
    status, _, err = call("agency", "plan", "moh", "--add", "DR-01", "--due", "2020-01-01")
    assert status == 2 and "is past" in err
    status, _, err = call("agency", "plan", "moh", "--drop", "DR-01", "--reason", "x")
    assert status == 2 and "is not in the plan" in err
    status, _, err = call("agency", "plan", "moh", "--drop", "DS-12")
    assert status == 2 and "--reason" in err and Path("plans/moh.yaml").read_text() == text
    status, out, _ = call("agency", "plan", "moh", "--drop", "DS-12", "--reason", "the disks, {all} of them, are new")
    assert status == 0 and "Dropped:" in out and "the disks, {all} of them, are new" in out
    assert call("agency", "plan", "moh")[1] == out
    assert call("inventory", "lint")[0] == 0


def test_a_sixth_open_item_is_told_and_taken(call: Call) -> None:
    controls = ("DR-01", "DR-05", "DR-06", "DR-07", "DR-14", "DR-16")
    adds = [part for control in controls for part in ("--add", control)]
    status, out, err = call("agency", "plan", "moh", *adds)
    assert status == 0 and all(control in out for control in controls)
    assert "6 items are open for the administrator; about 5 are what one person keeps up with." in err
    status, _, err = call("agency", "plan", "moh", "--first")
    assert status == 0 and "Nothing was added: 5 or more are open already." in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody",), "no agency 'nobody'"),
        (("moh", "--add", "is20"), "write a control"),
        (("moh", "--add", "DS-12", "--add", "IS-99"), "no control IS-99"),
        (("moh", "--add", "IS-20@nowhere"), "has no 'nowhere'"),
        (("moh", "--add", "IS-20", "--add", "IS-20"), "in the plan already"),
        (("moh", "--who", "somebody"), "go with --add"),
    ],
)
def test_a_wrong_call_is_told_and_writes_nothing(arguments: tuple[str, ...], words: str, call: Call) -> None:
    status, out, err = call("agency", "plan", *arguments)
    assert (status, out) == (2, "") and words in err and "Traceback" not in err
    assert not Path("plans").exists()


def test_before_the_first_scan_the_deadline_is_that_of_the_agency_s_tier(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "nothing"))
    status, out, _ = call("agency", "plan", "moh", "--add", "IS-20")
    assert status == 0 and "not known" in out and "not scanned yet" in out
    status, _, err = call("agency", "plan", "moh", "--first")
    assert status == 2 and "no full run" in err
