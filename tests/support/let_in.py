"""A machine that only root can enter, and a site that has it: for tests of how a scan is let in, and out again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions
from pepperbird.evaluate.judge import evaluate
from pepperbird.inventory.read import read_site
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Memory
from pepperbird.model.plan import Plan, ProbeCall, Selection
from pepperbird.model.verdict import Finding
from pepperbird.plan.make import make_plan
from pepperbird.scan.clock import now
from pepperbird.scan.judging import evidence_of
from tests.support.machines import Machine, missing
from tests.support.require import lacking
from tests.support.shipped import shipped_catalog

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "pepperbird"
FILE = "/etc/sudoers.d/pepperbird"
Findings = dict[tuple[str, str, str], tuple[Finding, ...]]


@contextmanager
def closed_machine(folder: Path, name: str, number: int) -> Iterator[tuple[Machine, Path]]:
    """A booted machine without an account for scans, and the folder of a site that declares it as `db-1`."""
    absent = missing()
    if absent:
        lacking(", ".join(absent))
    # Two workers may run tests of this kind side by side: each has a number of its own.
    number += int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 2
    site = folder / "site"
    (site / "agencies").mkdir(parents=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", site / "key"], check=True)
    (site / "site.yaml").write_text("name: Test\ndefaults: {identity: key, deadline: 120}\n")
    (site / "agencies" / "moh.yaml").write_text(
        "id: moh\nname: Ministry of Health\ntier: standard\nassets:\n"
        f"  - {{id: db-1, kind: linux-server, access: [{{via: ssh, at: 10.213.{number}.2, as: {ACCOUNT}}}]}}\n"
    )
    with Machine(f"{name}{number}", number, "no-account.sh", folder / "m", "none\n") as machine:
        (site / "known_hosts").write_text("\n".join(machine.host_keys()) + "\n")
        yield machine, site


def pepperbird(*arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pepperbird", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_script(machine: Machine, script: str, shell: str = "sh") -> str:
    """Run a script inside as root, from a file as an administrator would; gives what it said, errors too."""
    inside = "/root/script.sh"
    machine.run(f"cat > {inside} <<'END OF SCRIPT'\n{script}END OF SCRIPT\n")
    try:
        return machine.run(f"{shell} {inside} 2>&1")
    except subprocess.CalledProcessError as error:
        pytest.fail(f"the script ended with {error.returncode}: {error.stdout}")
    finally:
        machine.run(f"rm -f {inside}")


def login(machine: Machine, site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The ssh program as the account; `arguments` come before and after the address as given."""
    return subprocess.run(
        [
            "ssh", "-F", "none", "-i", site / "key", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
            "-o", f"UserKnownHostsFile={site / 'known_hosts'}", "-l", ACCOUNT, *arguments,
        ],
        capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@cache
def content() -> Catalog:
    return shipped_catalog()


def cost(catalog: Catalog, call: ProbeCall) -> str:
    namespace, _, name = call.id.partition(".")
    return catalog.collectors[namespace].probes[name].cost


@dataclass
class Place:
    """A machine that lets the scan in, and how it is scanned."""

    machine: Machine
    site: Path

    def plan(self) -> Plan:
        return make_plan(content(), read_site(self.site), Selection(assets=("db-1",), deep=True), at=now())

    def scan(self, *namespaces: str) -> Findings:
        """By control, clause and asset, what was found; where namespaces are named, only they are asked.

        What works long is left out.
        """
        catalog, site, plan = content(), read_site(self.site), self.plan()
        (one,) = plan.endpoints
        some = tuple(call for call in one.probes if cost(catalog, call) != "heavy")
        if namespaces:
            some = tuple(call for call in some if call.id.partition(".")[0] in namespaces)
        plan = replace(plan, endpoints=(replace(one, probes=some),))
        options = CollectOptions(known_hosts=self.site / "known_hosts", root=self.site)
        transcripts = collect(plan.endpoints, catalog.programs, catalog.redactions, options)
        assert all(one.gap is None for one in transcripts.values())
        evidence = evidence_of(catalog, plan, transcripts.items())
        verdicts = evaluate(catalog, plan, evidence, Memory(), site=site, at=plan.at)
        return {(v.control, c.clause, v.asset): c.findings for v in verdicts for c in v.clauses}

    def logged(self) -> list[str]:
        """Every line that sudo wrote for the account into the machine's journal."""
        lines = self.machine.run("journalctl -q -o cat -t sudo").splitlines()
        return [line for line in lines if line.split(":")[0].strip() == ACCOUNT]

    def put(self, rights_text: str) -> None:
        self.machine.run(f"cat > {FILE} <<'END OF RIGHTS'\n{rights_text}END OF RIGHTS\n")
        self.machine.run(f"chmod 440 {FILE} && visudo -cf {FILE}")
