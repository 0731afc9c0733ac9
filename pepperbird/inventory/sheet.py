"""One sheet for many agencies, read into additions to the register.

Each row declares an asset, a data store on it, a backup repository, or several of these at once. Rows may repeat an
asset to add another store to it; what they say of the same thing must agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pepperbird.errors import Issue
from pepperbird.inventory.additions import Additions, Item, Origin
from pepperbird.inventory.cells import Line, Sheet
from pepperbird.inventory.raw import near
from pepperbird.located.document import Path

COLUMNS: Mapping[str, str] = {
    "agency": "short name of the agency, e.g. lra; needed in every row",
    "agency_name": "its full name, where the site does not have it yet",
    "tier": "its tier: foundation, standard or critical, where the site does not have it yet",
    "asset": "short name of a server, database, bucket, domain or web address",
    "kind": "what it is: linux-server, postgresql, web-endpoint ...",
    "title": "what people call it",
    "asset_tier": "its own tier, where it differs from the agency's",
    "address": "where it is reached: host, host:port, a URL or a domain; `local` for the scanning computer",
    "via": "how it is reached; by itself ssh for servers, http for web-endpoint, sql, s3, dns, smtp",
    "user": "the account to log in with",
    "key": "path of the private key file on the scanning computer; never the key itself",
    "on": "the server that it stands on",
    "public": "addresses under which the Internet reaches it",
    "cadence": "online, relay or visited",
    "site": "short name of the place where it stands",
    "country": "two letters of the country of that place",
    "store": "short name of a data store that lies on `asset`",
    "store_title": "what people call it",
    "store_path": "its directory there",
    "owner": "who answers for the data",
    "class": "its class, e.g. public, internal, restricted",
    "retention": "how long the data is kept",
    "backed_up_to": "short names of the repositories that it is backed up to",
    "repository": "short name of a backup repository",
    "tool": "the tool that writes it: restic, borg ...",
    "repository_on": "the asset that it lies on",
    "repository_path": "its directory there",
    "repository_site": "short name of the place where it stands",
    "media": "disk, tape, object storage ...",
    "system": "the system that is backed up into it",
    "schedule": "when it is written",
}
_LISTS = frozenset({"public", "backed_up_to"})
_VIA = {
    "linux-server": "ssh",
    "web-endpoint": "http",
    "postgresql": "sql",
    "mysql": "sql",
    "s3-bucket": "s3",
    "dns-domain": "dns",
    "mail-domain": "smtp",
}
_ASSET = {"title": "title", "asset_tier": "tier", "on": "on", "public": "public", "cadence": "cadence"}
_ACCESS = {"address": "at", "via": "via", "user": "as", "key": "key"}
_STORE = {
    "store_title": "title",
    "store_path": "path",
    "owner": "owner",
    "class": "class",
    "retention": "retention",
    "backed_up_to": "backed_up_to",
}
_REPOSITORY = {
    "tool": "tool",
    "repository_on": "on",
    "repository_path": "path",
    "repository_site": "site",
    "media": "media",
    "system": "system",
    "schedule": "schedule",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One row by the names of its columns; blank cells are left out."""

    file: str
    number: int
    values: Mapping[str, str]
    columns: Mapping[str, int]

    def origin(self, column: str) -> Origin:
        return Origin(self.file, self.number, self.columns.get(column, 1), f"column {column}")

    def given(self, columns: Mapping[str, str]) -> list[str]:
        return [name for name in columns if name in self.values]


def additions_of(sheet: Sheet) -> tuple[list[Additions], list[Issue]]:
    """What the sheet adds, agency by agency, and what is wrong with its rows."""
    issues = list(sheet.issues)
    columns = _header(sheet, issues)
    if columns is None:
        return [], issues
    agencies: dict[str, Additions] = {}
    seen: dict[tuple[str, ...], int] = {}
    for line in sheet.lines[1:]:
        if line.cells in seen:
            message = f"the row repeats row {seen[line.cells]}; remove one of them"
            issues.append(Issue(sheet.file, line.number, 1, message))
            continue
        seen[line.cells] = line.number
        row = _row(sheet.file, sheet.lines[0], line, columns, issues)
        if "agency" not in row.values:
            issues.append(row.origin("agency").issue("empty; write the short name of the agency"))
            continue
        one = agencies.setdefault(row.values["agency"], Additions(row.values["agency"], row.origin("agency")))
        _agency(one, row, issues)
        for item in _items(row, issues):
            _lay(one, item, issues)
    return list(agencies.values()), issues


def _header(sheet: Sheet, issues: list[Issue]) -> dict[str, int] | None:
    if not sheet.lines:
        issues.append(Issue(sheet.file, 0, 0, "empty; write a row of column names and then one row a thing"))
        return None
    columns: dict[str, int] = {}
    line = sheet.lines[0]
    for place, cell in enumerate(line.cells, 1):
        name = re.sub(r"[\s_-]+", "_", cell.lower())
        if name in columns:
            issues.append(Issue(sheet.file, line.number, place, f"the column {name} stands twice; remove one"))
        elif name in COLUMNS:
            columns[name] = place
        elif name:
            message = f"no column is called {cell!r}; remove it or correct its name{near(name, COLUMNS)}"
            issues.append(Issue(sheet.file, line.number, place, message))
    if "agency" not in columns:
        issues.append(
            Issue(sheet.file, line.number, 1, "the column `agency` is missing; the first row names the columns")
        )
        return None
    return columns


def _row(file: str, header: Line, line: Line, columns: Mapping[str, int], issues: list[Issue]) -> _Row:
    values = {name: line.cells[place - 1] for name, place in columns.items() if place <= len(line.cells)}
    for place, cell in enumerate(line.cells, 1):
        if cell and not (place <= len(header.cells) and header.cells[place - 1]):
            issues.append(
                Issue(file, line.number, place, "a value in a column without a name; name the column or clear it")
            )
    return _Row(file, line.number, {name: value for name, value in values.items() if value}, columns)


def _agency(one: Additions, row: _Row, issues: list[Issue]) -> None:
    one.origins.setdefault(("id",), row.origin("agency"))
    for column, key in (("agency_name", "name"), ("tier", "tier")):
        value = row.values.get(column)
        if value is None:
            continue
        if not getattr(one, key):
            setattr(one, key, value)
            one.origins[(key,)] = row.origin(column)
        elif getattr(one, key) != value:
            first = one.origins[(key,)].line
            issues.append(row.origin(column).issue(f"differs from row {first}; write the same in both or once"))


def _items(row: _Row, issues: list[Issue]) -> list[Item]:
    """What one row declares."""
    values = row.values
    found: list[Item] = []
    if "country" in values and "site" in values:
        found.append(_item(row, "sites", "site", {"country": "country"}))
    elif "country" in values:
        issues.append(row.origin("country").issue("stands without a `site`; name the place, or clear it"))
    describes = row.given({"kind": "", **_ASSET, **_ACCESS, "site": ""})
    if "asset" in values and (describes or not {"store", "repository"} & values.keys()):
        found.append(_asset(row))
    elif describes and not (describes == ["site"] and "country" in values):
        issues.append(row.origin(describes[0]).issue("stands without an `asset`; name the asset, or clear it"))
    if "store" in values:
        if "asset" in values:
            found.append(_item(row, "stores", "store", {"asset": "asset", **_STORE}))
        else:
            issues.append(row.origin("store").issue("lies on no asset; name in `asset` where the store is"))
    elif given := row.given(_STORE):
        issues.append(row.origin(given[0]).issue("stands without a `store`; name the store, or clear it"))
    if "repository" in values:
        found.append(_item(row, "repositories", "repository", _REPOSITORY))
    elif given := row.given(_REPOSITORY):
        issues.append(row.origin(given[0]).issue("stands without a `repository`; name it, or clear this"))
    return found


def _asset(row: _Row) -> Item:
    item = _item(row, "assets", "asset", {"kind": "kind", **_ASSET, "site": "site"})
    given = row.given(_ACCESS)
    if given:
        access: dict[str, str] = {"via": _VIA.get(row.values.get("kind", ""), "")}
        access |= {_ACCESS[name]: row.values[name] for name in given}
        if access.get("at") == "local" and "via" not in row.values:
            access = {**access, "via": "local"}
            del access["at"]
        if not access["via"]:
            del access["via"]
        item.row["access"] = [access]
        place: Path = ("access", 0)
        item.origins[place] = row.origin(given[0])
        item.origins |= {(*place, _ACCESS[name]): row.origin(name) for name in given}
    return item


def _item(row: _Row, section: str, name: str, fields: Mapping[str, str]) -> Item:
    entry: dict[str, Any] = {"id": row.values[name]}
    origins: dict[Path, Origin] = {("id",): row.origin(name)}
    for column in row.given(fields):
        value = row.values[column]
        entry[fields[column]] = [part for part in re.split(r"[\s,;]+", value) if part] if column in _LISTS else value
        origins[(fields[column],)] = row.origin(column)
    return Item(section, entry, row.origin(name), origins)


def _lay(one: Additions, item: Item, issues: list[Issue]) -> None:
    """Add the item, or what it says more of a thing that an earlier row declared."""
    earlier = one.things.setdefault(item.name, item)
    if earlier is item:
        return
    for key, value in item.row.items():
        origin = item.origins.get((key,), item.origins.get((key, 0), item.origin))
        if key not in earlier.row:
            earlier.row[key] = value
            earlier.origins |= {path: place for path, place in item.origins.items() if path[0] == key}
        elif earlier.row[key] != value:
            message = f"says something else of {item.row['id']!r} than row {earlier.origin.line}; make them the same"
            issues.append(origin.issue(message))
