"""The large demo: every kind of thing that keeps data, in states that were set up, each judged as it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.machines import missing
from tests.support.require import lacking, require

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.machine]

STATES = {
    # The restic repository was verified and restored from; the borg one holds the same data in another town.
    ("BR-02", "vault"): "pass", ("BR-11", "vault"): "pass", ("BR-15", "vault"): "pass", ("BR-19", "vault"): "pass",
    ("BR-12", "records"): "pass", ("BR-01", "records"): "pass", ("BR-02", "attic"): "pass", ("BR-09", "attic"): "pass",
    ("BR-05", "vault"): "pass", ("BR-05", "attic"): "pass", ("BR-07", "records"): "pass",
    # pgBackRest holds the database; nobody verified it.
    ("BR-02", "cluster"): "pass", ("BR-01", "registry"): "pass", ("BR-09", "cluster"): "pass",
    # The newest dump was cut short; one store has no backup at all.
    ("BR-02", "dumps"): "fail", ("BR-11", "dumps"): "fail", ("BR-01", "licences"): "fail",
    # The primary has a standby that follows; MariaDB has none.
    ("DR-08", "registry-db"): "pass", ("DR-08", "payroll-db"): "fail",
    # One bucket is locked and in the register, one is open to all.
    ("BR-08", "deeds-scans"): "pass", ("DS-07", "objects"): "fail",
    # Documents that were signed and reviewed, and an exercise that took too long for one service.
    ("DR-01", "works"): "pass", ("DS-06", "works"): "pass", ("DR-05", "works"): "fail",
    # The branch looked at itself.
    ("DS-15", "branch"): "pass",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if absent := missing():
        lacking(", ".join(absent))
    require("restic", "borg", "pgbackrest", "pg_lsclusters", "mariadbd", "ceph-mon", "radosgw", "setpriv")
    output = tmp_path_factory.mktemp("demo-full")
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "machines" / "demo_full.py"], capture_output=True, text=True, timeout=900,
        env={**os.environ, "PEPPERBIRD_DEMO_OUTPUT": str(output)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert (output / "works.html").stat().st_size > 100_000
    read: dict[str, Any] = json.loads((output / "run.json").read_text())
    return read


def test_what_was_set_up_is_judged_as_it_is(run: dict[str, Any]) -> None:
    found = {(one["control"], one["asset"]): one["state"] for one in run["controls"]}
    assert {pair: found.get(pair) for pair in STATES} == STATES


def test_whatever_is_not_decided_says_why(run: dict[str, Any]) -> None:
    said = {(one["control"], one["asset"], one["state"]) for one in run["findings"] if one["message"]}
    open_pairs = {
        (one["control"], one["asset"], one["state"])
        for one in run["controls"]
        if one["state"] in ("error", "unreachable", "unchecked", "stale")
    }
    assert len(open_pairs) > 20
    assert open_pairs <= said


def test_all_four_standards_are_judged_on_every_kind_of_store(run: dict[str, Any]) -> None:
    kinds = {one["id"]: one["kind"] for one in run["assets"]}
    decided = {
        (one["control"][:2], kinds[one["asset"]])
        for one in run["controls"]
        if one["state"] in ("pass", "fail") and one["asset"] in kinds
    }
    wanted = {
        ("DS", "linux-server"), ("DS", "postgresql"), ("DS", "mysql"), ("DS", "s3-bucket"), ("DS", "data-store"),
        ("DI", "linux-server"), ("DI", "postgresql"), ("DI", "mysql"), ("BR", "backup-repository"),
        ("BR", "data-store"), ("BR", "postgresql"), ("BR", "mysql"), ("DR", "postgresql"), ("DR", "agency"),
    }  # fmt: skip
    assert wanted <= decided
