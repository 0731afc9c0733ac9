"""Trees filled by rsync: one copy, or dated folders; when the last run ended and how, by rsync's own log."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.repositories import (
    COLUMNS,
    DAY,
    Lines,
    few,
    out_of_reach,
    points,
    sections,
    unread,
)
from pepperbird.observe.text import number, unknown, whole

_POINTS: Final = (*COLUMNS, "ended")
_COLUMNS: Final = ("path", "ended")
_DATED: Final = re.compile(
    r"(?P<name>.*?)[-_.]*(?P<day>\d{4}-\d{2}-\d{2}|\d{8})(?:[T_.-]?\d{2}[-:.]?\d{2}(?:[-:.]?\d{2})?)?"
)
_NO_LOG: Final = Gap(
    GapReason.NO_CREDENTIAL, "The register names no log of rsync, and files copied by rsync do not show when that was.",
    "let the job write one (`rsync --log-file=/var/log/rsync-backup.log`) and name it in the register as `log:`",
)  # fmt: skip
_LOST_LOG: Final = Gap(
    GapReason.NOT_FOUND, "The log of rsync is not there, or tells of no run.",
    "correct `log:` in the register; where the log was just put aside, look again after the next run",
)  # fmt: skip


def trees(output: bytes) -> dict[str, Any]:
    """`points` and `repositories` of every declared tree; a Gap where one could not be read."""
    lines = whole(output)
    seen = [one for one in lines[:2] if one in ("sees all", "sees own", "runs")]
    running: bool | None = True if "runs" in seen else False if "sees all" in seen else None
    rows: list[dict[str, Any]] = []
    repositories: list[dict[str, Any]] = []
    for name, (path, told) in sections(lines[len(seen) :]).items():
        gap = out_of_reach(path, told)
        if gap:
            rows.append(unread(name, gap, _POINTS))
            repositories.append({"id": name, **dict.fromkeys(_COLUMNS, gap)})
            continue
        found, ended = _tree(name, path, told, running=running)
        rows += found
        repositories.append({"id": name, "path": path, "ended": ended})
    few(rows)
    return {"points": rows, "repositories": repositories}


def _tree(name: str, path: str, lines: Lines, *, running: bool | None) -> tuple[list[dict[str, Any]], str | Gap]:
    said: dict[str, list[str]] = {}
    for key, value in lines:
        if key not in ("folder", "entries", "no", "log", "run"):
            raise unknown(f"{key} {value}")
        said.setdefault(key, []).append(value)
    if "entries" not in said or not ("no" in said or "log" in said):
        raise ValueError(f"{clean(path, 80)} is not told of in full")
    wrote: int | None = None
    ended: str | Gap = _NO_LOG if "no" in said else _LOST_LOG
    if "run" in said:
        wrote, ended = number(said["log"][0]), _ended(said["run"][0], running=running)
    dated = _dated(said.get("folder", ()))
    if dated:
        rows = [points(name, _times(days, wrote, ended), group=group) for group, days in sorted(dated.items())]
    else:
        rows = [_one_copy(name, path, wrote, ended, filled=number(said["entries"][0]) > 0)]
    return [row | {"ended": ended} for row in rows], ended


def _ended(run: str, *, running: bool | None) -> str | Gap:
    word, _, value = run.partition(" ")
    if word == "error":
        return f"error {number(value)}"
    if word == "well":
        return "well" if number(value) else "empty"
    if word != "begun":
        raise unknown(run)
    if running is None:
        return Gap(GapReason.DENIED, "Whether rsync is running now cannot be seen by the scanning account (hidepid).")
    return "running" if running else "unfinished"


def _dated(folders: Any) -> dict[str, list[int]]:
    """By the beginning of the name: the days of the folders that are named for one, as seconds at its beginning."""
    found: dict[str, list[int]] = {}
    for folder in folders:
        match = _DATED.fullmatch(folder)
        if match is None:
            continue
        try:
            day = datetime.strptime(match["day"].replace("-", ""), "%Y%m%d").replace(tzinfo=UTC)
        except ValueError:
            continue
        found.setdefault(match["name"], []).append(int(day.timestamp()))
    return found


def _times(days: list[int], wrote: int | None, ended: str | Gap) -> list[int]:
    """That of the last run has the time at which it ended, or does not count; of the others only the day is known."""
    last = max(days)
    if wrote is None or not last - DAY <= wrote < last + 2 * DAY:
        return days
    others = [day for day in days if day != last]
    return [*others, wrote] if ended == "well" else others


def _one_copy(name: str, path: str, wrote: int | None, ended: str | Gap, *, filled: bool) -> dict[str, Any]:
    """One copy holds one state: that of a run which ended well, and no other."""
    group = path.rsplit("/", 1)[-1]
    if not filled:
        return points(name, (), group=group)
    if isinstance(ended, Gap):
        return {**unread(name, ended), "group": clean(group, 200), "host": "", "paths": [], "apart": True, "count": 1}
    return points(name, (wrote,) if wrote is not None and ended == "well" else (), group=group)
