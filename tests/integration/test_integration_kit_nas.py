"""A NAS is looked at by the shell kit of its own busybox: run here by busybox on this computer, which is no NAS; what
it shows is judged, and labelled as not yet proved on one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.calling import called
from tests.support.require import require, require_root

AGENCY = """\
id: moh
name: Ministry of Health
tier: standard
sites: [{id: monrovia, country: LR}]
assets:
  - {id: vault, kind: nas, site: monrovia, access: [{via: kit}]}
stores:
  - {id: scans, asset: vault, path: /srv/scans, owner: registrar, class: internal, backed_up_to: [copies]}
repositories:
  - {id: copies, tool: files, on: vault, path: /srv/copies, patterns: ['*.gz'], site: monrovia}
"""

pytestmark = pytest.mark.slow


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    return called(capsys, *arguments)


def test_a_nas_answers_what_it_can_and_says_that_none_was_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    require("busybox")
    require_root()
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "state"))
    site = tmp_path / "site"
    (site / "agencies").mkdir(parents=True)
    (site / "site.yaml").write_text("name: Programme Office\n")
    (site / "agencies" / "moh.yaml").write_text(AGENCY)
    status, out, err = call(capsys, "kit", "moh", "--site", site, "--out", tmp_path / "kits")
    assert (status, "vault/collect.sh" in out) == (0, True), err
    script = tmp_path / "kits" / "vault" / "collect.sh"
    done = subprocess.run(
        ["busybox", "sh", script, tmp_path / "vault.bundle"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    status, out, err = call(capsys, "ingest", tmp_path / "vault.bundle", "--site", site, "--format", "json")
    assert status in (1, 3), err
    run = json.loads(out)
    states = {one["control"]: one["state"] for one in run["controls"] if one["asset"] == "vault"}
    assert states["DS-12"] in ("pass", "fail"), "its volumes and their room were seen"
    assert states["DS-15"] == states["IS-21"] == "unchecked", "nothing is built for the release of a NAS"
    copies = {one["control"]: one["state"] for one in run["controls"] if one["asset"] == "copies"}
    assert copies["BR-02"] in ("fail", "error"), "its folder of dumps was looked for, and is not there"
    told = {one["id"]: one["unproved"] for one in run["assets"]}
    assert told["vault"] == "not yet proved on a NAS"
