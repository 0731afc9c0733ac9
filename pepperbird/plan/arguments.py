"""Declared values that travel to a probe: as its arguments, and inside the commands that sudo must allow for it.

`asset.<name>` is one value. `register.store_paths` is as many as there are: the directories that the register declares
on this machine, of data stores and of databases. `register.restic` is the restic repositories that lie on it, three
values each: id, path and `password_file`; so for the other tools. A path that is not plain travels nowhere: it could
mean something else to sudo or to a tool; the probe then does not tell of it, and a check that asks for it is an error.
`register.kept_logs` is what is kept here of other machines, two values each: whose it is, and its path.
`register.buckets` are the buckets that the register names in an object store, `register.repository_buckets` those of
them that are backup repositories; `register.vaults` are the vaults of AWS Backup, two values each, the id of the
repository and the name of the vault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pepperbird.model.collector import (
    BUCKETS,
    KEPT,
    MANY,
    PLACES,
    REPOSITORIES,
    REPOSITORY_BUCKETS,
    STORE_PATHS,
    VAULTS,
    Probe,
)
from pepperbird.model.kept import Kept
from pepperbird.model.site import AWS_BACKUP, Agency, Asset
from pepperbird.model.state import AssetKind
from pepperbird.plan.register import host_of

MOST_PATHS: Final = 32
MOST_KEPT: Final = 128
_PLAIN: Final = re.compile(r"(/[A-Za-z0-9_@+.-]+)+")
_DATABASES: Final = frozenset({AssetKind.POSTGRESQL, AssetKind.MYSQL})


def arguments_of(probe: Probe, asset: Asset, agency: Agency | None) -> tuple[str, ...]:
    """The values of `probe.args`, in order; those of which there are many one after the other."""
    found: list[str] = []
    for path in probe.args:
        found += _many(path, asset, agency) if path in MANY else [_one(path, asset)]
    return tuple(found)


def commands_of(probe: Probe, asset: Asset, agency: Agency | None) -> tuple[str, ...]:
    """What sudo must allow on this machine: a command with a place in braces once for each that it stands for."""
    found: list[str] = []
    for command in probe.commands:
        places = [place for place in PLACES if "{" + place + "}" in command]
        found += [_filled(command, one) for one in _values(places, asset, agency)] if places else [command]
    return tuple(dict.fromkeys(found))


def _filled(command: str, values: Mapping[str, str]) -> str:
    for place, value in values.items():
        command = command.replace("{" + place + "}", value)
    return command


def _values(places: Sequence[str], asset: Asset, agency: Agency | None) -> Iterator[dict[str, str]]:
    """One map per store path or repository; a repository that does not declare what a place wants has none."""
    if agency is None:
        return
    if STORE_PATHS in places:
        yield from ({STORE_PATHS: path} for path in store_paths(agency, asset.id))
        return
    if place := next((one for one in KEPT if one in places), None):
        yield from ({place: path} for _, path in kept(agency, asset.id, place))
        return
    name = next(one for one in REPOSITORIES if any(place == one or place.startswith(one + ".") for place in places))
    for _, path, more in repositories(agency, asset.id, name):
        values = {name: path, f"{name}.{REPOSITORIES[name][1]}": more}
        if all(values[place] for place in places):
            yield values


def repositories(agency: Agency, host: str, name: str) -> list[tuple[str, str, str]]:
    """Id, path and the further value of each repository of `name` (register.restic ...) on a machine, at most 32.

    Patterns are joined by blanks. One with a path that is not plain is left out.
    """
    tool, field = REPOSITORIES[name]
    found = []
    for one in agency.repositories:
        value = getattr(one, field) or ""
        more = " ".join(value) if isinstance(value, tuple) else str(value)
        path = (one.path or "").rstrip("/")
        plain = is_plain(path) and (not more or field == "patterns" or is_plain(more))
        if one.tool == tool and plain and host_of(agency, one.on) == host:
            found.append((one.id, path, more))
    return sorted(found)[:MOST_PATHS]


def store_paths(agency: Agency, host: str) -> list[str]:
    """The plain directories that the register declares on a machine, each once, at most 32."""
    declared = [store.path for store in agency.stores if host_of(agency, store.asset) == host]
    declared += [one.path for one in agency.assets if one.kind in _DATABASES and host_of(agency, one.id) == host]
    return sorted({path.rstrip("/") for path in declared if path and is_plain(path.rstrip("/"))})[:MOST_PATHS]


def kept(agency: Agency, host: str, name: str) -> list[tuple[str, str]]:
    """Whose it is and the plain path, of all that `name` (register.kept_logs ...) keeps on a machine; at most 128."""
    declared = [(one.id, getattr(one, KEPT[name])) for one in agency.assets]
    found = [(owner, place.path.rstrip("/")) for owner, place in declared if place is not None and place.on == host]
    return sorted((owner, path) for owner, path in found if is_plain(path))[:MOST_KEPT]


def buckets(agency: Agency, asset: str, *, every: bool = True) -> list[str]:
    """The buckets that the register names in an object store, each once: all, or those of backup repositories."""
    named = [one.bucket for one in agency.repositories if one.on == asset]
    named += [one.bucket for one in agency.stores if one.asset == asset] if every else []
    return sorted({name for name in named if name})


def vaults(agency: Agency, asset: str) -> list[tuple[str, str]]:
    """Id and name of the vault of each repository of AWS Backup in one account and region; at most 32."""
    named = [(one.id, one.vault) for one in agency.repositories if one.on == asset and one.tool == AWS_BACKUP]
    return sorted((name, vault) for name, vault in named if vault)[:MOST_PATHS]


def is_plain(path: str) -> bool:
    """An absolute path of ordinary characters, below the root, without steps upwards or to itself."""
    steps = path.split("/")[1:]
    return len(path) <= 255 and bool(_PLAIN.fullmatch(path)) and not {".", ".."} & set(steps)


def _one(path: str, asset: Asset) -> str:
    value = getattr(asset, path.removeprefix("asset."), "")
    value = value.on if isinstance(value, Kept) else value
    return " ".join(value) if isinstance(value, tuple) else str(value or "")


def _many(name: str, asset: Asset, agency: Agency | None) -> Sequence[str]:
    if agency is None:
        return []
    if name in (BUCKETS, REPOSITORY_BUCKETS):
        return buckets(agency, asset.id, every=name == BUCKETS)
    if name == VAULTS:
        return [value for one in vaults(agency, asset.id) for value in one]
    if name in REPOSITORIES:
        return [value for one in repositories(agency, asset.id, name) for value in one]
    if name in KEPT:
        return [value for pair in kept(agency, asset.id, name) for value in pair]
    return store_paths(agency, asset.id)
