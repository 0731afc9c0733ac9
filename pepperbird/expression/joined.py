"""What is joined over the machines of an agency, as checks read it below `asset`. Types only, no values."""

from __future__ import annotations

from collections.abc import Mapping

from pepperbird.model.fields import FieldSpec


def text(doc: str) -> FieldSpec:
    return FieldSpec(type="string", doc=doc)


def rows(doc: str, fields: dict[str, FieldSpec]) -> FieldSpec:
    return FieldSpec(type="rows", doc=doc, key="id", complete=True, fields={"id": text("its id"), **fields})


def number(doc: str, unit: str = "") -> FieldSpec:
    return FieldSpec(type="int", doc=doc, unit=unit, optional=True)


STRINGS = FieldSpec(type="strings", doc="names in the register")

_WHEN = FieldSpec(type="time", doc="when it ended; absent where there is none", optional=True)
_GOOD = FieldSpec(type="bool", doc="the tool ended well")
_UNPROVED = FieldSpec(type="int", doc="results that claim to be newer, and are not signed by the declared key")
DRILLS: Mapping[str, FieldSpec] = {
    "verified": FieldSpec(
        type="record", doc="for a repository: its verifications that the declared key signed",
        fields={
            "count": FieldSpec(type="int", doc="how many there are"),
            "standing": FieldSpec(type="int", doc="failures of which the same data was not read well since"),
            "unproved": _UNPROVED,
            "newest": _WHEN,
        },
    ),
    "verifications": rows(
        "for a repository: each of these",
        {
            "ended": FieldSpec(type="time", doc="when it ended"),
            "good": _GOOD,
            "covered": FieldSpec(
                type="int", doc="how much of the data it and the newer good ones read together", unit="percent"
            ),
        },
    ),
    "drills": rows(
        "for a data store: the newest restore drill from each repository that it is declared to be backed up to",
        {
            "count": FieldSpec(type="int", doc="drills that the declared key signed"),
            "unproved": _UNPROVED,
            "ended": _WHEN,
            "good": _GOOD,
            "expected": FieldSpec(type="int", doc="files and marks that had to come back"),
            "matched": FieldSpec(type="int", doc="of these those that did and are right"),
            "minutes": number("how long it took for all of the store", "minutes"),
        },
    ),
    "restores": rows(
        "for an agency: each declared service by the newest restore drills of its stores",
        {
            "rto": number("recovery time objective", "minutes"),
            "good": FieldSpec(type="bool", doc="all that had to come back did"),
            "minutes": FieldSpec(type="int", doc="how long all its stores took, one after the other", unit="minutes"),
            "oldest": FieldSpec(type="time", doc="when the oldest of these drills ended"),
            "unproved": _UNPROVED,
        },
    ),
}  # fmt: skip

RECOVERY: Mapping[str, FieldSpec] = {
    "primaries": rows(
        "for a standby of PostgreSQL: the primary of its cluster, as it was seen in the same run",
        {
            "same_timeline": FieldSpec(type="bool", doc="both are on the same timeline"),
            "smaller": FieldSpec(type="strings", doc="the settings in which the standby is smaller, with both values"),
        },
    ),
    "backups": rows(
        "for a database server: each of its stores by its newest restore point in any repository that it names",
        {
            "newest": FieldSpec(type="time", doc="of that; absent where there is none", optional=True),
            "rpo": number("the smallest recovery point objective of the services that use it", "minutes"),
        },
    ),
    "objectives": rows(
        "for a data store that is no database: its newest good restore point, and what its services may lose",
        {
            "newest": FieldSpec(type="time", doc="of that; absent where there is none", optional=True),
            "rpo": FieldSpec(type="int", doc="the smallest recovery point objective of these services", unit="minutes"),
            "services": STRINGS,
            "sources": FieldSpec(type="strings", doc="each repository, what it showed and when it was looked at"),
        },
    ),
    "travels": rows(
        "for a repository: each machine whose stores name it, by the way that its backups take",
        {
            "by": text("local, or the protocol"),
            "verified": FieldSpec(type="bool", doc="the other side is verified, or there is none"),
        },
    ),
    "exercised": rows(
        "for an agency: each declared service by what an exercise claims, and by the drills of its stores",
        {
            "highest": FieldSpec(type="bool", doc="no service of the agency has a higher tier"),
            "claimed": text("the type of exercise that the newest record names, '' for none"),
            "good": FieldSpec(type="int", doc="its stores and repositories whose newest drill brought all back"),
            "ended": FieldSpec(type="time", doc="when the newest of these ended; absent for none", optional=True),
            "unproved": _UNPROVED,
        },
    ),
    "failovers": rows(
        "for an agency: each PostgreSQL server of a service whose failover a record claims, by its remembered timeline",
        {
            "signed": FieldSpec(type="time", doc="when the record was signed"),
            "since": FieldSpec(type="time", doc="since when the timeline is watched"),
            "changed": FieldSpec(type="time", doc="when a new one was seen last; absent for never", optional=True),
        },
    ),
    "vanished_disks": rows(
        "for an agency: each serial number of a disk that scans saw once, and see in none of its servers now",
        {
            "server": text("where it was seen last"),
            "gone": FieldSpec(type="time", doc="when it was missed first"),
            "logged": FieldSpec(type="bool", doc="a signed log of sanitised media has it"),
        },
    ),
    "register_changes": rows(
        "for an agency: each entry that came into or went from its register since the newest version of its plan",
        {
            "how": text("added or removed"),
            "seen": FieldSpec(type="time", doc="when a scan saw that first"),
        },
    ),
}  # fmt: skip

_REPOSITORIES = (
    "restic", "borg", "pgbackrest", "dumps", "rsnapshot", "rsync", "barman", "bacula", "btrfs.snapshots",
    "zfs.snapshots", "lvm.snapshots", "storage", "s3", "aws_backup",
)  # fmt: skip
JOINED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(DRILLS, ("drills",)),
    "guard": ("ssh_keys.admitted", "ssh_keys.held", "ssh_keys.servers", "borg"),
    "mounted": ("storage.filesystems",),
    "copy_systems": _REPOSITORIES,
    "runs": ("restic", "borg", "pgbackrest", "dumps"),
    "copies": _REPOSITORIES,
    "backups": _REPOSITORIES,
    "objectives": _REPOSITORIES,
    "places": ("datadirs.modes", "datadirs.open"),
    "travels": ("storage.mounts", "storage.devices"),
    "exercised": ("drills",),
    "primaries": ("postgresql.cluster", "postgresql.settings"),
    "failovers": ("postgresql.cluster",),
    "register_changes": (),
    "vanished_disks": ("smart.disks",),
    "kept_log": ("kept.logs",),
    "kept_packages": ("kept.packages", "packages.names"),
}
"""The collectors or their probes, of this or of other assets, that stand behind what is joined into `asset`."""
