"""The demo: two real machines differ in verdicts exactly where they were set up to differ, and nowhere else; it ends
with the agency's PDF and the trend of a seeded history, whose fall is the link's and no failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.machines import missing
from tests.support.require import lacking, require, require_root

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
    ("BR-04", "store"): ("error", "not_applicable"),  # the same copy, asked whether it is as young as a service demands
    ("BR-07", "store"): ("error", "fail"),  # the same copy, asked how far away it lies
    ("BR-08", "store"): ("error", "unchecked"),  # the same copy, asked whether it could be deleted
    ("BR-12", "store"): ("unchecked", "fail"),  # nothing that a drill could restore it from is declared
    ("BR-17", "repository"): ("pass", "fail"),  # the backups lie on the full disk
}
ROLES = {
    "well-kept": "server", "badly-kept": "server", "records-well": "store", "records-badly": "store",
    "well-backups": "repository", "badly-backups": "repository",
}  # fmt: skip


@dataclass(frozen=True)
class Demo:
    """The folder that a demo wrote, and what it printed."""

    output: Path
    said: str

    def ask(self, *arguments: str) -> Any:
        """What `pepperbird` says of the demo's store, as JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "pepperbird", *arguments, "--format", "json"], capture_output=True, cwd=ROOT,
            env={**os.environ, "PEPPERBIRD_HOME": str(self.output / "state")}, check=True, timeout=60,
        )  # fmt: skip
        return json.loads(done.stdout)


def run_demo(output: Path, before: tuple[str, ...] = ()) -> Demo:
    done = subprocess.run(
        [*before, sys.executable, ROOT / "tests" / "machines" / "demo.py"], capture_output=True, text=True, timeout=240,
        env={**os.environ, "PEPPERBIRD_DEMO_OUTPUT": str(output), "HOME": str(output)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert f"Report: {output / 'demo.html'}" in done.stdout
    assert (output / "demo.html").read_text().lower().startswith("<!doctype html>")
    assert f"Report: {output / 'demo.pdf'}" in done.stderr
    assert (output / "demo.pdf").read_bytes().startswith(b"%PDF-")
    sizes = {one: (output / one).stat().st_size for one in ("demo.html", "demo.pdf")}
    assert sizes["demo.html"] < 155_000 and sizes["demo.pdf"] < 175_000, sizes
    assert f"Trend: {output / 'trend.svg'}" in done.stderr
    return Demo(output, done.stdout)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    absent = missing()
    if absent:
        lacking(", ".join(absent))
    return run_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def run(demo: Demo) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((demo.output / "run.json").read_text())
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


def test_the_trend_of_the_seeded_history_rises_and_ends_with_todays_scan(demo: Demo, run: dict[str, Any]) -> None:
    assert "Seeded history: 6 replayed monthly runs" in demo.said
    told = demo.ask("trend", "--agency", "demo")
    scores = [one["score"] for one in told["points"]]
    assert len(scores) == 7
    assert not any(one["rules_changed"] or one["days_without_run"] for one in told["points"]), "one kind, one line"
    assert told["points"][-1]["run"] == run["run"]["id"]
    assert scores[0] < scores[1] < scores[2] == scores[3] <= scores[6]
    assert scores[-1] == run["agencies"][0]["score"]
    assert "7 full runs" in (demo.output / "trend.svg").read_text()
    assert demo.said.index("$ pepperbird trend") < demo.said.index("$ pepperbird diff")


def test_the_month_without_a_line_is_a_fall_by_link_alone(demo: Demo) -> None:
    points = demo.ask("trend", "--agency", "demo")["points"]
    before, dark, after = points[3:6]
    assert before["score"] > dark["score"] < after["score"] == before["score"]
    assert dark["upper"] == before["upper"], "nothing is known to be worse"
    assert dark["open"] == before["open"], "nothing new fails"
    changes = demo.ask("diff", before["run"], dark["run"])["agencies"][0]["changes"]
    assert changes
    assert {(one["kind"], one["cause"], one["now"]) for one in changes} == {("fell", "link", "stale")}
    assert "Dark by link" in demo.said
    assert "Failed:" not in demo.said.partition("$ pepperbird diff")[2]


def test_an_ordinary_account_is_told_what_is_left_out_and_sees_this_computer(tmp_path: Path) -> None:
    require_root()
    require("unshare")
    demo = run_demo(tmp_path / "demo", ("unshare", "--user"))  # root's eyes, and the number of an ordinary account
    assert "Leaving out the two machines and their history: this needs root" in demo.said
    assert "One run only: there is no trend yet." in demo.said
