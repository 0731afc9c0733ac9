"""Lay an import over the register: new things are added, nothing that is declared is changed or dropped.

Everything is validated by the same models and rules that read a site; what is wrong is told at its place in the
imported file, all at once, and then nothing is to be written.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pepperbird.errors import Issue, SiteError
from pepperbird.inventory.additions import Additions, Item, Merged, Origin
from pepperbird.inventory.extend import CannotExtendError, block, extend
from pepperbird.inventory.files import SiteFolder
from pepperbird.inventory.raw import rows
from pepperbird.inventory.read import read_agency
from pepperbird.inventory.templates import agency_file
from pepperbird.located.document import Document, parse
from pepperbird.located.document import Path as Place
from pepperbird.model.state import Tier

ORDER = ("sites", "assets", "stores", "repositories")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Change:
    """One file of the site as it was ('' where it is new) and as it shall be."""

    path: Path
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import comes to: the files to write, and what people should know."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...]


def merge(root: Path, additions: Iterable[Additions], known_issues: Sequence[Issue] = ()) -> Outcome:
    """The register of `root` with the additions. Raises SiteError with everything wrong, also in `known_issues`.

    An issue at a place of which `known_issues` speaks already is an echo and left out.
    """
    folder = SiteFolder(root)
    issues: list[Issue] = list(known_issues)
    told = {(issue.file, issue.line, issue.column) for issue in known_issues if issue.line}
    changes: list[Change] = []
    notes: list[str] = []
    for one in additions:
        change, found = _agency(folder, one, notes)
        issues += [issue for issue in found if (issue.file, issue.line, issue.column) not in told]
        if change is not None and change.new != change.old:
            changes.append(change)
    issues += folder.issues
    if issues:
        raise SiteError(issues)
    return Outcome(tuple(changes), tuple(notes))


def _agency(folder: SiteFolder, additions: Additions, notes: list[str]) -> tuple[Change | None, list[Issue]]:
    path = folder.root / "agencies" / f"{additions.agency}.yaml"
    exists = _SLUG.fullmatch(additions.agency) is not None and path.exists()
    if not exists and not (additions.name and additions.tier):
        message = (
            f"agency {additions.agency!r} is not in the site; give its name and tier, or `pepperbird agency add` it"
        )
        return None, [additions.origin.issue(message)]
    base = folder.read(path) if exists else _fresh(additions, path)
    if base is None:
        return None, []
    if not isinstance(base.data, dict):
        return None, base.issues
    items = list(_undeclared(base.data, additions, notes))
    merged = _merged(base, items, {} if exists else additions.origins)
    _, issues = read_agency(merged, additions.agency)
    if issues:
        return None, issues
    if exists:
        _differs(base.data, additions, notes)
    by_section = {section: [item.row for item in items if item.section == section] for section in ORDER}
    try:
        return Change(path, base.text if exists else "", extend(base.text, by_section)), []
    except CannotExtendError:
        wanted = "".join(f"{name}:\n{block(found, 2)}" for name, found in by_section.items() if found)
        message = f"cannot be extended without touching what is there; add this by hand:\n{wanted}"
        return None, [Issue(str(path), 0, 0, message)]


def _fresh(additions: Additions, path: Path) -> Document:
    """A new agency's file, still without anything in it."""
    known = [str(tier) for tier in Tier]
    tier = Tier(additions.tier) if additions.tier in known else Tier.STANDARD
    base = parse(agency_file(additions.agency, additions.name, tier), str(path))
    return dataclasses.replace(base, data={**base.data, "tier": additions.tier})


def _undeclared(data: dict[str, Any], additions: Additions, notes: list[str]) -> Iterator[Item]:
    """What the register does not have yet; the rest stays as it is there, and a difference is told."""
    there = {(section, str(row.get("id"))): row for section in ORDER for _, row in rows(data, section)}
    for item in additions.items:
        row = there.get(item.name)
        if row is None:
            yield item
            continue
        differing = ", ".join(key for key, value in item.row.items() if row.get(key) != value)
        if differing:
            name = f"{additions.agency}/{item.row['id']}"
            notes.append(f"{name}: declared already, with another {differing}; left as it is")


def _merged(base: Document, items: list[Item], origins: dict[Place, Origin]) -> Merged:
    data = dict(base.data)
    places: dict[Place, Origin] = dict(origins)
    for section in {item.section for item in items}:
        before = data.get(section)
        data[section] = list(before) if isinstance(before, list) else []
    for item in items:
        here: Place = (item.section, len(data[item.section]))
        data[item.section].append(item.row)
        places[here] = item.origin
        places |= {(*here, *path): origin for path, origin in item.origins.items()}
    return Merged(file=base.file, data=data, issues=list(base.issues), text=base.text, base=base, origins=places)


def _differs(data: dict[str, Any], additions: Additions, notes: list[str]) -> None:
    for key, value in (("name", additions.name), ("tier", additions.tier)):
        if value and data.get(key) != value:
            notes.append(f"{additions.agency}: declared already, with another {key}; left as it is")
