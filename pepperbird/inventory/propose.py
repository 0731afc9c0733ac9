"""What a scan found and the register does not have, as entries that somebody may accept one by one.

A proposal says what was seen, never what it means: owner, class and backups are for the agency to fill in. Only plain
names from a machine become part of an entry; what is skipped for that is told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pepperbird.inventory.additions import Item, Origin
from pepperbird.model.gap import Gap
from pepperbird.model.site import Agency
from pepperbird.model.state import AssetKind
from pepperbird.model.text import clean

_PLAIN: Final = re.compile(r"(/[A-Za-z0-9_@+.-]+)+")
_DATABASES: Final = {5432: ("postgresql", "PostgreSQL"), 3306: ("mysql", "MySQL or MariaDB")}
_OTHERS: Final = {
    1433: "Microsoft SQL Server", 1521: "Oracle", 5984: "CouchDB", 6379: "Redis", 9200: "Elasticsearch",
    27017: "MongoDB",
}  # fmt: skip
_LOOKED_AT: Final = (
    "storage.filesystems", "sockets.listeners", "discovery.exports", "nfs.exports", "samba.shares",
    "discovery.repositories",
)  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """An entry of the register that a scan speaks for. `id` is the same for the same find in every run."""

    id: str
    why: str
    item: Item


@dataclass(frozen=True)
class Findings:
    """What one scan speaks for in one agency, and what could not be looked at or taken."""

    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...]


def propose(
    agency: Agency, facts: Mapping[str, Mapping[str, Any]], os_mounts: Collection[str], origin: str
) -> Findings:
    """Proposals for the servers of an agency. `facts` by asset id; `origin` names the run for messages."""
    notes: list[str] = []
    found: dict[str, Proposal] = {}
    taken = {one.id for one in agency.assets} | {one.id for one in agency.stores}
    taken |= {one.id for one in agency.repositories}
    for host, told in sorted(facts.items()):
        for section, name, row, why in _host(agency, host, told, os_mounts, notes):
            identity = _free(f"{host}-{name}", taken)
            taken.add(identity)
            item = Item(section, {"id": identity, **row}, Origin(origin, label=identity))
            found[identity] = Proposal(identity, why, item)
    return Findings(tuple(found.values()), tuple(notes))


_Entry = tuple[str, str, dict[str, Any], str]
"""(section, name, row without id, why)"""


def _host(
    agency: Agency, host: str, told: Mapping[str, Any], os_mounts: Collection[str], notes: list[str]
) -> Iterator[_Entry]:
    for path in _LOOKED_AT:
        value = _fact(told, path)
        if isinstance(value, Gap):
            notes.append(f"{host}: {path} could not be seen: {value.detail or value.reason}")
    repositories = list(_repositories(agency, host, told, notes))
    yield from repositories
    yield from _databases(agency, host, told, notes)
    yield from _exports(agency, host, told, notes)
    known = _known_paths(agency, host) | {row["path"] for _, _, row, _ in repositories}
    yield from _mounts(host, told, os_mounts, known, notes)


def _fact(told: Mapping[str, Any], path: str) -> Any:
    """A fact, a Gap, or None where this run did not ask for it."""
    value: Any = told
    for step in path.split("."):
        if isinstance(value, Gap) or not isinstance(value, Mapping):
            break
        value = value.get(step)
    return value


def _listed(told: Mapping[str, Any], path: str) -> Any:
    value = _fact(told, path)
    return {} if value is None or isinstance(value, Gap) else value


def _known_paths(agency: Agency, host: str) -> set[str]:
    declared = [one.path for one in agency.stores if one.asset == host]
    declared += [one.path for one in agency.repositories if one.on == host]
    declared += [one.path for one in agency.assets if one.on == host]
    return {path.rstrip("/") or "/" for path in declared if path}


def _mounts(
    host: str, told: Mapping[str, Any], os_mounts: Collection[str], known: set[str], notes: list[str]
) -> Iterator[_Entry]:
    for row in _listed(told, "storage.filesystems"):
        target = row.get("target")
        if not isinstance(target, str) or target in os_mounts or row.get("image") is True:
            continue
        if any(_under(path, target) or (path != "/" and _under(target, path)) for path in known):
            continue
        if _plain(host, target, notes):
            source = clean(f"{row.get('source')} ({row.get('fstype')})", 120)
            why = f"{source} is mounted at {target}, and no store or repository lies there"
            yield "stores", _slug(target), {"asset": host, "path": target}, why


def _databases(agency: Agency, host: str, told: Mapping[str, Any], notes: list[str]) -> Iterator[_Entry]:
    folders = _listed(told, "discovery.databases")
    ports = {row.get("port") for row in _listed(told, "sockets.listeners") if row.get("proto") == "tcp"}
    for port, (kind, title) in _DATABASES.items():
        declared = [one for one in agency.assets if one.kind == kind and one.on == host]
        if port in ports and not declared:
            row: dict[str, Any] = {"kind": kind, "on": host}
            paths = [path for path in folders.get(kind, []) if _plain(host, path, notes)]
            if len(paths) == 1:
                row["path"] = paths[0]
            yield "assets", kind, row, f"{title} answers on tcp port {port}"
        for one in declared:
            if not any(store.asset == one.id for store in agency.stores):
                yield "stores", f"{kind}-data", {"asset": one.id}, f"{one.id} is declared, and no store lies in it"
    for port, title in _OTHERS.items():
        named = any(title in one.title for one in agency.stores if one.asset == host)
        if port in ports and not named:
            yield (
                "stores",
                f"port-{port}",
                {"asset": host, "title": title},
                f"{title} seems to answer on tcp port {port}",
            )


def _exports(agency: Agency, host: str, told: Mapping[str, Any], notes: list[str]) -> Iterator[_Entry]:
    """What is shared, by NFS or SMB, and does not lie in a declared share: each directory once."""
    declared = [one.path for one in agency.assets if one.kind is AssetKind.NFS_EXPORT and one.on == host and one.path]
    found = {path: f"NFS exports {path}" for path in _listed(told, "discovery.exports")}
    found |= {row["path"]: f"NFS exports {row['path']}" for row in _listed(told, "nfs.exports")}
    for row in _listed(told, "samba.shares"):
        if row["name"] != "print$":  # the drivers of printers
            found.setdefault(row["path"], f"Samba shares {row['path']} as {clean(row['name'], 100)}")
    for path, why in found.items():
        covered = any(path == one.rstrip("/") or (one != "/" and _under(path, one.rstrip("/"))) for one in declared)
        if not covered and _plain(host, path, notes):
            yield "assets", f"export-{_slug(path)}", {"kind": "nfs-export", "on": host, "path": path}, why


def _repositories(agency: Agency, host: str, told: Mapping[str, Any], notes: list[str]) -> Iterator[_Entry]:
    declared = {one.path.rstrip("/") for one in agency.repositories if one.on == host and one.path}
    for tool, paths in sorted(_listed(told, "discovery.repositories").items()):
        for path in paths:
            if path not in declared and _plain(host, path, notes):
                row = {"tool": tool, "on": host, "path": path}
                yield "repositories", f"{tool}-{_slug(path)}", row, f"{path} looks like a repository of {tool}"


def _under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _plain(host: str, path: str, notes: list[str]) -> bool:
    if _PLAIN.fullmatch(path) and len(path) <= 200 and not {".", ".."} & set(path.split("/")):
        return True
    note = f"{host}: {clean(path, 80)!r} is not proposed, since its name is not plain; declare it by hand"
    if note not in notes:
        notes.append(note)
    return False


def _slug(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "data"


def _free(name: str, taken: Collection[str]) -> str:
    """`name` as an id of at most 60 characters that nothing else has."""
    base = name[:60].rstrip("-._")
    number, identity = 1, base
    while identity in taken:
        number += 1
        identity = f"{base}-{number}"
    return identity
