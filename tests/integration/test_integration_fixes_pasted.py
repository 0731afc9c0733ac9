"""Every shell fix that can run here is pasted as root into a badly kept machine: it works, nothing gets worse, and
where the way back has commands they lead back."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from pepperbird.model.catalog import Catalog
from pepperbird.model.state import State
from pepperbird.model.verdict import Finding, Verdict
from pepperbird.report.fixes import scripts_of, subjects_for
from tests.support.archive import Archive
from tests.support.machines import Machine, missing
from tests.support.require import lacking, require
from tests.support.site_of_machine import Watched

pytestmark = [pytest.mark.slow, pytest.mark.machine]
NUMBER = 60
LONG_AGO = "2026-05-01T00:00:00Z"
FIRST = ("packages.index-fresh", "storage.capacity")
"""Pasted before others, which would heal them too."""

PROMISED = re.compile(r"(?:It prints|The last line is) `([^`]+)`")
"""What `shows` says that `verify` prints, word for word."""
DECISIONS = {
    # What the shell shows is for a person to decide; this is what was decided here.
    "storage.capacity": "rm -f /srv/data/export.dump",
    "backup.repository-room": "rm -f /srv/data/export.dump",
}
CANNOT = {
    "integrity.aide": "installs AIDE, which the small archive of this test does not have",
    "integrity.monitor": "starts a monitor that was installed before; there is none in Debian to install here",
    "logs.forwarded": "needs a central log store to send to and packages that the small archive does not have",
    "storage.redundant": "needs a second disk; the lines only show what is there",
    "verify.dpkg": "takes packages anew from Debian's archive, which a machine here does not reach",
    "packages.reboot-pending": "restarts the machine, which ends a machine in namespaces",
}
"""Failing checks with a shell fix that cannot be pasted here, and why."""
STAYS = {
    "audit.locked": "the lock holds until the machine is started again",
}
"""Checks that pass on after the commands of the way back, and why."""
SHARED = ("btrfs", "clock", "luks", "lvm", "raid", "smart", "ups", "zfs")
"""What a machine in namespaces has in common with this computer: the kernel with its disks and its clock."""


@dataclass
class Pasted:
    """What happened: what was pasted in order, what it said, went wrong, still fails, and passes no more."""

    catalog: Catalog
    first: tuple[Verdict, ...] = ()
    last: tuple[Verdict, ...] = ()
    pasted: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    still: set[str] = field(default_factory=set)
    worse: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    failing_again: set[str] = field(default_factory=set)


def failing(verdicts: tuple[Verdict, ...]) -> set[str]:
    return {one.check for one in findings(verdicts) if one.state is State.FAIL}


def findings(verdicts: tuple[Verdict, ...]) -> list[Finding]:
    return [one for verdict in verdicts for clause in verdict.clauses for one in clause.findings]


def passing(verdicts: tuple[Verdict, ...]) -> set[tuple[str, str, str]]:
    """Pairs and clauses that pass or do not apply."""
    good = (State.PASS, State.NOT_APPLICABLE)
    pairs = {(one.asset, one.control, "") for one in verdicts if one.state in good}
    return pairs | {
        (one.asset, one.control, clause.clause) for one in verdicts for clause in one.clauses if clause.state in good
    }


@pytest.fixture(scope="module")
def pasted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pasted]:
    if missing():
        lacking(", ".join(missing()))
    require("dpkg-deb", "gpg")
    folder = tmp_path_factory.mktemp("pasted")
    watched = Watched(folder / "site", f"10.213.{NUMBER}.2")
    machine = Machine(
        "pasted",
        NUMBER,
        "badly-kept.sh",
        folder / "m",
        watched.public_key,
        ["/srv/data=16", "/mnt/backup=64"],
        watched.rights,
    )
    with ExitStack() as stack:
        stack.enter_context(machine)
        archive = stack.enter_context(Archive(folder / "archive", f"10.213.{NUMBER}.1"))
        worsen(machine, archive)
        yield paste_all(watched, machine)


def worsen(machine: Machine, archive: Archive) -> None:
    """A security update that waits, an index of last quarter, and apt told to take what nobody signed."""
    archive.publish(days_ago=100)
    machine.run("mount -t tmpfs tmpfs /root; chmod 777 /srv/data")
    machine.run(
        f"{archive.setup()}; echo nameserver {archive.address} > /etc/resolv.conf;"
        "apt-get update -q >/dev/null; apt-get install -qy pepper-tool=1.0 >/dev/null;"
        "echo 'deb [trusted=yes] http://127.0.0.1:9/debian stable main' > /etc/apt/sources.list.d/unsigned.list;"
        """echo 'APT::Get::AllowUnauthenticated "true";' > /etc/apt/apt.conf.d/99unsigned;"""
        """echo 'Acquire::Retries "0";' > /etc/apt/apt.conf.d/99once"""
    )
    archive.publish(days_ago=0)


def paste_all(watched: Watched, machine: Machine) -> Pasted:
    """Round by round, with a look after each: what the fixes of one round heal need not be pasted in the next."""
    result = Pasted(watched.catalog)
    seen = watched.look(machine)
    watched.remember(seen, LONG_AGO)
    verdicts = result.first = result.last = watched.judge(seen)
    while group := next_group(verdicts, result):
        for check in group:
            paste(machine, check, result, verdicts)
        seen = watched.look(machine)
        if "packages.index-fresh" in group:
            watched.remember(seen, LONG_AGO)  # what the new index shows has waited since then
        before, verdicts = passing(verdicts), watched.judge(seen)
        result.last = verdicts
        result.still |= failing(verdicts) & set(group)
        result.worse += [f"after {', '.join(group)}: {' '.join(one)}" for one in sorted(before - passing(verdicts))]
    go_back(watched, machine, result)
    return result


def go_back(watched: Watched, machine: Machine, result: Pasted) -> None:
    """The commands of each way back, the last fix first, and one look at the end."""
    for check in reversed(result.pasted):
        undo = result.catalog.checks[check].fix.undo_shell
        if undo is None:
            continue
        try:
            machine.run(f"{undo}\n{settled(check)}")
            result.undone.append(check)
        except subprocess.SubprocessError as error:
            result.wrong[f"{check}, back"] = f"{error} {getattr(error, 'stderr', '')}"
    result.failing_again = failing(watched.judge(watched.look(machine)))


def can_be_pasted(check: str) -> bool:
    return check not in CANNOT and check.partition(".")[0] not in SHARED


def next_group(verdicts: tuple[Verdict, ...], result: Pasted) -> list[str]:
    """The failing checks that have a shell, can be pasted here and were not; those of FIRST come alone."""
    checks = result.catalog.checks
    todo = [
        check
        for check in sorted(failing(verdicts), key=lambda one: (one not in FIRST, one))
        if check not in result.pasted and can_be_pasted(check) and checks[check].fix.shell is not None
    ]
    return [check for check in todo if check in FIRST] or todo


def settled(check: str) -> str:
    """A service that was told to read its files again does so a moment later, and a new job runs first."""
    if check == "jobs.backups-scheduled":
        return "for second in $(seq 60); do sleep 1; ls /mnt/backup/restic/snapshots/* && break; done; sleep 1"
    return "sleep 1" if check.startswith("sshd.") else ":"


def paste(machine: Machine, check: str, result: Pasted, verdicts: tuple[Verdict, ...]) -> None:
    fix = result.catalog.checks[check].fix
    result.pasted.append(check)
    failed = [one.subject for one in findings(verdicts) if one.check == check and one.state is State.FAIL]
    try:
        for name in subjects_for(scripts_of(fix), failed).lines or (":",):
            machine.run(f"{name}\n{fix.shell}\n{settled(check)}\n{DECISIONS.get(check, ':')}")
            result.said[check] = machine.run(f"{name}\n{fix.verify}") if fix.verify else ""
    except subprocess.SubprocessError as error:
        result.wrong[check] = f"{error} {getattr(error, 'stderr', '')}"


def test_the_shell_and_what_verifies_it_run_to_their_end_and_say_something(pasted: Pasted) -> None:
    assert pasted.wrong == {}
    assert {check for check, said in pasted.said.items() if not said.strip()} == set()


def test_it_says_what_the_fix_promises(pasted: Pasted) -> None:
    missing: dict[str, str] = {}
    for check, said in pasted.said.items():
        for promised in PROMISED.findall(pasted.catalog.checks[check].fix.shows or ""):
            if promised not in said:
                missing[check] = f"{promised!r} is not in {said!r}"
    assert missing == {}


def test_the_check_passes_afterwards(pasted: Pasted) -> None:
    assert len(pasted.pasted) >= 10
    assert pasted.still == set()
    passed = {one.check for one in findings(pasted.last) if one.state is State.PASS}
    assert passed >= set(pasted.pasted)


def test_nothing_else_got_worse(pasted: Pasted) -> None:
    assert pasted.worse == []


def test_the_way_back_leads_back(pasted: Pasted) -> None:
    assert len(pasted.undone) >= 8
    assert {check for check in pasted.undone if check not in pasted.failing_again} <= set(STAYS)


def test_what_still_fails_at_the_end_has_no_shell_or_is_named_with_its_reason(pasted: Pasted) -> None:
    left = {check for check in failing(pasted.last) if pasted.catalog.checks[check].fix.shell is not None}
    assert {check for check in left if can_be_pasted(check)} == set()
    assert {check for check in CANNOT if pasted.catalog.checks[check].fix.shell is None} == set()
