"""The demo: two real machines differ in verdicts exactly where they were set up to differ, and nowhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.machines import missing
from tests.support.require import lacking

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.machine]

WELL_PASSES = {"DS-12", "DS-15", "DS-18", "DI-07", "IS-20", "IS-21"}
DIFFER = {
    ("DS-01", "server"): ("pass", "fail"),  # a second data disk that nobody declared
    ("DS-12", "server"): ("pass", "fail"),  # a full data disk
    ("DS-18", "server"): ("pass", "fail"),  # USB storage is not blocked
    ("DI-07", "server"): ("pass", "fail"),  # a repository that nobody signs
    ("IS-20", "server"): ("pass", "fail"),  # passwords for root, old algorithms
    ("IS-21", "server"): ("pass", "fail"),  # an index of last quarter, a restart that is overdue
    ("BR-01", "store"): ("error", "fail"),  # a declared backup that nobody could read yet; none declared at all
    ("BR-07", "store"): ("error", "fail"),  # the same copy, asked how far away it lies
    ("BR-08", "store"): ("error", "unchecked"),  # the same copy, asked whether it could be deleted
    ("BR-12", "store"): ("unchecked", "fail"),  # nothing that a drill could restore it from is declared
    ("BR-17", "repository"): ("pass", "fail"),  # the backups lie on the full disk
}
ROLES = {
    "well-kept": "server", "badly-kept": "server", "records-well": "store", "records-badly": "store",
    "well-backups": "repository", "badly-backups": "repository",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    absent = missing()
    if absent:
        lacking(", ".join(absent))
    output = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "machines" / "demo.py"], capture_output=True, text=True, timeout=180,
        env={**os.environ, "PEPPERBIRD_DEMO_OUTPUT": str(output)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert f"Report: {output / 'demo.html'}" in done.stdout
    assert (output / "demo.html").read_text().lower().startswith("<!doctype html>")
    assert f"Report: {output / 'demo.pdf'}" in done.stderr
    assert (output / "demo.pdf").read_bytes().startswith(b"%PDF-")
    read: dict[str, Any] = json.loads((output / "run.json").read_text())
    return read


def states(run: dict[str, Any], which: str) -> dict[tuple[str, str], str]:
    return {
        (one["control"], ROLES[one["asset"]]): one["state"]
        for one in run["controls"]
        if one["asset"] in ROLES and which in one["asset"]
    }


def test_the_machines_differ_where_they_were_set_up_to_differ_and_nowhere_else(run: dict[str, Any]) -> None:
    well, badly = states(run, "well"), states(run, "badly")
    assert well.keys() == badly.keys()
    differ = {pair: (well[pair], badly[pair]) for pair in well if well[pair] != badly[pair]}
    assert differ == DIFFER


def test_the_well_kept_machine_passes_six_controls_whole(run: dict[str, Any]) -> None:
    passed = {control for (control, role), state in states(run, "well").items() if state == "pass" and role == "server"}
    assert passed >= WELL_PASSES


def test_this_computer_is_judged_too(run: dict[str, Any]) -> None:
    mine = {one["control"]: one["state"] for one in run["controls"] if one["asset"] == "this-computer"}
    assert mine["DS-12"] in ("pass", "fail")


def test_every_failed_finding_says_what_was_seen_what_should_be_and_what_to_do(run: dict[str, Any]) -> None:
    failed = [one for one in run["findings"] if one["state"] == "fail"]
    assert failed
    for finding in failed:
        assert finding["message"] and finding["expected"] and finding["fix"], finding
