"""What each captured sample is evidence of: an agency around it, declared whole or hardly at all.

A sample says which databases, buckets, repositories, restore points and drills there were. The register of its scene
declares just those, so that a new sample, or a new collector, needs no word here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pepperbird.evaluate.copies import READERS, SNAPSHOTS
from pepperbird.expression.normalise import normalise
from pepperbird.model.declared import RegisterStanding
from pepperbird.model.evidence import AssetEvidence, Evidence
from pepperbird.model.gap import Gap
from pepperbird.model.site import Agency, Asset, Place, Repository, Service, Site, SiteFile, Store
from pepperbird.model.state import AssetKind, Tier
from tests.support.samples import Sample, collectors, facts_of, samples

PLAIN = "debian-12-well-kept"
AT = "2026-11-24T02:00:00Z"
OTHERS = {"postgresql": AssetKind.POSTGRESQL, "mysql": AssetKind.MYSQL, "s3": AssetKind.S3_BUCKET}
"""The collectors that do not ask a server itself, and what they ask; all others ask the server."""
APART = ("apart",)
"""A repository that holds nothing of the machine that it lies on."""
TOOLS = {namespace: tool for tool, namespace in READERS.items()}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SLUG = re.compile(r"[^a-z0-9-]+")
PLACES = (
    Place(id="capital", country="LR", lat=6.31, lon=-10.80, role="primary"),
    Place(id="kakata", country="LR", lat=6.53, lon=-10.35, role="alternate"),
    Place(id="abroad", country="XX", role="other"),
)


@dataclass(frozen=True)
class Scene:
    """One captured machine: its facts by namespace, and when it was seen."""

    name: str
    at: str
    facts: Mapping[str, Any]
    primary: Mapping[str, Any] | None = None
    """The facts of the PostgreSQL server that this one follows or took over from, from another sample."""
    disks: tuple[Mapping[str, Any], ...] = ()
    """The disks with serial numbers of `<name>` where this is `<name>-pulled`, the same machine without one."""
    production: Mapping[str, Any] | None = None
    """The facts of the machine whose backups this one keeps, where both were captured together."""

    def rows(self, namespace: str, field: str) -> list[dict[str, Any]]:
        """Rows of a fact; none where it is not there or hidden."""
        found = self.facts.get(namespace)
        rows = found.get(field) if isinstance(found, Mapping) else None
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def evidence(self) -> Evidence:
        """The facts of each asset of its site."""
        seen: dict[str, dict[str, Any]] = {"primary": {"postgresql": self.primary}} if self.primary else {}
        seen |= {"production": dict(self.production)} if self.production else {}
        told = {name: facts for name, facts in self.facts.items() if collectors()[name].family == "connection"}
        for namespace, facts in self.facts.items():
            name = OTHERS.get(namespace)
            seen.setdefault(str(name) if name else "server", dict(told))[namespace] = facts
        return Evidence({f"sample/{name}": AssetEvidence(f"sample/{name}", one, self.at) for name, one in seen.items()})


def scenes() -> Iterator[Scene]:
    """One per captured machine; the samples of one name are parts of one machine."""
    machines: dict[str, list[Sample]] = {}
    for sample in samples():
        if sample.origin == "captured":
            machines.setdefault(sample.folder.name, []).append(sample)
    primaries = _primaries(machines)
    (plain,) = (one for one in machines[PLAIN] if one.namespace == "storage")
    disks = normalise(facts_of("storage", plain.outputs()))
    for name, parts in sorted(machines.items()):
        connection: dict[str, Any] = {"host_key_verified": True}
        for part in parts:
            connection |= part.connection()
        facts = normalise({one.namespace: facts_of(one.namespace, one.outputs(), connection) for one in parts})
        own = facts.get("postgresql")
        system = own.get("system") if isinstance(own, Mapping) else None
        primary = primaries.get(system) if isinstance(system, str) else None
        primary = None if primary == own else primary
        at = max(part.at or _seen_at(facts) for part in parts)
        production = _together(name, machines)
        pulled = tuple(_serials(machines.get(name.removesuffix("-pulled"), []))) if name.endswith("-pulled") else ()
        yield from (Scene(name, at, one, primary, pulled, production) for one in _apart(facts, disks))


def _serials(parts: list[Sample]) -> list[Mapping[str, Any]]:
    found = [facts_of("smart", one.outputs())["serials"] for one in parts if one.namespace == "smart"]
    return [row for rows in found for row in rows]


def _together(name: str, machines: Mapping[str, list[Sample]]) -> Mapping[str, Any] | None:
    """What `<name>-production` told, for `<name>-keeper`."""
    stem = name.removesuffix("-keeper")
    parts = machines.get(f"{stem}-production", []) if stem != name else []
    return normalise({one.namespace: facts_of(one.namespace, one.outputs()) for one in parts}) or None


def _apart(facts: Mapping[str, Any], disks: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Each tool of backups by itself: samples of two have repositories of one name. Its machine has disks, as any."""
    tools = [name for name in (*TOOLS, "drills") if name in facts]
    for tool in tools or [""]:
        more = {"storage": disks} if tool else {}
        yield more | {name: one for name, one in facts.items() if name not in tools or name == tool}


def _primaries(machines: Mapping[str, list[Sample]]) -> dict[str, Mapping[str, Any]]:
    """The captured PostgreSQL servers that are no standbys, by the identifier of their cluster."""
    found = {}
    for parts in machines.values():
        for one in (one for one in parts if one.namespace == "postgresql"):
            facts = normalise({"postgresql": facts_of("postgresql", one.outputs())})["postgresql"]
            if facts.get("standby") is False and isinstance(facts.get("system"), str):
                first = found.setdefault(facts["system"], facts)
                found[facts["system"]] = min(first, facts, key=lambda one: int(one["timeline"]))
    return found


def _seen_at(facts: Mapping[str, Any]) -> str:
    """An hour after the newest time that a sample tells of, where that is later than most were captured."""
    told = max(_TIME.findall(json.dumps(facts, default=str)), default=AT)
    later = datetime.fromisoformat(told) + timedelta(hours=1)
    return max(AT, later.strftime("%Y-%m-%dT%H:%M:%SZ")) if told < "2027" else AT


def site_of(scene: Scene, *, whole: bool, tier: Tier, only: str = "") -> Site:
    """The register of a scene: `whole` with all that may be declared, else with as little as can be.

    With `only` there is one service, of that store; at the lowest tier the lesser register lacks databases, too.
    """
    lacking = not whole and tier is Tier.FOUNDATION
    stores = [one for one in _stores(scene, whole) if not (lacking and one.database)]
    served = [one for one in stores if only in ("", one.id)]
    agency = Agency(
        id="sample", name="Sample", tier=tier, sites=PLACES if whole else PLACES[::2], assets=tuple(_assets(scene)),
        stores=tuple(stores), repositories=tuple(_repositories(scene, whole)), services=tuple(_services(served, whole)),
    )  # fmt: skip
    standing = RegisterStanding(agency="sample", state="signed" if whole else "unsigned")
    return Site(file=SiteFile(name="coverage"), agencies=(agency,), registers=(standing,))


def _assets(scene: Scene) -> Iterator[Asset]:
    place = {"site": "capital"}
    yield Asset(id="server", kind=AssetKind.LINUX_SERVER, **place)
    yield Asset(id="windows", kind=AssetKind.WINDOWS_SERVER, **place)
    yield Asset(id="primary", kind=AssetKind.POSTGRESQL, on="server", **place)
    kinds = [AssetKind.POSTGRESQL, AssetKind.MYSQL]
    for kind in kinds:
        yield Asset(id=str(kind), kind=kind, on="server", **place)
        for index, row in enumerate(scene.rows("datadirs", "directories")):
            yield Asset(id=f"{kind}-{index}", kind=kind, on="server", path=str(row["path"]), **place)
    for index, _ in enumerate(_points(scene)):
        yield Asset(id=f"database-{index}", kind=AssetKind.POSTGRESQL, on="server", **place)
    yield Asset(id=str(AssetKind.S3_BUCKET), kind=AssetKind.S3_BUCKET, **place)
    yield Asset(id="share", kind=AssetKind.NFS_EXPORT, on="server", **place)
    offered = [row["path"] for row in (*scene.rows("nfs", "exports"), *scene.rows("samba", "shares"))]
    for index, path in enumerate(dict.fromkeys(one for one in offered if isinstance(one, str))):
        yield Asset(id=f"share-{index}", kind=AssetKind.NFS_EXPORT, on="server", path=path, **place)
    yield Asset(id="production", kind=AssetKind.LINUX_SERVER, directory="production", **place)


def _names(scene: Scene) -> Iterator[dict[str, Any]]:
    """What is stored, as the sample tells: where it is, and the names under which backups hold it."""
    for kind, field in (("postgresql", "databases"), ("mysql", "schemas")):
        yield from ({"asset": kind, "database": row["name"]} for row in scene.rows(kind, field))
    yield from ({"asset": "s3-bucket", "bucket": row["name"]} for row in scene.rows("s3", "buckets"))
    yield {"asset": "server", "path": "/srv/data"}
    yield {"asset": "share", "path": "/srv/share"}
    for index, row in enumerate(_points(scene)):
        paths = row.get("paths")
        under = paths[0] if isinstance(paths, list) and paths else "/srv/x"
        named = {"backup_as": [row["group"]], "in": row["repository"]}
        yield {"asset": "server", "path": under, **named}
        yield {"asset": f"database-{index}", "database": "registry", **named}


def _points(scene: Scene) -> list[dict[str, Any]]:
    """The restore points that tell what they are of."""
    rows = [row for namespace in TOOLS for row in scene.rows(namespace, "points")]
    return [row for row in rows if isinstance(row.get("group"), str) and row["group"]]


def _stores(scene: Scene, whole: bool) -> Iterator[Store]:
    drilled = [row for row in scene.rows("drills", "results") if row["store"]]
    names = dict.fromkeys(row["store"] for row in drilled)
    everywhere = [one.id for one in _repositories(scene, whole) if one.id not in APART]
    yield from _from_production(scene, whole)
    if scene.production:
        return
    for index, given in enumerate(_names(scene)):
        only = given.pop("in", None)
        to = [only] if only else everywhere
        yield Store.model_validate(
            {"id": f"store-{index}", **given, **_told(whole), "backed_up_to": to if whole or only else []}
        )
    for name in names:
        to = [row["repository"] for row in drilled if row["store"] == name]
        yield Store.model_validate(
            {"id": name, "asset": "server", **_told(whole), "backed_up_to": list(dict.fromkeys(to))}
        )


def _from_production(scene: Scene, whole: bool) -> Iterator[Store]:
    """What another machine sends to this one: to a repository of its own, and all that several of them hold."""
    told: dict[str, Any] = {"asset": "production", "path": "/srv/deeds", **_told(whole)}
    groups: dict[str, list[str]] = {}
    for row in _points(scene):
        groups.setdefault(row["group"], []).append(row["repository"])
    # Snapshots that were received from another machine are a copy; where they are hidden, nobody knows of what.
    elsewhere = bool(scene.production) or bool(SNAPSHOTS & {TOOLS.get(one) for one in scene.facts})
    if elsewhere and not groups:
        groups = {"hidden": [one.id for one in _repositories(scene, whole) if one.id not in APART]}
    for index, (group, names) in enumerate(groups.items()):
        if len(set(names)) > 1 or elsewhere:
            to = list(dict.fromkeys(names))
            yield Store.model_validate({"id": f"spread-{index}", **told, "backup_as": [group], "backed_up_to": to})
    if whole:
        yield Store.model_validate({"id": "sent", **told, "backed_up_to": list(APART)})


def _told(whole: bool) -> dict[str, str]:
    return {"owner": "o", "class": "restricted", "retention": "7 years", "purpose": "records-archive"} if whole else {}


def _repositories(scene: Scene, whole: bool) -> Iterator[Repository]:
    declared: dict[str, dict[str, Any]] = {}
    for namespace, tool in TOOLS.items():
        if namespace not in scene.facts:
            continue
        facts = scene.facts[namespace]
        rows = [*scene.rows(namespace, "points"), *scene.rows(namespace, "repositories")]
        names = {str(row.get("repository") or row.get("id")) for row in rows} or {f"{tool}-repository"}
        declared |= {name: {"tool": tool, "on": "server", "path": f"/srv/backup/{name}"} for name in names}
        if scene.production:
            declared |= {
                row["id"]: declared[row["id"]] | _kept(scene, row, whole)
                for row in scene.rows(namespace, "repositories")
            }
        assert isinstance(facts, Mapping | Gap)
    for row in scene.rows("drills", "results"):
        signed = {"drills": {"key": row["signed_by"]}} if row["signed_by"] else {}
        known = {"drills": {"key": _key(scene)}} | signed if row["repository"] == "foreign" or not signed else signed
        declared.setdefault(row["repository"], {"tool": row["tool"], "on": "server"}).update(known)
    if "drills" in scene.facts:
        for tool in TOOLS.values():
            declared.setdefault(f"never-{tool}", {"tool": tool, "on": "server", "drills": {"key": _key(scene)}})
    if not declared:
        places = [str(row["target"]) for row in scene.rows("storage", "filesystems")] or ["/srv"]
        for index, place in enumerate(places):
            path = f"{place.rstrip('/')}/backup"
            declared[f"on-{index}"] = {"tool": "tar", "on": "server", "path": path}
            declared[f"files-on-{index}"] = declared[f"on-{index}"] | {"tool": "files"}
    declared |= {name: {"tool": "tar", "on": "server", "directory": "backups"} for name in (APART if whole else ())}
    for row in scene.rows("s3", "repositories"):
        declared[f"bucket-{row['name']}"] = {"tool": "restic", "on": "s3-bucket", "bucket": row["name"]}
    for name, given in sorted(declared.items()):
        place = (
            {"site": "kakata", "media": "disk", "system": "nas", "schedule": "daily", "keep_days": 14}
            if whole
            else {"site": "abroad" if name < "m" else None}
        )
        yield Repository.model_validate({"id": _SLUG.sub("-", name), **given, **place})


def _kept(scene: Scene, row: Mapping[str, Any], whole: bool) -> dict[str, Any]:
    """Where a repository really lies, and whose keys those are that open its machine and do not lie on production."""
    held = (scene.production or {})["ssh_keys"]["held"]
    others = [one["fingerprint"] for one in scene.rows("ssh_keys", "admitted") if one["fingerprint"] not in held]
    return {"path": row["path"], "administrators": others if whole else []}


def _key(scene: Scene) -> str:
    keys = [row["signed_by"] for row in scene.rows("drills", "results") if row["signed_by"]]
    return max(keys, key=keys.count) if keys else "SHA256:" + "A" * 43


def _services(stores: list[Store], whole: bool) -> Iterator[Service]:
    for one in stores:
        yield Service(id=f"of-{one.id}", stores=(one.id,), **({"rto": 480, "rpo": 1440} if whole else {}))
