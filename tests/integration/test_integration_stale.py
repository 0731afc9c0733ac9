"""A mount whose server went silent under backups: a real one, which takes every question and answers none.

Whoever asks it waits in the kernel and cannot even be killed. The machine must answer all else, and in time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.evidence import Transcript
from pepperbird.model.gap import GapReason
from pepperbird.model.verdict import ClauseResult
from pepperbird.scan.judging import evidence_of
from tests.support.machines import Machine, missing
from tests.support.require import lacking, require
from tests.support.samples import ROOT
from tests.support.site_of_machine import Watched

pytestmark = [pytest.mark.slow, pytest.mark.machine]
AGENCY = """\
id: sample
name: Sample Agency
tier: standard
assets:
  - {{id: server, kind: linux-server, access: [{{via: ssh, at: {address}, as: pepperbird}}]}}
stores:
  - {{id: data, asset: server, path: /srv/data, owner: Registrar, class: internal, backed_up_to: [near, far]}}
  - {{id: files, asset: server, path: /mnt/nas/files, owner: Registrar, class: internal, backed_up_to: [near]}}
repositories:
  - {{id: near, tool: files, system: server, on: server, path: /srv/dumps, patterns: ["*.sql.gz"]}}
  - {{id: far, tool: files, system: nas, on: server, path: /mnt/nas/dumps, mount: /mnt/nas, patterns: ["*.sql.gz"]}}
  - {{id: restic, tool: restic, system: nas, on: server, path: /mnt/nas/restic, mount: /mnt/nas, password_file: /p}}
  - {{id: borg, tool: borg, system: nas, on: server, path: /mnt/nas/borg, mount: /mnt/nas}}
  - {{id: pg, tool: pgbackrest, system: nas, on: server, path: /mnt/nas/pg, mount: /mnt/nas, config: /etc/pg.conf}}
  - {{id: man, tool: barman, system: nas, on: server, path: /mnt/nas/man, mount: /mnt/nas}}
  - {{id: rsnap, tool: rsnapshot, system: nas, on: server, path: /mnt/nas/rsnap, mount: /mnt/nas, config: /etc/r.conf}}
  - {{id: tree, tool: rsync, system: nas, on: server, path: /mnt/nas/tree, mount: /mnt/nas, log: /var/log/rsync.log}}
  - {{id: vol, tool: bacula, system: nas, on: server, path: /mnt/nas/vol, mount: /mnt/nas, config: /var/lib/bacula.db}}
"""
CLAUSES = {
    "far": "BR-02.9", "restic": "BR-02.1", "borg": "BR-02.2", "pg": "BR-02.3", "rsnap": "BR-02.4",
    "vol": "BR-02.5", "tree": "BR-02.10", "man": "BR-02.11",
}  # fmt: skip
HANGS = "{} lies on /mnt/nas (fuse.sshfs), which hangs: it did not answer within 5 seconds, so nobody can say what is "
HANGS += "there."
FOLDERS = {"far": "dumps"}
BEGIN = r"""
mkdir -p /srv/dumps /mnt/nas/dumps /mnt/nas/files
printf -- '-- Dump completed\n' | gzip > /srv/dumps/deeds-1.sql.gz; cp /srv/dumps/* /mnt/nas/dumps
mkdir -p /mnt/beside/.ssh /opt/closed/.ssh; cp /etc/ssh/ssh_host_ed25519_key.pub /mnt/beside/.ssh/authorized_keys
cp /mnt/beside/.ssh/authorized_keys /opt/closed/.ssh; chmod 700 /opt/closed
mknod /dev/fuse c 10 229; mount --bind /mnt/nas /mnt/nas
"""


SHELLS = ("dash", "bash", "busybox sh")
SAID: dict[str, str] = {}
"""What the head of the program, run by each shell, said of a path on the mount and of one beside it."""


def by_shell(machine: Machine) -> dict[str, str]:
    head = (ROOT / "collectors/program/head.sh").read_text()
    asked = "; ".join(f"silent '{path}' || echo no" for path in ("/mnt/nas/a b", "/srv/dumps", "/mnt/nasty"))
    asked += "; silent_below /mnt; silent_below /srv; show() { echo at $1; }; beside_silence show"
    machine.run(f"cat > /tmp/head.sh <<'END'\n{head}\n{asked}\nEND")
    machine.run(
        "; ".join(f"{shell} /tmp/head.sh >'/tmp/{shell}' 2>/dev/null &" for shell in SHELLS).replace("&;", "&")
        + " wait"
    )
    return {shell: machine.run(f"cat '/tmp/{shell}'") for shell in SHELLS}


@dataclass
class Told:
    """What one look at the machine said, and how it was judged."""

    said: Transcript
    facts: Mapping[str, Any]
    clauses: Mapping[tuple[str, str], ClauseResult]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Told]]:
    if missing():
        lacking(", ".join(missing()))
    require("gzip")
    if not Path("/dev/fuse").exists():
        lacking("/dev/fuse")
    root = tmp_path_factory.mktemp("stale")
    watched = Watched(root / "site", "10.213.90.2", AGENCY, deep=False)
    machine = Machine("stale", 90, "well-kept.sh", root, watched.public_key, ("/srv/data=32",), watched.rights)

    def look(*only: str) -> Told:
        said = watched.look(machine, only)
        verdicts = watched.judge(said)
        evidence = evidence_of(watched.catalog, watched.plan, [(said.endpoint, said)])
        return Told(
            said,
            evidence.assets["sample/server"].facts,
            {(one.asset, part.clause): part for one in verdicts for part in one.clauses},
        )

    with machine:
        machine.run(BEGIN)
        seen = {"before": look("dumps", "datadirs", "storage", "sshd", "packages")}
        machine.run(f"cat > /root/deaf.py <<'END'\n{(ROOT / 'tests/support/deaf_mount.py').read_text()}\nEND")
        machine.run(
            "umount /mnt/nas; python3 -I /root/deaf.py nas:/backups /mnt/nas fuse.sshfs </dev/null >/dev/null 2>&1 & "
            "echo $! > /root/deaf.pid; until grep -q fuse.sshfs /proc/mounts; do sleep 0.1; done"
        )
        seen["hangs"] = look()
        SAID.update(by_shell(machine))
        machine.run("kill -9 $(cat /root/deaf.pid); sleep 0.2")
        seen["dead"] = look("dumps", "restic", "borg", "storage")
        machine.run("umount -f -l /mnt/nas; rm -r /mnt/nas/*")
        seen["gone"] = look("dumps", "restic", "borg", "storage")
        yield seen


def finding(told: Told, asset: str, clause: str, subject: str = "") -> tuple[str, str]:
    """The state of a clause on an asset, or of one subject of it, and what is said of it."""
    found = [one for one in told.clauses[asset, clause].findings if not subject or one.subject == subject]
    assert len(found) == 1
    return str(found[0].state), found[0].message


def test_before_it_both_folders_of_dumps_are_fresh(told: Mapping[str, Told]) -> None:
    for name in ("near", "far"):
        assert finding(told["before"], name, "BR-02.9")[0] == "pass"


def test_every_repository_on_it_says_that_the_mount_hangs(told: Mapping[str, Told]) -> None:
    seen = told["hangs"]
    for name, clause in CLAUSES.items():
        assert finding(seen, name, clause) == ("error", HANGS.format(f"/mnt/nas/{FOLDERS.get(name, name)}"))
        gap = seen.clauses[name, clause].findings[0].gap
        assert gap is not None and gap.reason is GapReason.PROBE_TIMEOUT
        assert gap.remedy.startswith("see that the server or the disk behind this mount runs")
    room = finding(seen, "server", "DS-12.1", "/mnt/nas")
    assert room == ("error", "It hangs: asked how full it is, it did not answer in time.")
    assert finding(seen, "server", "DS-10.1", "/mnt/nas/files") == ("error", HANGS.format("/mnt/nas/files"))


def test_all_else_of_the_machine_answers_within_its_limits(told: Mapping[str, Told]) -> None:
    seen = told["hangs"]
    assert seen.said.gap is None
    assert [name for name, one in seen.said.probes.items() if one.gap is not None or one.exit_status is None] == []
    assert finding(seen, "near", "BR-02.9")[0] == "pass"
    assert finding(seen, "server", "DS-10.1", "/srv/data") == finding(told["before"], "server", "DS-10.1", "/srv/data")


def test_every_shell_finds_what_hangs_and_goes_on(told: Mapping[str, Told]) -> None:
    assert told["hangs"].said.gap is None
    first = "silent /mnt/nas fuse.sshfs\nno\nno\nsilent /mnt/nas fuse.sshfs\nhangs /mnt/nas fuse.sshfs\n"
    assert {shell: said[: len(first)] for shell, said in SAID.items()} == dict.fromkeys(SHELLS, first)
    [beside] = {said[len(first) :] for said in SAID.values()}
    assert {"at /root", "at /home", "at /opt", "at /mnt/beside"} <= set(beside.splitlines())
    assert not {"at /mnt", "at /mnt/nas", "at /*"} & set(beside.splitlines())


def test_keys_beside_it_are_found_and_it_is_named(told: Mapping[str, Told]) -> None:
    facts = told["hangs"].facts["ssh_keys"]
    files = {row["id"].split()[0] for row in facts["admitted"]}
    assert files == {f"{home}/.ssh/authorized_keys" for home in ("/home/pepperbird", "/mnt/beside", "/opt/closed")}
    assert facts["admitted_beside"] == facts["held_beside"] == ["/mnt/nas (fuse.sshfs), which hangs"]
    assert finding(told["hangs"], "near", "BR-14.2") == (
        "fail",
        "production can delete what is in it by: data stands on the machine of the repository, files stands on the "
        "machine of the repository",
    )  # fmt: skip


def test_a_mount_whose_server_died_is_an_error_too(told: Mapping[str, Told]) -> None:
    for name in ("far", "restic", "borg"):
        state, said = finding(told["dead"], name, CLAUSES[name])
        assert state == "error"
        assert said.startswith(f"/mnt/nas/{FOLDERS.get(name, name)} lies on a mount that is dead: ")
        assert "Transport endpoint is not connected" in said


def test_what_is_not_mounted_is_not_an_empty_repository(told: Mapping[str, Told]) -> None:
    for name in ("far", "restic", "borg"):
        state, said = finding(told["gone"], name, CLAUSES[name])
        assert (state, "is not there: what it lies on is not mounted" in said) == ("error", True), said
    assert finding(told["gone"], "near", "BR-02.9")[0] == "pass"
