"""Timers and cron entries: what must never pass for a backup that runs, succeeds and is heard of."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.model.gap import GapReason
from pepperbird.observe.parsers.jobs import backup_jobs, cron, spool, timers
from pepperbird.observe.text import Unseen

TIMER = """\
systemd yes
timer Id=b.timer
timer Unit=b.service
timer LoadState=loaded
timer ActiveState=active
timer SubState=waiting
timer UnitFileState=enabled
timer LastTriggerUSec=Tue 2026-11-24 00:10:02 UTC
service Id=b.service
service LoadState=loaded
service ActiveState=inactive
service Result=success
service ExecMainExitTimestamp=Tue 2026-11-24 00:10:03 UTC
service OnFailure=tell.service
alert Id=tell.service
alert LoadState=loaded
command b.service
word restic
word backup
end
"""
CRON = "sees all\ndaemon cron\nsendmail yes\njob /etc/cron.d/b:1\nmailto yes\nword pg_dump\nend\n"

QUIET = TIMER.replace("alert LoadState=loaded\n", "")


def judged(timer: str = "systemd no\nend\n", table: str = "sees all\nsendmail no\nend\n", own: str = "end\n") -> Any:
    inputs = {"timers": timers(timer.encode()), "cron": cron(table.encode()), "spool": spool(own.encode())}
    return backup_jobs(inputs)["rows"]


def test_a_timer_and_an_entry_that_are_as_they_should_be() -> None:
    rows = judged(TIMER, CRON)
    assert [(row["id"], row["scheduled"], row["announced"], row["result"]) for row in rows] == [
        ("/etc/cron.d/b:1", True, True, "unrecorded"),
        ("b.timer", True, True, "success"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("UnitFileState=enabled", "UnitFileState=disabled", "scheduled", False),
        ("UnitFileState=enabled", "UnitFileState=transient", "scheduled", False),
        ("UnitFileState=enabled", "UnitFileState=enabled-runtime", "scheduled", False),
        ("timer ActiveState=active", "timer ActiveState=inactive", "scheduled", False),
        ("SubState=waiting", "SubState=elapsed", "scheduled", False),
        ("service LoadState=loaded", "service LoadState=not-found", "scheduled", False),
        ("alert LoadState=loaded", "alert LoadState=not-found", "announced", False),
        ("OnFailure=tell.service", "OnFailure=", "announced", False),
        ("Result=success", "Result=exit-code", "result", "exit-code"),
        ("Result=success", "Result=", "result", "unknown"),
        ("Tue 2026-11-24 00:10:03 UTC", "", "result", "never"),
        ("Tue 2026-11-24 00:10:02 UTC", "n/a", "result", "never"),
        ("service ActiveState=inactive", "service ActiveState=activating", "result", "running"),
        ("command b.service\n", "command b.service\nignores\n", "result", "errors are ignored"),
    ],
)
def test_what_is_wrong_with_a_timer_is_seen(old: str, new: str, field: str, value: object) -> None:
    assert old in TIMER
    [row] = judged(TIMER.replace(old, new))
    assert row[field] == value


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("daemon cron\n", "", "scheduled"),
        ("mailto yes\n", "mailto yes\nignored\n", "scheduled"),
        ("mailto yes\n", "mailto yes\nreboot\n", "scheduled"),
        ("mailto yes\n", "mailto yes\nsilent\n", "announced"),
        ("mailto yes\n", "mailto no\n", "announced"),
        ("sendmail yes", "sendmail no", "announced"),
    ],
)
def test_what_is_wrong_with_an_entry_of_cron_is_seen(old: str, new: str, field: str) -> None:
    [row] = judged(table=CRON.replace(old, new))
    assert row[field] is False


def test_what_only_keeps_house_is_no_backup() -> None:
    assert judged(TIMER.replace("word backup", "word forget")) == []
    assert judged(TIMER.replace("word restic\nword backup", "word backup\nword mail")) == []
    assert judged(TIMER.replace("UnitFileState=enabled", "UnitFileState=masked")) == []
    assert len(judged(TIMER.replace("word backup\n", ""))) == 1


@pytest.mark.parametrize(
    ("timer", "table", "own", "reason"),
    [
        (TIMER.replace("word restic\nword backup", "hidden /root/x"), CRON, "end\n", GapReason.DENIED),
        (QUIET.replace("word restic", "word restic\nhidden /root/x"), CRON, "end\n", GapReason.DENIED),
        (TIMER, CRON.replace("job", "denied /etc/cron.d/c\njob"), "end\n", GapReason.DENIED),
        (TIMER, CRON.replace("sees all\ndaemon cron", "sees own"), "end\n", GapReason.DENIED),
        (TIMER, CRON.replace("pg_dump", "synoschedtask"), "end\n", GapReason.UNSUPPORTED),
    ],
)  # fmt: skip
def test_what_could_not_be_seen_is_not_guessed(timer: str, table: str, own: str, reason: GapReason) -> None:
    with pytest.raises(Unseen) as caught:
        judged(timer, table, own)
    assert caught.value.gap.reason is reason


@pytest.mark.parametrize(
    "output", ["", "end\n", "systemd perhaps\nend\n", TIMER.replace("end\n", ""), TIMER + "more\n"]
)
def test_an_output_that_is_cut_or_odd_is_refused(output: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        timers(output.encode())
    with pytest.raises(ValueError, match=r"."):
        cron(b"sees all\nodd /etc/crontab:1\nend\n")
