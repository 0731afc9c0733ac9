"""The exported script and playbook on a real, badly kept machine: looking changes nothing; they heal what they say."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pepperbird.model.plan import PARTIAL
from pepperbird.model.run import Digests, Run
from pepperbird.model.state import State
from pepperbird.model.verdict import Verdict
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.render import render
from pepperbird.report.scripts import Scripts, scripts
from pepperbird.scan.clock import now
from tests.support.machines import Machine, missing
from tests.support.require import lacking, oracle
from tests.support.site_of_machine import Watched

pytestmark = [pytest.mark.slow, pytest.mark.machine]
NUMBER = 85
BY_ANSIBLE = ("sshd.empty-passwords", "sshd.password-login", "storage.usb-blocked", "datadirs.nothing-open")
BY_SHELL = ("sshd.root-login", "sshd.keyboard-interactive", "sshd.algorithms")
# Not all of /srv: below it the machine sees what others do on the computer that it runs on.
LOOK = "find /etc /root /srv/data -xdev ! -path '/etc/.*' -printf '%p %m %s %T@\\n' | sort"


@dataclass
class Kept:
    """The machine with what was exported for it after the first look."""

    watched: Watched
    machine: Machine
    folder: Path
    exported: Scripts

    def number(self, check: str) -> str:
        (job,) = [job for job in self.exported.hosts[0].jobs if job.check == check]
        return str(job.number)

    def failing(self) -> set[str]:
        return failing(self.watched.judge(self.watched.look(self.machine)))

    def sh(self, *arguments: str) -> str:
        return self.machine.run(f"sh /run/fixes.sh {' '.join(arguments)}")

    def ansible(self, *arguments: str) -> str:
        environment = {**os.environ, "ANSIBLE_HOME": str(self.folder / "ansible"), "ANSIBLE_NOCOLOR": "1",
                       "ANSIBLE_HOST_KEY_CHECKING": "true"}  # fmt: skip
        done = subprocess.run(
            [oracle("ansible-playbook"), "-i", self.folder / "hosts.ini", self.folder / "fixes.yml", *arguments],
            capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        return done.stdout


def failing(verdicts: tuple[Verdict, ...]) -> set[str]:
    return {
        one.check for verdict in verdicts for clause in verdict.clauses for one in clause.findings
        if one.state is State.FAIL
    }  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    if missing():
        lacking(", ".join(missing()))
    oracle("ansible-playbook")
    folder = tmp_path_factory.mktemp("exported")
    watched = Watched(folder / "site", f"10.213.{NUMBER}.2")
    rights = watched.rights + "pepperbird ALL=(ALL) NOPASSWD: ALL\n"  # Ansible becomes root by it; a scan does not
    disks = ["/srv/data=16"]
    with Machine("exported", NUMBER, "badly-kept.sh", folder / "m", watched.public_key, disks, rights) as machine:
        machine.run("mount -t tmpfs tmpfs /root; mkdir -p /srv/data/x; chmod 777 /srv/data")
        verdicts = watched.judge(watched.look(machine))
        digests = Digests(*("sha256:0",) * 5)
        plan = watched.plan
        run = Run("20261127T000000Z-0001", now(), now(), PARTIAL, digests, plan, {}, verdicts, (), {}, None)
        for form, file in (("ansible", "fixes.yml"), ("shell", "fixes.sh")):
            (folder / file).write_bytes(render(run, watched.catalog, watched.site, None, form))
        pid = (folder / "m" / "exported" / "pid").read_text().strip()
        inside = ["nsenter", "-t", pid, "-a", "-r", "-w", "/bin/sh", "-c", "cat > /run/fixes.sh"]
        subprocess.run(inside, input=(folder / "fixes.sh").read_bytes(), check=True, timeout=60)
        (folder / "hosts.ini").write_text(
            f"server ansible_host={machine.address} ansible_user=pepperbird "
            f"ansible_python_interpreter=/usr/bin/python3 ansible_ssh_private_key_file={watched.folder / 'key'} "
            f"ansible_ssh_common_args='-o UserKnownHostsFile={watched.folder / 'known_hosts'}'\n"
        )
        facts = AgencyFacts(run, watched.catalog, watched.site, "sample")
        yield Kept(watched, machine, folder, scripts(facts))


def test_what_they_are_to_heal_is_ill(kept: Kept) -> None:
    assert set(BY_ANSIBLE) | set(BY_SHELL) <= kept.failing()


def test_looking_changes_nothing(kept: Kept) -> None:
    before = kept.machine.run(LOOK)
    numbers = [str(job.number) for job in kept.exported.hosts[0].jobs]
    listed = kept.sh("server", "list")
    assert all(f"{number}. " in listed for number in numbers)
    assert "PermitRootLogin" in kept.sh("server", "show", *numbers)
    shown = kept.ansible("--check", "--tags", ",".join(f"fix-{number}" for number in numbers))
    assert "changed=0" in shown and "PermitRootLogin" in shown
    assert sorted(set(kept.machine.run(LOOK).splitlines()) ^ set(before.splitlines())) == []


def test_the_playbook_heals_what_it_is_asked_to(kept: Kept) -> None:
    said = kept.ansible("--tags", ",".join(f"fix-{kept.number(check)}" for check in BY_ANSIBLE))
    assert "failed=0" in said
    still = kept.failing()
    assert set(BY_ANSIBLE) & still == set()
    assert set(BY_SHELL) <= still


def test_the_script_heals_the_others(kept: Kept) -> None:
    said = kept.sh("server", "apply", *(kept.number(check) for check in BY_SHELL))
    assert "permitrootlogin no" in said
    kept.machine.run("sleep 1")
    assert set(BY_SHELL) & kept.failing() == set()


def test_the_way_back_leads_back(kept: Kept) -> None:
    kept.sh("server", "undo", kept.number("sshd.root-login"))
    kept.machine.run("sleep 1")
    assert "sshd.root-login" in kept.failing()
