"""Backup jobs on a real machine: systemd's timers and cron's tables in every good and bad state, seen as they are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from tests.support.machines import Machine, missing
from tests.support.probed import collected, fix_of, run_probe
from tests.support.require import lacking, require

pytestmark = [pytest.mark.slow, pytest.mark.machine]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if missing():
        lacking(", ".join(missing()))
    require("cron")
    root: Path = tmp_path_factory.mktemp("jobs")
    with Machine("jobs40", 40, "backup-jobs.sh", root, "ssh-ed25519 AAAA nobody") as one:
        for _ in range(100):
            if "Result=success" in one.run(
                "systemctl show -p Result -p ExecMainExitTimestamp script.service good.service"
            ):
                break
            time.sleep(0.1)
        time.sleep(2)
        yield one


def seen(machine: Machine, user: str = "root") -> Any:
    return collected(machine.run, "jobs", user=user)["backups"]


def test_every_job_is_seen_as_it_is(machine: Machine) -> None:
    rows = {row["id"]: (row["scheduled"], row["announced"], row["result"], row["tools"]) for row in seen(machine)}
    assert rows == {
        "good.timer": (True, True, "success", "restic"),
        "silent.timer": (True, False, "success", "restic"),
        "missing-alert.timer": (True, False, "success", "restic"),
        "failed.timer": (True, True, "exit-code", "borg"),
        "hiding.timer": (True, True, "errors are ignored", "borg"),
        "off.timer": (False, True, "never", "restic"),
        "script.timer": (True, True, "success", "pg_dump"),
        "later.timer": (True, True, "never", "restic"),
        "working.timer": (True, True, "running", "restic"),
        "/etc/cron.d/backup:3": (True, True, "unrecorded", "mysqldump"),
        "/etc/cron.d/backup:4": (True, False, "unrecorded", "restic"),
        "/etc/cron.d/backup:5": (False, True, "unrecorded", "restic"),
        "/etc/cron.d/backup:6": (True, True, "unrecorded", "restic"),
        "/etc/cron.d/backup:8": (True, False, "unrecorded", "restic"),
        "/etc/cron.d/backup:10": (True, False, "unrecorded", "restic"),
        "/etc/cron.d/backup.cron:1": (False, False, "unrecorded", "restic"),
        "/etc/cron.daily/nightly": (True, True, "unrecorded", "restic"),
        "/etc/cron.daily/nightly.sh": (False, True, "unrecorded", "restic"),
        "/etc/cron.weekly/not-executable": (False, True, "unrecorded", "restic"),
        "/var/spool/cron/crontabs/root:2": (True, True, "unrecorded", "borg"),
    }


def test_no_password_leaves_the_machine(machine: Machine) -> None:
    for probe in ("timers", "cron", "spool"):
        assert b"hunter2" not in run_probe(machine.run, "jobs", probe).stdout


def test_without_rights_nothing_is_said_and_the_line_that_helps_is_named(machine: Machine) -> None:
    gap = seen(machine, "pepperbird")
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.DENIED
    assert gap.remedy == "pepperbird ALL=(root) NOPASSWD: /bin/grep -r ^ /var/spool/cron"


def test_that_one_line_is_enough_until_a_script_is_closed(machine: Machine) -> None:
    machine.run("echo 'pepperbird ALL=(root) NOPASSWD: /bin/grep -r ^ /var/spool/cron' > /etc/sudoers.d/jobs")
    assert {row["id"] for row in seen(machine, "pepperbird")} == {row["id"] for row in seen(machine)}
    machine.run("echo '0 1 * * * root /root/closed.sh' > /etc/cron.d/closed")
    gap = seen(machine, "pepperbird")
    assert isinstance(gap, Gap)
    assert "/root/closed.sh" in gap.detail
    assert "/etc/cron.d/closed:1" in {row["id"] for row in seen(machine)}
    machine.run("rm /etc/cron.d/closed /etc/sudoers.d/jobs")


def test_cron_that_is_stopped_starts_nothing(machine: Machine) -> None:
    machine.run("systemctl stop cron")
    try:
        assert not any(row["scheduled"] for row in seen(machine) if row["by"] == "cron")
    finally:
        machine.run("systemctl start cron")


def test_the_fix_makes_timers_tell(machine: Machine) -> None:
    machine.run("mv /etc/systemd/system/silent.service /etc/systemd/system/restic.service")
    machine.run("mv /etc/systemd/system/silent.timer /etc/systemd/system/restic.timer; systemctl daemon-reload")
    machine.run(fix_of("jobs.backups-scheduled"))
    [row] = [row for row in seen(machine) if row["id"] == "restic.timer"]
    assert row["scheduled"]
    assert row["announcement"] == "OnFailure=tell-failure@restic.service.service"
