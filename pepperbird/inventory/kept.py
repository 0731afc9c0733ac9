"""What must hold of what servers keep on others: the keeper is another Linux server, and each path holds one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pepperbird.inventory.access import Fault
from pepperbird.inventory.raw import Row, near, rows, said


def kept_faults(data: Row) -> Iterator[Fault]:
    """Everything wrong with `logs_to` and `packages_to` of the assets of an agency, beyond their model."""
    kinds = {str(row.get("id")): row.get("kind") for _, row in rows(data, "assets")}
    taken: dict[tuple[str, str], str] = {}
    for path, row in rows(data, "assets"):
        for field in ("logs_to", "packages_to"):
            place = row.get(field)
            if not isinstance(place, Mapping):
                continue
            if row.get("kind") != "linux-server":
                yield (*path, field), f"{said((*path, field))}: only of a linux-server can this be judged; take it out"
            yield from _keeper((*path, field, "on"), row.get("id"), place.get("on"), kinds)
            yield from _alone((*path, field), place, taken)


def drill_faults(data: Row) -> Iterator[Fault]:
    """Everything wrong with `drills` of the repositories of an agency, beyond their model."""
    kinds = {str(row.get("id")): row.get("kind") for _, row in rows(data, "assets")}
    for path, row in rows(data, "repositories"):
        drills = row.get("drills")
        if isinstance(drills, Mapping):
            yield from _keeper((*path, "drills", "on"), row.get("id"), drills.get("on"), kinds)


def _keeper(path: tuple[str | int, ...], owner: object, keeper: object, kinds: Mapping[str, Any]) -> Iterator[Fault]:
    if not isinstance(keeper, str):
        return
    if keeper not in kinds:
        known = near(keeper, set(kinds))
        yield path, f"{said(path)}: no asset {keeper!r} in this agency; declare it or correct the name{known}"
    elif kinds[keeper] != "linux-server":
        yield path, f"{said(path)}: {keeper!r} is no linux-server; only on one of those can it be looked for"
    elif keeper == owner:
        yield path, f"{said(path)}: that is the server itself, and what is kept there falls with it; name another one"


def _alone(path: tuple[str | int, ...], place: Mapping[str, Any], taken: dict[tuple[str, str], str]) -> Iterator[Fault]:
    where = (str(place.get("on")), str(place.get("path")).rstrip("/"))
    if where in taken:
        here = (*path, "path")
        yield here, f"{said(here)}: {taken[where]} lies at that path already; each needs a path of its own"
    taken.setdefault(where, said(path))
