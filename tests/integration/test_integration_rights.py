"""The least rights, by the real sudo of a real machine: what the plan's lines allow is what the scan runs, no more.

Where one line is missing, exactly the clauses that need it are undecided, with that very line as what to do.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions
from pepperbird.evaluate.judge import evaluate
from pepperbird.inventory.read import read_site
from pepperbird.model.evidence import Memory
from pepperbird.model.gap import GapReason
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.state import State
from pepperbird.model.sudoers import rule
from pepperbird.model.verdict import Finding
from pepperbird.plan.make import make_plan
from pepperbird.plan.rights import rights
from pepperbird.scan.clock import now
from pepperbird.scan.judging import evidence_of
from tests.support.let_in import ACCOUNT, ROOT, closed_machine, login, pepperbird, run_script
from tests.support.machines import Machine
from tests.support.require import require, require_root
from tests.unit.model.test_sudoers_rule import HOSTILE

pytestmark = [pytest.mark.slow, pytest.mark.machine]
FILE = "/etc/sudoers.d/pepperbird"
Findings = dict[tuple[str, str, str], tuple[Finding, ...]]


@dataclass
class Place:
    """A machine that lets the scan in, and how it is scanned."""

    machine: Machine
    site: Path

    def plan(self) -> Plan:
        return make_plan(read_bundle(find_content(ROOT)), read_site(self.site), Selection(assets=("db-1",)), at=now())

    def scan(self) -> Findings:
        """By control, clause and asset, what was found."""
        catalog, site, plan = read_bundle(find_content(ROOT)), read_site(self.site), self.plan()
        options = CollectOptions(known_hosts=self.site / "known_hosts", root=self.site)
        transcripts = collect(plan.endpoints, catalog.programs, catalog.redactions, options)
        assert all(one.gap is None for one in transcripts.values())
        evidence = evidence_of(catalog, plan, transcripts)
        verdicts = evaluate(catalog, plan, evidence, Memory(), site=site, at=plan.at)
        return {(v.control, c.clause, v.asset): c.findings for v in verdicts for c in v.clauses}

    def logged(self) -> list[str]:
        """Every line that sudo wrote for the account into the machine's journal."""
        lines = self.machine.run("journalctl -q -o cat -t sudo").splitlines()
        return [line for line in lines if line.split(":")[0].strip() == ACCOUNT]

    def put(self, rights_text: str) -> None:
        self.machine.run(f"cat > {FILE} <<'END OF RIGHTS'\n{rights_text}END OF RIGHTS\n")
        self.machine.run(f"chmod 440 {FILE} && visudo -cf {FILE}")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with closed_machine(tmp_path_factory.mktemp("rights"), "rig", 54) as (machine, site):
        run_script(machine, pepperbird("access", "db-1", "--site", site))
        yield Place(machine, site)


def brief(found: tuple[Finding, ...]) -> list[tuple[str, State, str]]:
    return sorted((one.subject, one.state, one.gap.remedy if one.gap else "") for one in found)


def test_one_line_less_is_exactly_its_clauses_less(place: Place) -> None:
    full = place.scan()
    allowed = rights(place.plan().endpoints)[ACCOUNT]
    used = {command for line in place.logged() for command in re.findall(r"COMMAND=(.*)", line)}
    assert not [line for line in place.logged() if "not allowed" in line]
    assert used <= {one.command for one in allowed}
    assert {"/usr/sbin/sshd -T", "/bin/cat /etc/ssh/sshd_config", "/bin/grep -r ^ /etc/ssh/sshd_config.d"} <= used
    assert not [one for found in full.values() for one in found if one.gap and one.gap.reason is GapReason.DENIED]
    text = place.machine.run(f"cat {FILE}")
    try:
        for one in allowed:
            line = rule(ACCOUNT, one.command)
            assert text.count(f"{line}\n") == 1
            if one.command not in used:
                continue
            place.put(text.replace(f"{line}\n", ""))
            missing_one(full, place.scan(), line, one.probes)
        unused = {rule(ACCOUNT, one.command) for one in allowed if one.command not in used}
        place.put("".join(f"{line}\n" for line in text.splitlines() if line not in unused))
        again = place.scan()
        assert {key: brief(found) for key, found in again.items()} == {key: brief(found) for key, found in full.items()}
    finally:
        place.put(text)


def missing_one(full: Findings, less: Findings, line: str, probes: tuple[str, ...]) -> None:
    """`less` differs from `full` in the clauses decided by `probes`, which are errors that name `line`."""
    changed = {key for key in full if brief(full[key]) != brief(less[key])}
    needing = {
        key
        for key, found in full.items()
        if any(set(probes) & set(one.source.partition(" on ")[0].split(", ")) for one in found)
        and any(one.state in (State.PASS, State.FAIL) for one in found)
    }
    assert changed == needing, line
    assert changed, line
    for key in changed:
        for found in less[key]:
            assert found.state is State.ERROR and found.gap is not None, (line, found)
            assert (found.gap.reason, found.gap.remedy) == (GapReason.DENIED, line)


def test_nothing_beside_the_lines_is_allowed(place: Place) -> None:
    others = (
        "/bin/sh", "/bin/cat /etc/shadow", "/bin/cat", "/bin/cat /etc/ssh/sshd_config /etc/shadow",
        "/usr/sbin/sshd -T -f /tmp/x", "/usr/sbin/sshd", "/bin/grep -r ^ /etc/ssh/sshd_config.d /etc/shadow",
        "/bin/grep -r . /etc/ssh/sshd_config.d", "/bin/grep -r -e ^ /etc/ssh/sshd_config.d", "/sbin/lvs",
        "/usr/bin/find /etc/ssh/sshd_config /etc/ssh/sshd_config.d -newercm /run/sshd.pid -delete",
        "-u nobody /usr/sbin/sshd -T", "-E /usr/sbin/sshd -T FOO=1", "-e /etc/passwd",
    )  # fmt: skip
    assert login(place.machine, place.site, place.machine.address, "sudo -n /usr/sbin/sshd -T").returncode == 0
    for other in others:
        done = login(place.machine, place.site, place.machine.address, f"sudo -n {other}")
        assert (done.returncode != 0 and "password is required" in done.stderr) or "not allowed" in done.stderr, other


ARGUMENTS = """
import json, subprocess, sys
asked = json.load(sys.stdin)
for ok, bad in asked:
    run = lambda words: subprocess.run(["sudo", "-n", *words], capture_output=True).returncode
    print(json.dumps([run(ok), *map(run, bad)]))
"""
SETUP = """
set -e
mount -t tmpfs etc "$1"
mkdir "$1/up" "$1/work"
mount -t overlay etc -o lowerdir=/etc,upperdir="$1/up",workdir="$1/work" /etc
useradd --no-create-home pbargs
install -m 440 "$2" /etc/sudoers.d/pbargs
shift 2
exec setpriv --reuid pbargs --regid pbargs --clear-groups "$@"
"""


def test_arguments_mean_themselves_to_sudo(tmp_path: Path) -> None:
    """One rule for each hostile argument: the very command is allowed, what its characters could stand for is not."""
    require_root()
    require("sudo", "unshare", "setpriv", "useradd")
    asked, lines = [], []
    for number, argument in enumerate(HOSTILE):
        command = f"/bin/echo {argument} {number}"
        words = shlex.split(command)
        lines.append(rule("pbargs", command))
        swapped = [re.sub(pattern, "zz", words[1]) for pattern in (r"[*?^$\\,:=!#]", r"\[.*\]", ".")]
        others = [[words[0], one, words[2]] for one in swapped if one != words[1]]
        asked.append((words, [*others, [*words, "more"], words[:2], words[:1]]))
    (tmp_path / "rights").write_text("\n".join(lines) + "\n")
    (tmp_path / "over").mkdir()
    done = subprocess.run(
        [
            "unshare", "--mount", "--propagation", "private", "sh", "-c", SETUP, "sh", tmp_path / "over",
            tmp_path / "rights", sys.executable, "-c", ARGUMENTS,
        ],
        input=json.dumps(asked), capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for argument, line in zip(HOSTILE, done.stdout.splitlines(), strict=True):
        first, *others = json.loads(line)
        assert first == 0 and all(others), (argument, line)
