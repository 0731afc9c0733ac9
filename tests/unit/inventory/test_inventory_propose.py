"""What a scan found becomes a proposal, once, and only where the register has nothing of it and the name is plain."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.inventory.propose import Findings, propose
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.site import Agency

AGENCY = {"id": "moj", "name": "Justice", "tier": "standard", "assets": [{"id": "srv", "kind": "linux-server"}]}
MOUNT = {"target": "/srv/deeds", "source": "/dev/sdb1", "fstype": "ext4", "image": False}


def found(facts: dict[str, Any], **declared: Any) -> Findings:
    more = declared.pop("assets", [])
    agency = Agency.model_validate({**AGENCY, "assets": [*AGENCY["assets"], *more], **declared})
    return propose(agency, {"srv": facts}, ["/", "/boot"], "run 1")


def rows(findings: Findings) -> list[dict[str, Any]]:
    return [proposal.item.row for proposal in findings.proposals]


def mounts(*targets: str) -> dict[str, Any]:
    return {"storage": {"filesystems": [{**MOUNT, "target": target} for target in targets]}}


def listening(*ports: int) -> dict[str, Any]:
    return {"sockets": {"listeners": [{"proto": "tcp", "port": port} for port in ports]}}


def test_a_mount_that_nobody_declared_becomes_a_store() -> None:
    findings = found(mounts("/", "/boot", "/srv/deeds"))
    assert rows(findings) == [{"id": "srv-srv-deeds", "asset": "srv", "path": "/srv/deeds"}]
    assert (
        findings.proposals[0].why == "/dev/sdb1 (ext4) is mounted at /srv/deeds, and no store or repository lies there"
    )


@pytest.mark.parametrize(
    "declared",
    [
        {"stores": [{"id": "d", "asset": "srv", "path": "/srv/deeds/"}]},
        {"stores": [{"id": "d", "asset": "srv", "path": "/srv/deeds/scans"}]},
        {"stores": [{"id": "d", "asset": "srv", "path": "/srv"}]},
        {"repositories": [{"id": "r", "tool": "borg", "on": "srv", "path": "/srv/deeds"}]},
        {"assets": [{"id": "e", "kind": "nfs-export", "on": "srv", "path": "/srv/deeds"}]},
    ],
)
def test_what_is_declared_is_not_proposed(declared: dict[str, Any]) -> None:
    assert rows(found(mounts("/srv/deeds"), **declared)) == []


def test_what_is_declared_on_another_machine_says_nothing() -> None:
    other = {
        "assets": [{"id": "other", "kind": "linux-server"}],
        "stores": [{"id": "d", "asset": "other", "path": "/srv"}],
    }
    assert len(rows(found(mounts("/srv/deeds"), **other))) == 1


def test_a_database_that_answers_becomes_an_asset_and_then_its_store_is_asked_for() -> None:
    facts = {**listening(5432), "discovery": {"databases": {"postgresql": ["/var/lib/postgresql/15/main"]}}}
    asset = {"id": "srv-postgresql", "kind": "postgresql", "on": "srv", "path": "/var/lib/postgresql/15/main"}
    assert rows(found(facts)) == [asset]
    store = {"id": "srv-postgresql-data", "asset": "srv-postgresql"}
    assert rows(found(facts, assets=[asset])) == [store]
    assert rows(found(facts, assets=[asset], stores=[store])) == []


def test_of_two_folders_none_is_guessed() -> None:
    facts = {**listening(3306), "discovery": {"databases": {"mysql": ["/var/lib/mysql", "/srv/mysql"]}}}
    assert rows(found(facts)) == [{"id": "srv-mysql", "kind": "mysql", "on": "srv"}]


def test_other_databases_become_stores() -> None:
    [row] = rows(found(listening(27017)))
    assert row == {"id": "srv-port-27017", "asset": "srv", "title": "MongoDB"}
    assert rows(found(listening(27017), stores=[row])) == []


def test_repositories_and_exports() -> None:
    facts = {
        **mounts("/srv/vault"),
        "discovery": {"repositories": {"restic": ["/srv/vault/main"]}, "exports": ["/srv/pub"]},
    }
    assert rows(found(facts)) == [
        {"id": "srv-restic-srv-vault-main", "tool": "restic", "on": "srv", "path": "/srv/vault/main"},
        {"id": "srv-export-srv-pub", "kind": "nfs-export", "on": "srv", "path": "/srv/pub"},
    ]


def test_what_nfs_and_samba_share_is_proposed_once_and_not_where_it_is_declared() -> None:
    shares = [
        {"name": "pub", "path": "/srv/pub"}, {"name": "films", "path": "/srv/films"},
        {"name": "print$", "path": "/var/lib/samba/printers"},
    ]  # fmt: skip
    facts = {"nfs": {"exports": [{"path": "/srv/pub"}, {"path": "/srv/pub"}]}, "samba": {"shares": shares}}
    assert [row["path"] for row in rows(found(facts))] == ["/srv/pub", "/srv/films"]
    assert [one.why for one in found(facts).proposals] == ["NFS exports /srv/pub", "Samba shares /srv/films as films"]
    declared = {"id": "all", "kind": "nfs-export", "on": "srv", "path": "/srv/"}
    assert rows(found(facts, assets=[declared])) == []
    assert len(rows(found(facts, assets=[declared | {"path": "/"}]))) == 2, "one entry for the whole machine"


@pytest.mark.parametrize(
    "target", ["/srv/a b", "/srv/../etc", "/srv/\x1b[31m", "/srv/a: {b", "relative", "/srv/" + "x" * 300]
)
def test_a_name_that_is_not_plain_is_told_and_not_taken(target: str) -> None:
    findings = found(mounts(target))
    assert rows(findings) == []
    assert "not plain" in findings.notes[0]
    assert "\x1b" not in findings.notes[0]


def test_what_could_not_be_seen_is_told() -> None:
    gap = Gap(GapReason.DENIED, "no rights")
    findings = found({"storage": gap, "sockets": {"listeners": gap}, "discovery": {"exports": gap}})
    assert findings.proposals == ()
    assert [note.partition(": no")[0] for note in findings.notes] == [
        "srv: storage.filesystems could not be seen", "srv: sockets.listeners could not be seen",
        "srv: discovery.exports could not be seen",
    ]  # fmt: skip


def test_ids_are_free_and_stay_the_same() -> None:
    facts = mounts("/srv/a-b", "/srv/a.b")
    taken = [{"id": "srv-srv-a-b", "asset": "srv", "path": "/x"}]
    assert [row["id"] for row in rows(found(facts))] == ["srv-srv-a-b", "srv-srv-a-b-2"]
    assert [row["id"] for row in rows(found(facts, stores=taken))] == ["srv-srv-a-b-2", "srv-srv-a-b-3"]
