"""Traps of what watches a server: rules that look as if they did, and answers that are none."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.model.gap import GapReason
from pepperbird.observe.parsers.audit import auditctl
from pepperbird.observe.parsers.clock import chrony, timedatectl
from pepperbird.observe.parsers.integrity import aide
from pepperbird.observe.parsers.log_forwarding import forwarding
from pepperbird.observe.parsers.log_retention import retention
from pepperbird.observe.parsers.verify import verified
from pepperbird.observe.text import Unseen

FIRST = "namespace pid:[4026531836]"


def said(*lines: str) -> bytes:
    return "\n".join([*lines, "end", ""]).encode()


def rsyslog(*lines: str, runs: str = "process rsyslogd 7", file: str = "/etc/rsyslog.d/f.conf") -> Any:
    told = forwarding(said("sees all", runs, *(f"config {file}:{line}" for line in lines)))
    return [(way["secure"], way["lacks"]) for way in told["ways"]]


TLS = 'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name"'


@pytest.mark.parametrize(
    ("lines", "secure"),
    [
        ((f'*.* action(type="omfwd" target="logs" protocol="tcp" {TLS})',), True),
        (('action(type="omfwd" target="logs"', f"  protocol=\"tcp\" {TLS})"), True),
        (('*.* action(type="omrelp" target="logs" tls="on" tls.authmode="name")',), True),
        (('*.* action(type="omrelp" target="logs" tls="on")',), False),
        ((f'*.* action(type="omfwd" target="logs" {TLS})',), False),
        ((f'*.* action(type="omfwd" target="127.0.0.1" protocol="tcp" {TLS})',), False),
        ((f'mail.* action(type="omfwd" target="logs" protocol="tcp" {TLS})',), False),
        ((f'*.*;authpriv.none action(type="omfwd" target="logs" protocol="tcp" {TLS})',), False),
        (("*.* @@logs:6514",), False),
        (("*.* @logs",), False),
        (
            ("$DefaultNetstreamDriver gtls", "$ActionSendStreamDriverMode 1",
             "$ActionSendStreamDriverAuthMode x509/name",
             "*.* @@(o)logs:6514;RSYSLOG_SyslogProtocol23Format"),
            True,
        ),
        (("$DefaultNetstreamDriver gtls", "$ActionSendStreamDriverMode 1", "*.* @@logs:6514"), False),
    ],
)  # fmt: skip
def test_only_a_way_that_takes_logins_and_proves_the_receiver_is_secure(lines: tuple[str, ...], secure: bool) -> None:
    assert [way[0] for way in rsyslog(*lines)] == [secure]


def test_a_rule_in_a_comment_or_in_a_file_that_is_not_read_is_none() -> None:
    rule = f'*.* action(type="omfwd" target="logs" protocol="tcp" {TLS})'
    assert rsyslog("# " + rule) == []
    assert rsyslog(rule, file="/etc/rsyslog.d/f.conf.disabled") == []
    assert rsyslog(rule, runs="process vector 9") == [(False, "rsyslogd does not run"), (True, "")]


@pytest.mark.parametrize("before", ['if $msg contains "x" then {', 'ruleset(name="r") {'])
def test_what_stands_under_a_condition_is_no_answer(before: str) -> None:
    rule = f'action(type="omfwd" target="logs" protocol="tcp" {TLS})'
    with pytest.raises(Unseen) as caught:
        rsyslog(before, rule, "}")
    assert caught.value.gap.reason is GapReason.UNSUPPORTED


def test_journald_is_not_taken_for_the_shipper_whose_name_begins_like_its_own() -> None:
    units = ("unit Id=systemd-journal-upload.service", "unit ActiveState=inactive", "unit SubState=dead")
    assert forwarding(said("sees all", *units))["ways"] == []
    running = ("unit ActiveState=active", "unit SubState=running", "upload http://logs")
    assert [way["secure"] for way in forwarding(said("sees all", *running))["ways"]] == [False]


def test_hidden_processes_are_no_answer() -> None:
    for parse, lines in ((forwarding, ("sees own",)), (chrony, ("sees own", "absent chronyc"))):
        with pytest.raises(Unseen) as caught:
            parse(said(*lines))
        assert caught.value.gap.reason is GapReason.DENIED


STATUS = ("status enabled 1", "status lost 0")


@pytest.mark.parametrize(
    ("rules", "changes"),
    [
        (("-w /srv/data -p wa -k d",), [True]),
        (("-a always,exit -S all -F dir=/srv -F perm=wa -F key=d",), [True]),
        (("-w /srv/data -p r",), [False]),
        (("-a always,exit -F arch=b64 -S all -F dir=/srv -F perm=wa",), [False]),
        (("-a always,exit -S all -F dir=/srv -F perm=wa -F auid>=1000",), [False]),
        (("-a never,task", "-w /srv/data -p wa"), [False]),
        (("-a never,exit -S all -F dir=/srv/data/tmp", "-w /srv/data -p wa"), [False, False]),
        (("-a never,exit -S adjtimex -F auid=-1", "-w /srv/data -p wa"), [True]),
        (("-a always,exclude -F msgtype=PATH", "-w /srv/data -p wa"), [False]),
        (("-w /srv/data -p wa", "-a never,exit -S all -F dir=/srv"), [True, False]),
    ],
)
def test_a_rule_watches_only_where_nothing_narrows_or_overrides_it(rules: tuple[str, ...], changes: list[bool]) -> None:
    told = auditctl(said("sees all", FIRST, *STATUS, *(f"rule {one}" for one in rules)))
    assert [row["changes"] for row in told["watches"]] == changes


def test_a_container_has_no_audit_of_its_own() -> None:
    for line in ("failed Error sending status request (Operation not permitted)", "absent"):
        with pytest.raises(Unseen) as caught:
            auditctl(said("sees all", "namespace pid:[4026532178]", line))
        assert caught.value.gap.reason is GapReason.NO_ATTESTATION
    with pytest.raises(Unseen) as caught:
        auditctl(said("sees all", FIRST, "process auditbeat 7", "absent"))
    assert caught.value.gap.reason is GapReason.UNSUPPORTED


def test_chrony_on_its_own_clock_follows_nobody() -> None:
    line = "tracking 7F7F0101,,10,1795479095.8,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,Normal"
    assert chrony(said("sees all", "process chronyd 7", line))["synchronised"] is False


def test_old_systemd_tells_it_in_its_table() -> None:
    assert timedatectl(said("status NTP enabled=yes", "status NTP synchronized=no")) == {
        "service": True, "synchronised": False,
    }  # fmt: skip


def test_empty_files_of_aide_count_for_nothing() -> None:
    told = aide(
        said("present", "file 1795480453/0/var/log/aide/aide.log", "file 1795480453/20/var/lib/aide/aide.db.gz")
    )
    assert told == {"installed": True, "database": None, "report": None}


def test_aide_of_red_hat_with_its_names_in_place_of_paths() -> None:
    config = ("config @@define DBDIR /var/lib/aide", "config database=file:@@{DBDIR}/aide.db.gz")
    assert aide(said("present", *config, "file 1795480453/900/var/lib/aide/aide.db.gz"))["database"] is not None
    with pytest.raises(Unseen):
        aide(said("present", "config @@define DBDIR /srv", "config database=file:@@{DBDIR}/aide.db.gz"))


def test_what_could_not_be_read_was_not_verified() -> None:
    with pytest.raises(Unseen):
        verified(said("file SM?......    /usr/bin/x", "missing 0", "status 1"))
    with pytest.raises(ValueError):
        verified(said("file error: cannot open Packages database in /var/lib/rpm", "missing 0", "status 1"))
    told = verified(said("file S.5....T.  c /etc/x", "file ..5......  d /usr/share/doc/x", "missing 3", "status 1"))
    assert (told["changed"], told["missing"]) == (["/usr/share/doc/x"], 3)


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (("weekly", "rotate 4", "/var/log/auth.log", "{", "rotate 60", "}"), 420),
        (("weekly", "rotate 4", "/var/log/auth.log {", "daily", "rotate 400", "maxage 30", "}"), 30),
        (("weekly", "rotate 4", "/var/log/*.log {", "monthly", "}"), 120),
        (("weekly", "rotate 4", "/var/log/secure {", "size 1M", "}"), None),
        (("weekly", "rotate 400", "/var/log/other {", "}"), None),
    ],
)
def test_what_rotation_keeps_is_known_only_by_time(lines: tuple[str, ...], days: int | None) -> None:
    told = retention(said("born 1795479689", *(f"rotate /etc/logrotate.conf:{line}" for line in lines)))
    assert told["rotation_days"] == days


def test_an_entry_from_before_the_clock_was_set_has_no_age() -> None:
    with pytest.raises(Unseen):
        retention(said("born 1795479689", "journal-oldest 86400000000"))


@pytest.mark.parametrize(("text", "days"), [("3month 2week", 105), ("90d", 90), ("1year", 365), ("0", None)])
def test_spans_of_systemd(text: str, days: int | None) -> None:
    assert retention(said("born 1795479689", f"journal-retention {text}"))["journal_max_days"] == days
