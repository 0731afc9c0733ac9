"""A real file server kept badly: Samba lets strangers in and is seen to, the fixes shut them out, the checks say so.

The exports of NFS are those that the server would offer once started; that its kernel serves is tested on an emulated
machine (test_integration_shares_nfs.py), for a kernel without nfsd can't.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from pepperbird.inventory.propose import propose
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.state import State
from pepperbird.model.verdict import Finding
from pepperbird.report.fixes import scripts_of, subjects_for
from pepperbird.scan.judging import evidence_of
from tests.support.machines import Machine, missing
from tests.support.probed import collected
from tests.support.require import lacking, require
from tests.support.site_of_machine import Watched

pytestmark = [pytest.mark.slow, pytest.mark.machine]
NUMBER = 50
AGENCY = """\
id: sample
name: Sample Agency
tier: standard
assets:
  - {{id: server, kind: linux-server, access: [{{via: ssh, at: {address}, as: pepperbird}}]}}
  - {{id: pub, kind: nfs-export, on: server, path: /srv/pub}}
  - {{id: deeds, kind: nfs-export, on: server, path: /srv/deeds}}
  - {{id: files, kind: nfs-export, on: server, path: /srv/files}}
  - {{id: gone, kind: nfs-export, on: server, path: /srv/gone}}
stores: [{{id: scans, asset: deeds, path: /srv/deeds, owner: Registrar, class: internal}}]
"""
FIXED = ("nfs.closed", "nfs.synchronous", "samba.server-safe", "samba.share-closed")
GUEST = "smbclient -N //127.0.0.1/{share} -c ls"
SMB1 = "smbclient {who} -m NT1 --option='client min protocol=NT1' --option='client signing=off' //127.0.0.1/files -c ls"
ASKED = ("nfs", "samba", "discovery", "storage", "sockets")
CLERK = "-U clerk%secret"


@dataclass
class Server:
    """The machine, and a site in which it and its shares are declared."""

    watched: Watched
    machine: Machine

    def findings(self) -> list[Finding]:
        verdicts = self.watched.judge(self.watched.look(self.machine))
        return [one for verdict in verdicts for clause in verdict.clauses for one in clause.findings]

    def states(self, *checks: str) -> dict[tuple[str, str, str], State]:
        """By check, asset and subject."""
        found = [one for one in self.findings() if one.check in checks]
        return {(one.check, one.asset, one.subject): one.state for one in found}

    def lets_in(self, command: str) -> bool:
        try:
            self.machine.run(f"timeout 20 {command}")
        except subprocess.CalledProcessError:
            return False
        return True

    def paste(self, check: str, what: str, subjects: list[str]) -> str:
        fix = self.watched.catalog.checks[check].fix
        script = getattr(fix, what)
        said = [
            self.machine.run(f"{line}\n{script}") for line in subjects_for(scripts_of(fix), subjects).lines or (":",)
        ]
        if check.startswith("samba.") and what != "verify":
            self.machine.run("sleep 1.5")
        return "".join(said)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if missing():
        lacking(", ".join(missing()))
    require("smbd", "testparm", "smbclient", "exportfs", "setpriv")
    folder = tmp_path_factory.mktemp("shares")
    watched = Watched(folder / "site", f"10.213.{NUMBER}.2", AGENCY)
    [whole] = watched.plan.endpoints
    asked = replace(whole, probes=tuple(one for one in whole.probes if one.id.partition(".")[0] in ASKED))
    watched.plan = replace(watched.plan, endpoints=(asked,))
    with Machine("shares", NUMBER, "shares.sh", folder / "m", watched.public_key, (), watched.rights) as machine:
        machine.run(
            "printf 'secret\\nsecret\\n' | smbpasswd -s -a clerk; systemctl is-active --wait smbd; exportfs -ra"
        )
        yield Server(watched, machine)


def test_strangers_get_in_and_it_is_seen(server: Server) -> None:
    assert server.lets_in(GUEST.format(share="files")) and server.lets_in(GUEST.format(share="films"))
    assert server.lets_in(SMB1.format(who="-N")) and server.lets_in(SMB1.format(who=CLERK))
    # `10.2.0.5 (ro)`, with a blank, is everybody. What nobody declared is judged with each share that was declared.
    everywhere = {
        ("samba.share-closed", one, "films"): State.FAIL for one in ("pub", "deeds", "files", "gone")
    }  # fmt: skip
    conf = "/etc/samba/smb.conf"
    assert server.states(*FIXED) == everywhere | {
        ("nfs.closed", "pub", "/srv/pub to *"): State.FAIL,
        ("nfs.closed", "deeds", "/srv/deeds to 10.1.0.0/24"): State.PASS,
        ("nfs.closed", "deeds", "/srv/deeds to 10.2.0.5"): State.FAIL,
        ("nfs.closed", "deeds", "/srv/deeds to *"): State.FAIL,
        ("nfs.closed", "files", ""): State.NOT_APPLICABLE,
        ("nfs.closed", "gone", ""): State.NOT_APPLICABLE,
        ("nfs.synchronous", "pub", "/srv/pub to *"): State.FAIL,
        ("nfs.synchronous", "deeds", "/srv/deeds to 10.1.0.0/24"): State.PASS,
        ("nfs.synchronous", "deeds", "/srv/deeds to 10.2.0.5"): State.PASS,
        ("nfs.synchronous", "deeds", "/srv/deeds to *"): State.PASS,
        ("nfs.synchronous", "files", ""): State.NOT_APPLICABLE,
        ("nfs.synchronous", "gone", ""): State.NOT_APPLICABLE,
        ("samba.server-safe", "pub", conf): State.FAIL,
        ("samba.server-safe", "deeds", conf): State.FAIL,
        ("samba.server-safe", "files", conf): State.FAIL,
        ("samba.server-safe", "gone", conf): State.FAIL,
        ("samba.share-closed", "files", "files"): State.FAIL,
    }


def test_what_is_shared_and_not_declared_is_missing_from_the_register(server: Server) -> None:
    register = ("register.exports-declared", "register.shares-declared", "register.share-offered")
    assert server.states(*register) == {
        ("register.exports-declared", "server", "/srv/pub to *"): State.PASS,
        ("register.exports-declared", "server", "/srv/deeds to 10.1.0.0/24"): State.PASS,
        ("register.exports-declared", "server", "/srv/deeds to 10.2.0.5"): State.PASS,
        ("register.exports-declared", "server", "/srv/deeds to *"): State.PASS,
        ("register.shares-declared", "server", "files"): State.PASS,
        ("register.shares-declared", "server", "films"): State.FAIL,
        ("register.share-offered", "pub", ""): State.PASS,
        ("register.share-offered", "deeds", ""): State.PASS,
        ("register.share-offered", "files", ""): State.PASS,
        ("register.share-offered", "gone", ""): State.FAIL,
    }
    seen = server.watched.look(server.machine)
    evidence = evidence_of(server.watched.catalog, server.watched.plan, [(seen.endpoint, seen)])
    facts = {"server": evidence.assets["sample/server"].facts}
    proposed = propose(server.watched.site.agency("sample"), facts, ["/"], "the scan").proposals
    rows = [one.item.row for one in proposed if one.item.row.get("kind") == "nfs-export"]
    assert rows == [{"id": "server-export-srv-films", "kind": "nfs-export", "on": "server", "path": "/srv/films"}]


def test_without_its_rights_it_is_an_error_that_names_them(server: Server) -> None:
    server.machine.run("mv /etc/sudoers.d/pepperbird /root/rights; chmod 600 /etc/exports")
    try:
        found = [one for one in server.findings() if one.check in (*FIXED, "register.shares-declared")]
    finally:
        server.machine.run("mv /root/rights /etc/sudoers.d/pepperbird; chmod 644 /etc/exports")
    assert {one.state for one in found} == {State.ERROR}
    remedies = {one.check: one.gap.remedy for one in found if one.gap is not None}
    assert remedies["nfs.closed"] == "pepperbird ALL=(root) NOPASSWD: /bin/cat /etc/exports"
    usershares = "pepperbird ALL=(root) NOPASSWD: /bin/grep -r ^ /var/lib/samba/usershares"
    assert remedies["samba.share-closed"] == usershares
    assert remedies.keys() == {*FIXED, "register.shares-declared"}


def test_what_only_root_may_read_is_read_with_the_declared_rights(server: Server) -> None:
    open_before = server.states(*FIXED)
    server.machine.run("chmod 600 /etc/exports /etc/samba/smb.conf; systemctl reload smbd; sleep 1")
    try:
        assert server.states(*FIXED) == open_before
    finally:
        server.machine.run("chmod 644 /etc/exports /etc/samba/smb.conf; systemctl reload smbd; sleep 1")


def test_a_file_that_smbd_has_not_read_is_not_judged(server: Server) -> None:
    conf = "/etc/samba/smb.conf"
    server.machine.run(
        f"cp {conf} /root/smb.conf; sleep 1.2; sed -i 's/^\\[global\\]/&\\n   server signing = mandatory/' {conf}"
    )
    try:
        assert server.lets_in(SMB1.format(who=CLERK)), "smbd goes on without signing"
        unread = collected(server.machine.run, "samba", user="pepperbird")["servers"]
        assert isinstance(unread, Gap) and unread.reason is GapReason.UNSUPPORTED
        assert conf in unread.detail and "reload smbd" in unread.remedy
        server.machine.run("sleep 1.2; systemctl reload smbd; sleep 1.2")
        assert not server.lets_in(SMB1.format(who=CLERK)), "a session that is not signed"
        assert collected(server.machine.run, "samba")["servers"][0]["signing"] == "required"
    finally:
        server.machine.run(f"cat /root/smb.conf > {conf}; sleep 1.2; systemctl restart smbd; sleep 1")
    assert server.lets_in(SMB1.format(who=CLERK))


def test_the_fixes_shut_strangers_out_and_lead_back(server: Server) -> None:
    before = server.states(*FIXED)
    for check in FIXED:
        subjects = sorted(
            {subject for name, _, subject in before if name == check and before[name, _, subject] is State.FAIL}
        )
        server.paste(check, "shell", subjects)
        assert server.paste(check, "verify", subjects).strip()
    after = server.states(*FIXED)
    assert {state for key, state in after.items() if key[2]} == {State.PASS}
    assert ("nfs.closed", "deeds", "/srv/deeds to 192.0.2.0/24") in after
    assert not server.lets_in(GUEST.format(share="files")) and not server.lets_in(GUEST.format(share="films"))
    assert not server.lets_in(SMB1.format(who=CLERK))
    assert server.lets_in(f"smbclient {CLERK} -m SMB3 //127.0.0.1/files -c ls")
    assert not server.lets_in(f"smbclient {CLERK} -m SMB2_10 //127.0.0.1/files -c ls")
    for check in reversed(FIXED):
        server.paste(check, "undo_shell", [])
    assert server.states(*FIXED) == before
    assert server.lets_in(GUEST.format(share="films"))


OTHER = "smbd -D -s /etc/other.conf; sleep 1"
END_OTHER = "kill $(cat /run/samba/smbd-other.conf.pid 2>/dev/null || cat /run/samba/smbd.pid); sleep 1"


def test_the_file_that_smbd_was_started_with_is_judged_and_not_another(server: Server) -> None:
    server.machine.run(
        "systemctl stop smbd; sed 's/files/other/; s/public = yes/public = no/' /etc/samba/smb.conf > /etc/other.conf;"
        f"rm /var/lib/samba/usershares/films; chmod 600 /etc/other.conf; {OTHER}"
    )
    facts = collected(server.machine.run, "samba")
    assert [(one["name"], one["guest"]) for one in facts["shares"]] == [("other", False)]
    closed = collected(server.machine.run, "samba", user="pepperbird")["shares"]
    assert isinstance(closed, Gap) and closed.reason is GapReason.DENIED
    assert "/etc/other.conf" in closed.detail and "chmod a+r /etc/other.conf" in closed.remedy
    server.machine.run(
        "printf '[global]\\ninclude = /etc/%%m.conf\\n' >> /etc/other.conf; chmod 644 /etc/other.conf;"
        f"{END_OTHER}; {OTHER}"
    )
    varies = collected(server.machine.run, "samba", user="pepperbird")["shares"]
    assert isinstance(varies, Gap) and "/etc/%m.conf" in varies.detail
    server.machine.run(END_OTHER)


def test_a_server_that_shares_nothing_is_no_question(server: Server) -> None:
    server.machine.run("systemctl disable -q --now smbd; : > /etc/exports; systemctl reset-failed smbd || true")
    assert collected(server.machine.run, "samba") == {"running": False, "servers": [], "shares": []}
    assert {state for key, state in server.states(*FIXED).items()} == {State.NOT_APPLICABLE}
    assert server.states("register.share-offered") == {
        ("register.share-offered", one, ""): State.FAIL for one in ("pub", "deeds", "files", "gone")
    }
