"""barman's folders: the backups of each server by the records that barman keeps beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.repositories import Lines, few, out_of_reach, points, sections, unread
from pepperbird.observe.text import number, time_of, unknown, whole

_COLUMNS: Final = ("path", "broken", "pending", "oldest_pending")
_DONE: Final = "DONE"
_PENDING: Final = frozenset({"EMPTY", "STARTED", "SYNCING", "WAITING_FOR_WALS"})
_FAILED: Final = "FAILED"
_ZONED: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?[+-]\d{2}:\d{2}")


@dataclass
class _Backup:
    """One backup: what its record says, by key, and whether its files are there."""

    said: dict[str, str] = field(default_factory=dict)
    data: bool = False

    def time(self, key: str) -> int | None:
        """Seconds since 1970; None where the record has none. Raises ValueError for a time without a zone."""
        value = self.said.get(key, "None")
        if value == "None":
            return None
        if not _ZONED.fullmatch(value):
            raise ValueError(f"a time of barman without its zone: {clean(value, 60)}")
        return int(datetime.fromisoformat(value).timestamp())


def records(output: bytes) -> dict[str, Any]:
    """`points` and `repositories` of every declared folder; a Gap where one could not be read."""
    rows: list[dict[str, Any]] = []
    repositories: list[dict[str, Any]] = []
    for name, (path, lines) in sections(whole(output)).items():
        seen = out_of_reach(path, lines) or _servers(path, lines)
        if isinstance(seen, Gap):
            rows.append(unread(name, seen))
            repositories.append({"id": name, **dict.fromkeys(_COLUMNS, seen)})
            continue
        rows += [points(name, _done(backups), group=server) for server, backups in sorted(seen.items())]
        repositories.append({"id": name, "path": path, **_described(seen)})
    few(rows)
    return {"points": rows, "repositories": repositories}


def _servers(path: str, lines: Lines) -> dict[str, dict[str, _Backup]] | Gap:
    """By server and id: its backups."""
    if not lines or lines[-1][0] != "read":
        raise ValueError(f"{clean(path, 80)} is not told of in full")
    servers: dict[str, dict[str, _Backup]] = {}
    for key, value in lines[:-1]:
        place, _, said = value.partition(" ")
        server, base, *rest = place.split("/")
        if key not in ("folder", "record") or base != "base":
            raise unknown(f"{key} {value}")
        backups = servers.setdefault(server, {})
        if not rest:
            continue
        backup = backups.setdefault(rest[0], _Backup())
        if key == "record":
            name, _, told = said.partition("=")
            backup.said[name] = told
        elif rest[1:] == ["data"]:
            backup.data = True
    if not servers:
        return Gap(GapReason.NOT_FOUND, f"No server of barman has its folder `base` at {clean(path, 200)}.",
                   "make `path:` in the register the barman_home of /etc/barman.conf")  # fmt: skip
    # grep ends with 1 where no record has such a line, with more where one could not be read.
    if number(lines[-1][1]) > 1:
        return Gap(GapReason.PARSE, "Not every record of barman could be read.")
    return servers


def _done(backups: dict[str, _Backup]) -> list[int]:
    times = [one.time("end_time") for one in backups.values() if one.said.get("status") == _DONE and one.data]
    if None in times:
        raise ValueError("a backup of barman that is done and has no end")
    return [time for time in times if time is not None]


def _described(servers: dict[str, dict[str, _Backup]]) -> dict[str, Any]:
    broken: list[str] = []
    pending: dict[str, int | None] = {}
    for server, backups in sorted(servers.items()):
        for name, backup in sorted(backups.items()):
            status = backup.said.get("status", "")
            label = f"{server} {name} {status or 'without a record'}"
            if status in _PENDING:
                pending[label] = backup.time("begin_time")
            elif status == _DONE and not backup.data:
                broken.append(f"{server} {name} has lost its files")
            elif status in (_FAILED, ""):
                broken.append(label)
            elif status != _DONE:
                raise unknown(label)
    begun = [time for time in pending.values() if time is not None]
    return {
        "broken": [clean(one, 100) for one in broken][:50],
        "pending": [clean(one, 100) for one in pending][:50],
        **({"oldest_pending": time_of(min(begun))} if begun else {}),
    }
