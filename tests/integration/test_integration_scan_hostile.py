"""A whole scan over a healthy host and hosts that misbehave: it ends in an answer, in time and in bounded memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.hostile import Fleet, hostile_fleet
from tests.support.require import require

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 40
STATES = {
    "connect-timeout": "unreachable", "unreachable": "unreachable", "host-key": "unreachable",
    "legacy-ssh": "unreachable", "truncated": "error", "probe-timeout": "error", "denied": "error",
}  # fmt: skip
WEIGH = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(json.dumps({"peak_kb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, "status": done.returncode}))
"""
KNOWN_BEFORE = {"sshd.algorithms", "kept.log-delivered", "kept.packages-listed"}
"""Told by the connection itself, before the login, or by the register: it names no place where those are kept."""
pytestmark = pytest.mark.slow


class Seen(NamedTuple):
    fleet: Fleet
    run: dict[str, Any]
    alone: dict[str, Any]
    seconds: float
    peak_kb: int
    status: int

    def states(self, host: str) -> dict[str, str]:
        return {one["control"]: one["state"] for one in self.run["controls"] if one["asset"] == host}

    def findings(self, host: str) -> list[dict[str, Any]]:
        return [one for one in self.run["findings"] if one["asset"] == host and "." in one["check"]]


def write_site(folder: Path, fleet: Fleet) -> None:
    (folder / "agencies").mkdir(parents=True)
    defaults = {"deadline": DEADLINE, "connect_timeout": 5, "identity": str(fleet.key), "user": fleet.user}
    settings = ", ".join(f"{name}: {value}" for name, value in defaults.items())
    (folder / "site.yaml").write_text(f"name: Hostile\ndefaults: {{{settings}, known_hosts: {fleet.known_hosts}}}\n")
    lines = ["id: fleet", "name: The fleet", "tier: standard", "assets:"]
    lines += [
        f"  - {{id: {host.name}, kind: linux-server, access: [{{via: ssh, at: '{host.at}'}}]}}" for host in fleet.hosts
    ]
    (folder / "agencies" / "fleet.yaml").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    require("sshd", "ssh-keygen")
    folder = tmp_path_factory.mktemp("hostile-scan")
    with hostile_fleet(folder / "fleet") as fleet:
        write_site(folder / "site", fleet)
        begun = time.monotonic()
        done = subprocess.run(
            [
                sys.executable, "-c", WEIGH, sys.executable, "-m", "pepperbird", "scan", "--site", folder / "site",
                "--output", folder / "out",
            ],
            cwd=ROOT, env={**os.environ, "PEPPERBIRD_HOME": str(folder / "state")}, capture_output=True, text=True,
            timeout=DEADLINE + 60, check=False,
        )  # fmt: skip
        seconds = time.monotonic() - begun
        weighed = json.loads(done.stdout.splitlines()[-1])
        assert weighed["status"] in (1, 3), done.stderr[-3000:]
        run = json.loads((folder / "out" / "run.json").read_text())
        subprocess.run(
            [
                sys.executable, "-m", "pepperbird", "scan", "--site", folder / "site", "--asset", "healthy",
                "--output", folder / "alone",
            ],
            cwd=ROOT, env={**os.environ, "PEPPERBIRD_HOME": str(folder / "other")}, capture_output=True, timeout=120,
            check=False,
        )  # fmt: skip
        alone = json.loads((folder / "alone" / "run.json").read_text())
        yield Seen(fleet, run, alone, seconds, weighed["peak_kb"], weighed["status"])


def test_it_ends_inside_its_deadline_and_says_that_too_little_was_seen(seen: Seen) -> None:
    assert (
        seen.seconds < DEADLINE + 30
    )  # the deadline is of collecting; the rest is start and judging on a busy machine
    assert seen.status == 3


def test_no_process_of_it_grows_beyond_300_mb(seen: Seen) -> None:
    assert seen.peak_kb < 300_000


def of_its_own(seen: Seen, findings: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """States by check and subject, without the SSH servers that other tests run on this computer meanwhile."""
    own = str(seen.fleet.known_hosts.parent)
    return {
        (one["check"], one["subject"]): one["state"]
        for one in findings
        if "sshd -D -f " not in one["subject"] or own in one["subject"]
    }


def test_the_healthy_host_is_judged_in_full(seen: Seen) -> None:
    findings = seen.findings("healthy")
    assert {one["check"].split(".")[0] for one in findings} >= {"sshd", "storage", "packages"}
    together = of_its_own(seen, findings)
    assert together == of_its_own(seen, [one for one in seen.alone["findings"] if "." in one["check"]])
    assert sum(state in ("pass", "fail", "not_applicable") for state in together.values()) > 20


def test_every_other_host_has_its_own_state_and_words_to_act_on(seen: Seen) -> None:
    gaps = {(gap["endpoint"].split("/")[1], gap["reason"]): gap for gap in seen.run["gaps"] if gap["endpoint"]}
    for host in seen.fleet.hosts:
        if host.reason is None:
            continue
        states = {one["state"] for one in seen.findings(host.name) if one["check"] not in KNOWN_BEFORE}
        if host.name == "half":  # what it had answered whole before it closed is kept
            assert STATES[host.reason] in states, states
        else:
            assert states == {STATES[host.reason]}, (host.name, states)
        gap = gaps[(host.name, host.reason)]
        assert gap["detail"], gap
        assert gap["remedy"], gap


def test_a_refused_or_hanging_probe_costs_only_what_needs_it(seen: Seen) -> None:
    for host in seen.fleet.hosts:
        if host.probe_reason is None:
            continue
        states = {one["check"]: one["state"] for one in seen.findings(host.name)}
        assert states["sshd.root-login"] == "error", host.name
        assert states["packages.os-supported"] in ("pass", "fail"), host.name
        assert states["sshd.algorithms"] in ("pass", "fail"), host.name


def test_no_host_passes_what_was_not_seen_of_it(seen: Seen) -> None:
    dark = [host.name for host in seen.fleet.hosts if host.reason not in (None, "truncated", "probe-timeout")]
    for name in dark:
        if name != "half":
            assert "pass" not in {one["state"] for one in seen.findings(name)}, name
    for host in seen.fleet.hosts:
        if host.reason is not None:
            states = seen.states(host.name)
            assert not {"IS-20", "IS-21", "DS-12", "DI-07"} & {name for name in states if states[name] == "pass"}
