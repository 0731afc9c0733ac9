"""What watches the files of the system: AIDE's files, and the monitors that run.

A report or a database without content counts for nothing: logrotate makes empty reports, an interrupted run empty
databases. Where AIDE is told to keep them elsewhere, what lies at the usual place is not taken for them.
"""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import keyed, number, time_of, unknown, unseen, whole

_DATABASES: Final = {"/var/lib/aide/aide.db", "/var/lib/aide/aide.db.gz"}
_REPORTS: Final = tuple(f"/var/log/aide/aide.log{end}" for end in ("", ".0", ".1", ".1.gz"))
_HEADER: Final = 64
"""Bytes that even the packed database of an empty tree is longer than."""
_FILE: Final = re.compile(r"([0-9]+)/([0-9]+)(/.+)")
_SETTING: Final = re.compile(r"(database|database_in|report_url)[ \t]*=[ \t]*(\S+)")
_DEFINE: Final = re.compile(r"@@define[ \t]+(\S+)[ \t]+(\S+)[ \t]*")


def aide(output: bytes) -> dict[str, Any]:
    """`installed`, and `database` and `report` as times where there are any."""
    told: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in ("present", "absent", "config", "closed", "file"):
            raise unknown(f"{key} {value}")
        told.setdefault(key, []).append(value)
    if ("present" in told) == ("absent" in told):
        raise ValueError("whether AIDE is installed was not told")
    files = dict(_file(line) for line in told.get("file", []))
    databases = [at for path, (at, size) in files.items() if path in _DATABASES and size > _HEADER]
    reports = [at for path, (at, size) in files.items() if path in _REPORTS and size > 0]
    if "present" in told:
        _refuse_elsewhere(told.get("config", []))
    return {
        "installed": "present" in told,
        "database": time_of(max(databases)) if databases else None,
        "report": time_of(max(reports)) if reports else None,
    }


def _file(line: str) -> tuple[str, tuple[int, int]]:
    match = _FILE.fullmatch(line)
    if match is None or match.group(3) not in {*_DATABASES, *_REPORTS}:
        raise unknown(line)
    return match.group(3), (number(match.group(1)), number(match.group(2)))


def _refuse_elsewhere(lines: list[str]) -> None:
    """Unseen where the configuration names files that were not looked at."""
    names: dict[str, str] = {}
    for line in lines:
        if (define := _DEFINE.fullmatch(line)) is not None:
            names[define.group(1)] = define.group(2)
            continue
        setting = _SETTING.match(line)
        if setting is None:
            continue
        where = re.sub(r"@@\{(\w+)\}", lambda match: names.get(match.group(1), match.group(0)), setting.group(2))
        path = where.removeprefix("file:").replace("//", "/")
        known = _REPORTS if setting.group(1) == "report_url" else _DATABASES
        if where.startswith("file:") and path not in known:
            raise unseen(
                GapReason.UNSUPPORTED, f"AIDE is told to use {path}, which the scan does not look at.",
                "use /var/lib/aide/aide.db for the database and /var/log/aide/aide.log for the report",
            )  # fmt: skip


def monitors(output: bytes) -> dict[str, Any]:
    """`names` of the monitors that run. Unseen where none is found and not all processes can be seen."""
    found: set[str] = set()
    sees = ""
    for key, value in keyed(whole(output)):
        if key == "sees" and value in ("all", "own") and not sees:
            sees = value
        elif key == "process":
            name, _, pid = value.partition(" ")
            number(pid)
            found.add(name)
        else:
            raise unknown(f"{key} {value}")
    if not sees:
        raise ValueError("what processes could be seen was not told")
    if sees == "own" and not found:
        raise unseen(
            GapReason.DENIED, "The processes of other users are hidden from the scanning account (hidepid).",
            "mount /proc with gid= of a group that the scanning account is in, or without hidepid",
        )  # fmt: skip
    return {"names": sorted(found)}
