"""A scan of a site, stored and judged again: through the command line, over a recording of this computer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.calling import called
from tests.support.recording import record_this_computer

ROOT = Path(__file__).resolve().parents[2]
AGENCY = """\
id: moh
name: Ministry of Health
tier: standard
sites: [{id: monrovia, country: LR}]
assets:
  - {id: srv, kind: linux-server, site: monrovia, access: [{via: replay, at: machine}]}
  - {id: dark, kind: linux-server, site: monrovia}
stores:
  - {id: records, asset: srv, path: /srv/records, owner: Registrar, class: restricted}
"""
Call = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_this_computer(tmp_path_factory.mktemp("recording") / "machine")


@pytest.fixture
def site(tmp_path: Path, recording: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "agencies").mkdir(parents=True)
    (folder / "site.yaml").write_text("name: Test\n")
    (folder / "agencies" / "moh.yaml").write_text(AGENCY)
    shutil.copytree(recording, folder / "machine")
    return folder


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "state"))

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        return called(capsys, *arguments)

    return run


def scanned(call: Call, site: Path, *more: str) -> dict[str, Any]:
    status, out, _ = call("scan", "--site", site, "--format", "json", *more)
    assert status in (1, 3)
    run: dict[str, Any] = json.loads(out)
    jsonschema.validate(run, json.loads((ROOT / "reports" / "schema" / "run-1.json").read_text()))
    return run


def states(run: dict[str, Any], asset: str) -> dict[str, str]:
    return {one["control"]: one["state"] for one in run["controls"] if one["asset"] == asset}


def test_a_full_scan_gives_the_documented_json_and_nothing_else(call: Call, site: Path) -> None:
    run = scanned(call, site)
    assert (run["schema"], run["scope"]) == ("pepperbird.run/1", "full")
    assert [agency["id"] for agency in run["agencies"]] == ["moh"]
    assert states(run, "srv")["DS-12"] in ("pass", "fail")


def test_an_asset_that_cannot_be_asked_is_unchecked_and_counts(call: Call, site: Path) -> None:
    run = scanned(call, site)
    assert set(states(run, "dark").values()) == {"unchecked"}
    assert any("dark" in gap["assets"] and "access" in gap["remedy"] for gap in run["gaps"])


def test_kinds_that_the_tier_expects_and_the_register_lacks_are_pairs(call: Call, site: Path) -> None:
    assert states(scanned(call, site), "moh#web-endpoint")["IS-01"] == "unchecked"


def test_judging_again_gives_the_same_bytes_and_other_rules_give_others(call: Call, site: Path) -> None:
    stored = scanned(call, site)
    status, out, err = call("evaluate", "latest", "--format", "json")
    assert status == 0
    assert "same verdicts to the byte" in err
    again = json.loads(out)
    assert again["run"]["digests"] == stored["run"]["digests"]
    assert again["findings"] == stored["findings"]
    status, out, _ = call("evaluate", "latest", "--format", "json", "--baseline", "foundation")
    assert status == 0
    loose = json.loads(out)
    assert loose["run"]["digests"]["baseline"] != stored["run"]["digests"]["baseline"]
    assert loose["run"]["digests"]["verdicts"] != stored["run"]["digests"]["verdicts"]


def test_stored_evidence_is_judged_by_other_content(call: Call, site: Path, tmp_path: Path) -> None:
    stored = scanned(call, site)
    content = tmp_path / "content"
    for folder in ("policies", "baselines", "checks", "collectors", "reports"):
        shutil.copytree(ROOT / folder, content / folder)
    baseline = content / "baselines" / "standard.yaml"
    baseline.write_text(baseline.read_text().replace("min_free_pct: 15", "min_free_pct: 100"))
    status, out, err = call("evaluate", "latest", "--content", content, "--format", "json")
    assert status == 0, err
    strict = json.loads(out)
    assert strict["content_digest"] != stored["content_digest"]
    assert states(strict, "srv")["DS-12"] == "fail"


def test_a_partial_scan_never_becomes_the_agency_s_standing(call: Call, site: Path) -> None:
    full = scanned(call, site)
    part = scanned(call, site, "--asset", "srv")
    assert (part["scope"], part["agencies"][0]["score"]) == ("partial", None)
    assert scanned(call, site)["agencies"][0]["score"] == full["agencies"][0]["score"]


def test_going_dark_keeps_fails_and_loses_passes_with_time(call: Call, site: Path) -> None:
    before = scanned(call, site)
    shutil.rmtree(site / "machine")
    after = scanned(call, site)
    was, now = states(before, "srv"), states(after, "srv")
    for control, state in was.items():
        if state == "fail":
            assert now[control] == "fail", control
        if state == "unchecked":
            assert now[control] in ("unchecked", "unreachable"), control
    assert after["agencies"][0]["score"] <= before["agencies"][0]["score"]


def test_reports_are_written_whole(call: Call, site: Path, tmp_path: Path) -> None:
    status, out, _ = call("scan", "--site", site, "--output", tmp_path / "out")
    assert status in (1, 3)
    assert f"Report: {tmp_path / 'out' / 'moh.html'}" in out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["moh.html", "run.json"]
    page = (tmp_path / "out" / "moh.html").read_text()
    assert "Ministry of Health" in page
    status, again, _ = call("report", "latest", "--agency", "moh")
    assert status == 0
    assert again == page


def test_two_scans_at_once_both_end(call: Call, site: Path, tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    environment = {**os.environ, "PEPPERBIRD_HOME": str(tmp_path / "state"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pepperbird", "scan", "--site", str(site)]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait(timeout=120) for one in both] == [3, 3]


def test_doctor_finds_all_well_and_names_what_is_not(call: Call, site: Path) -> None:
    status, out, _ = call("doctor", "--site", site)
    assert status == 0, out
    assert "WRONG" not in out
    (site / "agencies" / "moh.yaml").write_text("id: moh\n")
    status, out, _ = call("doctor", "--site", site)
    assert status == 2
    assert "moh.yaml" in out


def test_bad_sites_and_bad_content_are_told_located_and_nothing_is_written(
    call: Call, site: Path, tmp_path: Path
) -> None:
    (site / "agencies" / "moh.yaml").write_text(AGENCY.replace("tier: standard", "tier: no\nteir: x"))
    status, out, err = call("scan", "--site", site, "--output", tmp_path / "out")
    assert (status, out) == (2, "")
    assert "moh.yaml:3:7" in err
    assert "moh.yaml:4:1" in err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "state").exists()
