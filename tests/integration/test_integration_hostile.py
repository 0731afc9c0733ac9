"""One run over a healthy host and hosts that misbehave: it ends in time, in bounded memory, each with its own Gap."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.hostile import Fleet, hostile_fleet
from tests.support.require import require

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 15
Seen = tuple[Fleet, dict[str, Any]]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    require("sshd", "ssh-keygen")
    with hostile_fleet(tmp_path_factory.mktemp("hostile")) as fleet:
        hosts = [f"{host.name}={host.at}" for host in fleet.hosts]
        done = subprocess.run(
            [
                sys.executable, "-W", "error", "-m", "tests.support.collect_fleet",
                str(DEADLINE), str(fleet.known_hosts), str(fleet.key), fleet.user, *hosts,
            ],
            cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr == ""
    return fleet, json.loads(done.stdout)


def test_it_ends_within_the_deadline(seen: Seen) -> None:
    assert seen[1]["seconds"] < DEADLINE + 4


def test_its_memory_stays_small(seen: Seen) -> None:
    assert seen[1]["peak_kb"] < 300_000


def test_the_healthy_host_answers_in_full_and_is_not_delayed(seen: Seen) -> None:
    healthy = seen[1]["hosts"]["healthy"]
    assert healthy["gap"] is None
    assert [probe[2] for probe in healthy["probes"].values()] == [None] * 4
    assert healthy["probes"]["test.values"][0] == "[last]"
    assert healthy["seconds"] < DEADLINE / 2


def test_each_other_has_its_own_gap_with_words_to_act_on(seen: Seen) -> None:
    fleet, answer = seen[0], seen[1]["hosts"]
    got = {host.name: answer[host.name]["gap"] and answer[host.name]["gap"][0] for host in fleet.hosts}
    assert got == {host.name: host.reason for host in fleet.hosts}
    for host in fleet.hosts:
        if host.reason is not None:
            _, detail, remedy = answer[host.name]["gap"]
            assert len(detail) > 20 and len(remedy) > 20, host.name


def test_a_probe_that_hangs_or_is_refused_leaves_the_others_whole(seen: Seen) -> None:
    fleet, answer = seen[0], seen[1]["hosts"]
    for host in fleet.hosts:
        if host.probe_reason is not None:
            probes = answer[host.name]["probes"]
            assert probes["test.root"][2] == host.probe_reason
            assert [probes[name][2] for name in ("test.hello", "test.binary", "test.values")] == [None] * 3


def test_what_was_complete_before_the_connection_broke_is_kept(seen: Seen) -> None:
    probes = seen[1]["hosts"]["half"]["probes"]
    assert probes["test.hello"][:2] == ["hello a\n", 0]
    assert probes["test.binary"][1:] == [0, None]
    assert probes["test.values"][1:] == [None, "unreachable"]


def test_the_changed_key_is_told_with_both_fingerprints(seen: Seen) -> None:
    assert seen[1]["hosts"]["changed"]["gap"][1].count("SHA256:") == 2
    assert "pepperbird inventory trust" in seen[1]["hosts"]["stranger"]["gap"][2]
