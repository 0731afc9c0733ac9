"""What checks may read besides facts: the judged asset, its agency, and the remembered past. Types only, no values."""

from __future__ import annotations

from collections.abc import Mapping

from pepperbird.expression.joined import DRILLS, RECOVERY, STRINGS, number, rows, text
from pepperbird.model.collector import Collector
from pepperbird.model.fields import FieldSpec

ASSET: Mapping[str, FieldSpec] = {
    **{
        name: text(f"{name} as declared, '' where it is not")
        for name in (
            "id", "kind", "tier", "title", "tool", "path", "site", "country", "classification", "owner", "media",
            "system", "schedule", "retention", "mount", "database",
            "bucket", "vault", "purpose", "directory", "host", "drills_key", "drills_on",
        )
    },
    "on_kind": text("kind of the asset a store or repository stands on, '' where not declared"),
    "via": text("by which way it is asked: ssh, local, kit, ...; '' for what is not asked itself"),
    "registered": FieldSpec(type="bool", doc="false for what was discovered and nobody declared"),
    "public": STRINGS,
    "stores": STRINGS,
    "backed_up_to": STRINGS,
    "backup_as": STRINGS,
    **{
        name: text(f"{name.removesuffix('_path')} as declared: {word}, '' where it is not")
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
    "places": rows(
        "for a Linux server: each place where its register says that data lies, by path, or by the store without one",
        {
            **{
                name: text(doc)
                for name, doc in (
                    ("mode", "four octal digits"),
                    ("owner", "the account that owns it"),
                    ("owner_kind", "root, service, person or none"),
                    ("group", "its group"),
                )
            },
            "open_below": FieldSpec(type="strings", doc="directories below that everyone may write to"),
            "not_entered": FieldSpec(type="strings", doc="what lies below and was not looked into"),
        },
    ),
    **DRILLS,
    **RECOVERY,
    "copies": rows(
        "for a data store: what was seen of it in each repository that it is declared to be backed up to",
        {
            **{name: text(f"{name} of the repository") for name in ("tool", "site", "media", "system", "bucket")},
            "bucket_newest": FieldSpec(
                type="time", doc="when the newest object of its bucket was written; absent where none is", optional=True
            ),
            "newest_mode": text("how that object is locked: GOVERNANCE, COMPLIANCE, '' for not at all"),
            "newest_locked_until": FieldSpec(type="time", doc="until when it is locked", optional=True),
            "vault": text("its vault of AWS Backup, '' where it is none"),
            "vault_locked": FieldSpec(type="bool", doc="the vault has a lock"),
            "vault_air_gapped": FieldSpec(type="bool", doc="the vault is logically air-gapped"),
            "vault_lock_date": FieldSpec(
                type="time", doc="from when on nobody can lift the lock; absent where somebody can", optional=True
            ),
            "vault_min_days": number("how long its lock keeps a restore point at least", "days"),
            "copied": FieldSpec(
                type="time", doc="of the newest restore point copied to the vault from another region", optional=True
            ),
            "protected": FieldSpec(type="time", doc="when AWS Backup backed the store up last", optional=True),
            "restored": FieldSpec(type="time", doc="when its newest restore by AWS Backup ended", optional=True),
            "restored_good": FieldSpec(type="bool", doc="that restore ended well"),
            "restored_checked": text("what the validation of what came back said, '' where there was none"),
            "count": FieldSpec(type="int", doc="restore points of that very store"),
            "beside": FieldSpec(type="bool", doc="snapshots on the disks of what they are of: no copy of it"),
            "held": FieldSpec(
                type="time", doc="of the newest of them that ZFS holds; absent where none is held", optional=True
            ),
            "newest": FieldSpec(type="time", doc="of the newest of them; absent where there is none", optional=True),
            "host": text("the machine on which it was seen, '' where the register names none"),
            "seen_at": text("when that machine was asked, '' where it was not"),
            "guard": text("what keeps the repository from being deleted, '' where nothing does"),
            "loose": FieldSpec(type="strings", doc="ways for production to delete it"),
            "unproved": FieldSpec(type="strings", doc="ways in that could be production's: nobody says whose they are"),
            "shares_disk": FieldSpec(type="bool", doc="it lies on the disk of the store itself: it is no second copy"),
            "distance_km": FieldSpec(
                type="double", doc="from the place of the store; absent where a place lacks its coordinates",
                unit="km", optional=True,
            ),
        },
    ),
    "copy_systems": rows(
        "for a data store: the storage systems that its repositories are declared to lie on",
        {
            "newest": FieldSpec(
                type="time", doc="of the newest restore point of that very store there; absent where there is none",
                optional=True,
            ),
            "apart": FieldSpec(type="bool", doc="it is not the disk of the store itself"),
        },
    ),
    "runs": rows(
        "for a repository: its groups of restore points against the declared schedule",
        {
            "count": FieldSpec(type="int", doc="restore points"),
            "every_hours": FieldSpec(type="int", doc="time between two runs", unit="hours"),
            "newest": FieldSpec(type="time", doc="of the newest; absent where there is none", optional=True),
            "slots": FieldSpec(type="ints", doc="the runs, counted back from the scan, that left a restore point"),
            "reach": FieldSpec(type="int", doc="how many runs back can be looked at: all are kept for so long"),
        },
    ),
    "administrators": STRINGS,
    "mounted": FieldSpec(type="bool", doc="what it declares as `mount` is mounted there, or it declares none"),
    "guard": FieldSpec(
        type="record", doc="for a repository: whether those who administer production could delete what it holds",
        fields={
            "how": text("what keeps it from being deleted, '' where nothing does"),
            "loose": FieldSpec(type="strings", doc="ways for production to delete it"),
            "unproved": FieldSpec(type="strings", doc="ways in that could be production's: nobody says whose they are"),
        },
    ),
    "holds": rows(
        "for a repository: the data stores that name it as where they are backed up to",
        {"host": text("the machine it stands on"), "directory": text("the directory of that machine")},
    ),
    "leaves_site": FieldSpec(
        type="bool", doc="for a repository: false where it is declared to stand at the place of all its stores"
    ),
    "keep_days": FieldSpec(type="int", doc="for how many days all restore points are kept, 0 where not declared"),
}  # fmt: skip

AGENCY: Mapping[str, FieldSpec] = {
    "id": text("its id"),
    "name": text("its name"),
    "tier": text("its tier"),
    "assets": rows("declared assets", {name: text(name) for name in ("kind", "host", "path", "site", "tool")}),
    "stores": rows(
        "declared data stores",
        {
            **{
                n: text(n)
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
            "backed_up_to": STRINGS,
            "published": FieldSpec(type="time", doc="when it was last approved as open data", optional=True),
        },
    ),
    "repositories": rows(
        "declared backup repositories",
        {
            name: text(name)
            for name in ("tool", "asset", "host", "path", "bucket", "site", "country", "media", "system")
        },
    ),
    "services": rows(
        "declared services",
        {
            "title": text("title"),
            "tier": text("tier"),
            "stores": STRINGS,
            "rto": number("recovery time objective", "minutes"),
            "rpo": number("recovery point objective", "minutes"),
        },
    ),
    "places": rows(
        "declared places",
        {
            "country": text("country code"),
            "role": text("primary, alternate or other"),
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
_GONE = {
    **_FIRST_SEEN,
    "gone": FieldSpec(type="time", doc="when it was missed; absent where it is there", optional=True),
}
_TRACKS = {"first_seen": _FIRST_SEEN, "samples": _SAMPLES, "changes": _CHANGES, "gone": _GONE}


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
