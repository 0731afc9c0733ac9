"""What must hold of an agency's register as a whole: ids are unique, references meet, dates exist, nothing circles.

The rules look at the raw values, so that one wrong field hides nothing else; what a model says already is not repeated.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from pepperbird.inventory.access import Fault, access_faults
from pepperbird.inventory.kept import drill_faults, kept_faults
from pepperbird.inventory.raw import Row, as_date, near, rows, said, texts, walk

ADHOC = "adhoc"
"""The agency of targets named on the command line; no agency of a site may be called so."""
_DECLARED = ("assets", "stores", "repositories", "services")
_REFERENCES = (
    ("assets", "on", "assets"),
    ("assets", "site", "sites"),
    ("assets", "stores", "stores"),
    ("stores", "asset", "assets"),
    ("stores", "backed_up_to", "repositories"),
    ("repositories", "on", "assets"),
    ("repositories", "site", "sites"),
    ("services", "stores", "stores"),
)
_ONE = {
    "assets": "asset",
    "stores": "store",
    "repositories": "repository",
    "sites": "site",
    "services": "service",
    "links": "link",
}
_ELSEWHERE = {
    "agency": "the agency itself is an asset already; remove this one",
    "data-store": "a data store is declared under `stores`, with the asset it lives on",
    "backup-repository": "a backup repository is declared under `repositories`",
}
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_PROSE = frozenset({"reason", "measure"})
"""Texts that may have several lines."""


def agency_faults(data: Any, agency_id: str) -> Iterator[Fault]:
    """Everything wrong with one agency's raw values beyond their models; `agency_id` is the file's name."""
    if not isinstance(data, dict):
        return
    yield from _identity(data, agency_id)
    yield from _duplicates(data, agency_id)
    yield from _references(data)
    yield from _circles(data)
    yield from _paths(data)
    yield from _dates(data)
    yield from kept_faults(data)
    yield from drill_faults(data)
    yield from invisible(data)
    for path, asset in rows(data, "assets"):
        kind = asset.get("kind")
        if isinstance(kind, str) and kind in _ELSEWHERE:
            yield (*path, "kind"), f"{said((*path, 'kind'))}: {_ELSEWHERE[kind]}"
    for path, access in rows(data, "assets", "access"):
        yield from access_faults(path, access)


def invisible(data: Any) -> Iterator[Fault]:
    """Texts with characters that act instead of being read, also where an escape (`\\e`) wrote them."""
    for path, text in walk(data):
        lines = "\n" if path and path[-1] in _PROSE else ""
        odd = next((c for c in text.rstrip("\n") if unicodedata.category(c) in _INVISIBLE and c not in lines), None)
        if odd is not None:
            yield path, f"{said(path)}: holds the character U+{ord(odd):04X}, which cannot be seen; remove it"


def date_fault(path: tuple[str | int, ...], row: Row, name: str) -> Iterator[Fault]:
    """A text of the form of a date that no calendar has."""
    text = row.get(name)
    if isinstance(text, str) and _looks_like_date(text) and as_date(text) is None:
        here = (*path, name)
        yield here, f"{said(here)}: there is no day {text}; write an existing date as YYYY-MM-DD"


def _looks_like_date(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdigit()


def _identity(data: Row, agency_id: str) -> Iterator[Fault]:
    written = data.get("id")
    if isinstance(written, str) and written != agency_id:
        yield ("id",), f"id: {written!r} in a file named {agency_id}.yaml; make them the same"
    if agency_id == ADHOC:
        yield ("id",), f"id: {ADHOC} is kept for targets named on the command line; choose another id"


def _duplicates(data: Row, agency_id: str) -> Iterator[Fault]:
    seen: dict[str, str] = {agency_id: "the agency itself"}
    for section in _DECLARED:
        for path, row in rows(data, section):
            yield from _once(seen, path, row, "the agency's assets, stores, repositories and services")
    for section in ("sites", "links"):
        places: dict[str, str] = {}
        for path, row in rows(data, section):
            yield from _once(places, path, row, f"the agency's {section}")


def _once(seen: dict[str, str], path: tuple[str | int, ...], row: Row, where: str) -> Iterator[Fault]:
    name = row.get("id")
    if not isinstance(name, str):
        return
    if name in seen:
        here = (*path, "id")
        yield here, f"{said(here)}: {name!r} is {seen[name]} already; ids are unique among {where}"
    seen.setdefault(name, said(path))


def _ids(data: Row, section: str) -> set[str]:
    return {row["id"] for _, row in rows(data, section) if isinstance(row.get("id"), str)}


def _references(data: Row) -> Iterator[Fault]:
    known = {section: _ids(data, section) for section in (*_DECLARED, "sites", "links")}
    for section, field, target in _REFERENCES:
        for path, row in rows(data, section):
            for place, name in texts(row, field):
                if name not in known[target]:
                    here = (*path, *place)
                    yield here, f"{said(here)}: {_unknown(name, target, known)}"


def _unknown(name: str, target: str, known: Mapping[str, set[str]]) -> str:
    lead = f"no {_ONE[target]} {name!r} in this agency"
    for other, names in known.items():
        if other != target and name in names:
            return f"{lead}; {name!r} stands under `{other}`, where one of `{target}` belongs"
    return f"{lead}; declare it under `{target}` or correct the name{near(name, known[target])}"


def _circles(data: Row) -> Iterator[Fault]:
    stands = {
        row["id"]: (path, row["on"])
        for path, row in rows(data, "assets")
        if isinstance(row.get("id"), str) and isinstance(row.get("on"), str)
    }
    finished: set[str] = set()
    for start in stands:
        chain: dict[str, None] = {}
        at = start
        while at in stands and at not in finished and at not in chain:
            chain[at] = None
            at = stands[at][1]
        if at in chain:
            names = list(chain)
            circle = names[names.index(at) :]
            shown = circle if len(circle) <= 6 else [*circle[:5], "..."]
            here = (*stands[at][0], "on")
            yield here, f"{said(here)}: stands on itself ({' on '.join([*shown, at])}); take one `on` out"
        finished |= chain.keys()


def _paths(data: Row) -> Iterator[Fault]:
    """On Linux (a NAS too) a path is absolute and plain: another form would never meet a mount and be lost."""
    linux = {str(row.get("id")) for _, row in rows(data, "assets") if row.get("kind") in ("linux-server", "nas")}
    for section, host in (("assets", "on"), ("stores", "asset"), ("repositories", "on")):
        for path, row in rows(data, section):
            where = row.get("path")
            if not isinstance(where, str) or str(row.get(host)) not in linux:
                continue
            if section == "repositories" and ":" in where:  # a remote one, as the tool writes it
                continue
            if not where.startswith("/") or {".", ".."} & set(where.split("/")) or "//" in where:
                here = (*path, "path")
                yield here, f"{said(here)}: not an absolute path; write it from / on and without `.`, `..` and `//`"


def _dates(data: Row) -> Iterator[Fault]:
    for section in ("authorisations", "absences"):
        for path, row in rows(data, section):
            yield from date_fault(path, row, "until")
