"""What checks may read besides facts: the judged asset, its agency, and the remembered past. Types only, no values."""

from __future__ import annotations

from collections.abc import Mapping

from pepperbird.model.collector import Collector
from pepperbird.model.fields import FieldSpec


def _text(doc: str) -> FieldSpec:
    return FieldSpec(type="string", doc=doc)


def _rows(doc: str, fields: dict[str, FieldSpec]) -> FieldSpec:
    return FieldSpec(type="rows", doc=doc, key="id", complete=True, fields={"id": _text("its id"), **fields})


def _number(doc: str, unit: str = "") -> FieldSpec:
    return FieldSpec(type="int", doc=doc, unit=unit, optional=True)


_STRINGS = FieldSpec(type="strings", doc="names in the register")

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
    "verifications": _rows(
        "for a repository: each of these",
        {
            "ended": FieldSpec(type="time", doc="when it ended"),
            "good": _GOOD,
            "covered": FieldSpec(
                type="int", doc="how much of the data it and the newer good ones read together", unit="percent"
            ),
        },
    ),
    "drills": _rows(
        "for a data store: the newest restore drill from each repository that it is declared to be backed up to",
        {
            "count": FieldSpec(type="int", doc="drills that the declared key signed"),
            "unproved": _UNPROVED,
            "ended": _WHEN,
            "good": _GOOD,
            "expected": FieldSpec(type="int", doc="files and marks that had to come back"),
            "matched": FieldSpec(type="int", doc="of these those that did and are right"),
            "minutes": _number("how long it took for all of the store", "minutes"),
        },
    ),
    "restores": _rows(
        "for an agency: each declared service by the newest restore drills of its stores",
        {
            "rto": _number("recovery time objective", "minutes"),
            "good": FieldSpec(type="bool", doc="all that had to come back did"),
            "minutes": FieldSpec(type="int", doc="how long all its stores took, one after the other", unit="minutes"),
            "oldest": FieldSpec(type="time", doc="when the oldest of these drills ended"),
            "unproved": _UNPROVED,
        },
    ),
}  # fmt: skip

RECOVERY: Mapping[str, FieldSpec] = {
    "primaries": _rows(
        "for a standby of PostgreSQL: the primary of its cluster, as it was seen in the same run",
        {
            "same_timeline": FieldSpec(type="bool", doc="both are on the same timeline"),
            "smaller": FieldSpec(type="strings", doc="the settings in which the standby is smaller, with both values"),
        },
    ),
    "backups": _rows(
        "for a database server: each of its stores by its newest restore point in any repository that it names",
        {
            "newest": FieldSpec(type="time", doc="of that; absent where there is none", optional=True),
            "rpo": _number("the smallest recovery point objective of the services that use it", "minutes"),
        },
    ),
    "exercised": _rows(
        "for an agency: each declared service by what an exercise claims, and by the drills of its stores",
        {
            "highest": FieldSpec(type="bool", doc="no service of the agency has a higher tier"),
            "claimed": _text("the type of exercise that the newest record names, '' for none"),
            "good": FieldSpec(type="int", doc="its stores and repositories whose newest drill brought all back"),
            "ended": FieldSpec(type="time", doc="when the newest of these ended; absent for none", optional=True),
            "unproved": _UNPROVED,
        },
    ),
    "failovers": _rows(
        "for an agency: each PostgreSQL server of a service whose failover a record claims, by its remembered timeline",
        {
            "signed": FieldSpec(type="time", doc="when the record was signed"),
            "since": FieldSpec(type="time", doc="since when the timeline is watched"),
            "changed": FieldSpec(type="time", doc="when a new one was seen last; absent for never", optional=True),
        },
    ),
    "register_changes": _rows(
        "for an agency: each entry that came into or went from its register since the newest version of its plan",
        {
            "how": _text("added or removed"),
            "seen": FieldSpec(type="time", doc="when a scan saw that first"),
        },
    ),
}  # fmt: skip

ASSET: Mapping[str, FieldSpec] = {
    **{
        name: _text(f"{name} as declared, '' where it is not")
        for name in (
            "id", "kind", "tier", "title", "tool", "path", "site", "country", "classification", "owner", "media",
            "system", "schedule", "retention", "mount", "database",
            "bucket", "vault", "purpose", "directory", "host", "drills_key", "drills_on",
        )
    },
    "on_kind": _text("kind of the asset a store or repository stands on, '' where not declared"),
    "registered": FieldSpec(type="bool", doc="false for what was discovered and nobody declared"),
    "public": _STRINGS,
    "stores": _STRINGS,
    "backed_up_to": _STRINGS,
    "backup_as": _STRINGS,
    **{
        name: _text(f"{name.removesuffix('_path')} as declared: {word}, '' where it is not")
        for field in ("logs_to", "packages_to")
        for name, word in ((field, "the server"), (f"{field}_path", "the path there"))
    },
    "kept_log": FieldSpec(
        type="record", doc="for a server: what was seen of its log on the server that it is declared to be sent to",
        fields={
            "files": FieldSpec(type="int", doc="files with something in them, those put aside by rotation left out"),
            "silent": FieldSpec(
                type="int", doc="since the newest was written to, by that server's clock", unit="seconds", optional=True
            ),
        },
    ),
    "kept_packages": FieldSpec(
        type="record", doc="for a server: the list of its packages as it is kept on another server, against its own",
        fields={
            "installed": FieldSpec(type="int", doc="packages that are installed"),
            "listed": FieldSpec(type="int", doc="packages in the list"),
            "differing": FieldSpec(type="int", doc="installed and not in the list, or in the list and not installed"),
        },
    ),
    **DRILLS,
    **RECOVERY,
    "copies": _rows(
        "for a data store: what was seen of it in each repository that it is declared to be backed up to",
        {
            **{name: _text(f"{name} of the repository") for name in ("tool", "site", "media", "system", "bucket")},
            "bucket_newest": FieldSpec(
                type="time", doc="when the newest object of its bucket was written; absent where none is", optional=True
            ),
            "newest_mode": _text("how that object is locked: GOVERNANCE, COMPLIANCE, '' for not at all"),
            "newest_locked_until": FieldSpec(type="time", doc="until when it is locked", optional=True),
            "vault": _text("its vault of AWS Backup, '' where it is none"),
            "vault_locked": FieldSpec(type="bool", doc="the vault has a lock"),
            "vault_air_gapped": FieldSpec(type="bool", doc="the vault is logically air-gapped"),
            "vault_lock_date": FieldSpec(
                type="time", doc="from when on nobody can lift the lock; absent where somebody can", optional=True
            ),
            "vault_min_days": _number("how long its lock keeps a restore point at least", "days"),
            "copied": FieldSpec(
                type="time", doc="of the newest restore point copied to the vault from another region", optional=True
            ),
            "protected": FieldSpec(type="time", doc="when AWS Backup backed the store up last", optional=True),
            "restored": FieldSpec(type="time", doc="when its newest restore by AWS Backup ended", optional=True),
            "restored_good": FieldSpec(type="bool", doc="that restore ended well"),
            "restored_checked": _text("what the validation of what came back said, '' where there was none"),
            "count": FieldSpec(type="int", doc="restore points of that very store"),
            "beside": FieldSpec(type="bool", doc="snapshots on the machine of the store itself: no copy of it"),
            "held": FieldSpec(
                type="time", doc="of the newest of them that ZFS holds; absent where none is held", optional=True
            ),
            "newest": FieldSpec(type="time", doc="of the newest of them; absent where there is none", optional=True),
            "host": _text("the machine on which it was seen, '' where the register names none"),
            "seen_at": _text("when that machine was asked, '' where it was not"),
            "guard": _text("what keeps the repository from being deleted, '' where nothing does"),
            "loose": FieldSpec(type="strings", doc="ways for production to delete it"),
            "unproved": FieldSpec(type="strings", doc="ways in that could be production's: nobody says whose they are"),
            "shares_disk": FieldSpec(type="bool", doc="it lies on the disk of the store itself: it is no second copy"),
            "distance_km": FieldSpec(
                type="double", doc="from the place of the store; absent where a place lacks its coordinates",
                unit="km", optional=True,
            ),
        },
    ),
    "copy_systems": _rows(
        "for a data store: the storage systems that its repositories are declared to lie on",
        {
            "newest": FieldSpec(
                type="time", doc="of the newest restore point of that very store there; absent where there is none",
                optional=True,
            ),
            "apart": FieldSpec(type="bool", doc="it is not the disk of the store itself"),
        },
    ),
    "runs": _rows(
        "for a repository: its groups of restore points against the declared schedule",
        {
            "count": FieldSpec(type="int", doc="restore points"),
            "every_hours": FieldSpec(type="int", doc="time between two runs", unit="hours"),
            "newest": FieldSpec(type="time", doc="of the newest; absent where there is none", optional=True),
            "slots": FieldSpec(type="ints", doc="the runs, counted back from the scan, that left a restore point"),
            "reach": FieldSpec(type="int", doc="how many runs back can be looked at: all are kept for so long"),
        },
    ),
    "administrators": _STRINGS,
    "mounted": FieldSpec(type="bool", doc="what it declares as `mount` is mounted there, or it declares none"),
    "guard": FieldSpec(
        type="record", doc="for a repository: whether those who administer production could delete what it holds",
        fields={
            "how": _text("what keeps it from being deleted, '' where nothing does"),
            "loose": FieldSpec(type="strings", doc="ways for production to delete it"),
            "unproved": FieldSpec(type="strings", doc="ways in that could be production's: nobody says whose they are"),
        },
    ),
    "holds": _rows(
        "for a repository: the data stores that name it as where they are backed up to",
        {"host": _text("the machine it stands on"), "directory": _text("the directory of that machine")},
    ),
    "leaves_site": FieldSpec(
        type="bool", doc="for a repository: false where it is declared to stand at the place of all its stores"
    ),
    "keep_days": FieldSpec(type="int", doc="for how many days all restore points are kept, 0 where not declared"),
}  # fmt: skip

_REPOSITORIES = (
    "restic", "borg", "pgbackrest", "dumps", "rsnapshot", "rsync", "barman", "bacula", "btrfs.snapshots",
    "zfs.snapshots", "storage", "s3", "aws_backup",
)  # fmt: skip
JOINED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(DRILLS, ("drills",)),
    "guard": ("ssh_keys.admitted", "ssh_keys.held", "ssh_keys.servers", "borg"),
    "mounted": ("storage.filesystems",),
    "copy_systems": ("restic", "borg", "pgbackrest", "dumps", "storage"),
    "runs": ("restic", "borg", "pgbackrest", "dumps"),
    "copies": _REPOSITORIES,
    "backups": _REPOSITORIES,
    "exercised": ("drills",),
    "primaries": ("postgresql.cluster", "postgresql.settings"),
    "failovers": ("postgresql.cluster",),
    "register_changes": (),
    "kept_log": ("kept.logs",),
    "kept_packages": ("kept.packages", "packages.names"),
}
"""The collectors or their probes, of this or of other assets, that stand behind what is joined into `asset`."""

AGENCY: Mapping[str, FieldSpec] = {
    "id": _text("its id"),
    "name": _text("its name"),
    "tier": _text("its tier"),
    "assets": _rows("declared assets", {name: _text(name) for name in ("kind", "host", "path", "site", "tool")}),
    "stores": _rows(
        "declared data stores",
        {
            **{
                n: _text(n)
                for n in (
                    "asset",
                    "host",
                    "path",
                    "database",
                    "bucket",
                    "purpose",
                    "classification",
                    "owner",
                    "tier",
                    "retention",
                )
            },
            "backed_up_to": _STRINGS,
            "published": FieldSpec(type="time", doc="when it was last approved as open data", optional=True),
        },
    ),
    "repositories": _rows(
        "declared backup repositories",
        {
            name: _text(name)
            for name in ("tool", "asset", "host", "path", "bucket", "site", "country", "media", "system")
        },
    ),
    "services": _rows(
        "declared services",
        {
            "title": _text("title"),
            "tier": _text("tier"),
            "stores": _STRINGS,
            "rto": _number("recovery time objective", "minutes"),
            "rpo": _number("recovery point objective", "minutes"),
        },
    ),
    "places": _rows(
        "declared places",
        {
            "country": _text("country code"),
            "role": _text("primary, alternate or other"),
            "lat": FieldSpec(type="double", doc="latitude", unit="degrees", optional=True),
            "lon": FieldSpec(type="double", doc="longitude", unit="degrees", optional=True),
        },
    ),
}

_FIRST_SEEN = {"first_seen": FieldSpec(type="time", doc="when a run saw it first")}
_SAMPLES = {
    "count": FieldSpec(type="int", doc="samples kept, at most one a day"),
    "days": FieldSpec(type="int", doc="days between the first and the last sample", unit="days"),
    "days_left": FieldSpec(type="int", doc="days until the trend reaches zero, at most 36500", unit="days"),
}
_CHANGES = {
    "since": FieldSpec(type="time", doc="since when it is watched"),
    "count": FieldSpec(type="int", doc="how often it was seen to be another than before, at most 20"),
    "changed": FieldSpec(type="time", doc="when that was seen last; absent where it never was", optional=True),
}
_TRACKS = {"first_seen": _FIRST_SEEN, "samples": _SAMPLES, "changes": _CHANGES}


def history_of(collectors: Mapping[str, Collector]) -> dict[str, FieldSpec]:
    """`history.<namespace>.<field>[key]`: one table per tracked field of the collectors."""
    history: dict[str, FieldSpec] = {}
    for collector in collectors.values():
        tables = {
            name: FieldSpec(
                type="table",
                doc=f"the remembered past of {collector.id}.{name}, by its key",
                fields=_TRACKS[spec.track],
            )
            for name, spec in collector.facts.items()
            if spec.track is not None
        }
        if tables:
            history[collector.id] = FieldSpec(type="record", doc=f"of {collector.id}", fields=tables)
    return history
