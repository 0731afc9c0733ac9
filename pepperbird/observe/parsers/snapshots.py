"""Snapshots of btrfs and ZFS that the register declares as repositories: times, what is read-only, what is held."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.repositories import (
    COLUMNS,
    Lines,
    few,
    out_of_reach,
    points,
    sections,
    stem,
    unread,
)
from pepperbird.observe.text import number, time_of, unknown, whole

_ROW: Final = re.compile(
    r"ID (?P<id>\d+) .*?"
    r"(?:otime (?P<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) |received_uuid (?P<from>\S+) +)?path (?P<path>.+)"
)
_LISTS: Final = ("times", "readonly", "received")
_NUMBERED: Final = frozenset({"snapshot", ""})
"""What snapper calls every snapshot, in a folder with its number."""
_BTRFS: Final = ("path", "writable")
_ZFS: Final = ("path", "ciphers", "used", "available")
_HELD: Final = (*COLUMNS, "held")
_TIMELESS: Final = Gap(
    GapReason.UNSUPPORTED, "btrfs does not list when a snapshot was received that is not based on an earlier one.",
    "send the next ones as increments (`btrfs send -p EARLIER NEWER`)",
)  # fmt: skip


def btrfs(output: bytes) -> dict[str, Any]:
    """`points` and `repositories` of every declared folder of snapshots."""
    rows: list[dict[str, Any]] = []
    repositories: list[dict[str, Any]] = []
    for name, (path, lines) in sections(whole(output)).items():
        seen = out_of_reach(path, lines) or _lists(path, lines)
        if isinstance(seen, Gap):
            rows.append(unread(name, seen))
            repositories.append({"id": name, **dict.fromkeys(_BTRFS, seen)})
            continue
        rows += _groups(name, path, *seen)
        writable = [place for number_, (place, _) in sorted(seen[0].items()) if number_ not in seen[1]]
        repositories.append({"id": name, "path": path, "writable": [clean(one, 100) for one in writable][:50]})
    few(rows)
    return {"points": rows, "repositories": repositories}


Snapshots = dict[int, tuple[str, int | None]]


def _lists(path: str, lines: Lines) -> tuple[Snapshots, frozenset[int]] | Gap:
    """The snapshots below the path by number: their place below it and their time; and the numbers of the read-only."""
    if not lines or lines[0][0] != "mounted":
        raise ValueError(f"{clean(path, 80)} is not told of in full")
    kind, _, rest = lines[0][1].partition(" ")
    root, _, target = rest.partition(" ")
    if kind != "btrfs":
        return Gap(
            GapReason.NOT_FOUND,
            f"{clean(path, 200)} lies on no btrfs volume: it is not mounted, or the register is wrong.",
        )
    if lines[1:] == [("no", "tool")]:
        return Gap(GapReason.UNSUPPORTED, "The programs of btrfs are not installed on the machine.")
    ends = [value for key, value in lines[1:] if key == "exit"]
    if len(ends) != len(_LISTS) or lines[-1][0] != "exit":
        raise ValueError(f"{clean(path, 80)} is not told of in full")
    if any(map(number, ends)):
        said = " ".join(value for key, value in lines[1:] if key in _LISTS)
        return Gap(GapReason.PARSE, f"btrfs could not list it: {clean(said, 200)}")
    lead = f"{root.strip('/')}/{path.removeprefix(target.rstrip('/')).strip('/')}".strip("/")
    found: dict[str, dict[int, re.Match[str]]] = {name: {} for name in _LISTS}
    for key, value in lines[1:]:
        if key == "exit":
            continue
        row = _ROW.fullmatch(value)
        if key not in found or row is None:
            raise unknown(f"{key} {value}")
        if not lead or row["path"].startswith(f"{lead}/"):
            found[key][number(row["id"])] = row
    snapshots: Snapshots = {}
    for which, row in found["times"].items():
        snapshots[which] = row["path"][len(lead) :].strip("/"), _seconds(row["time"])
    for which, row in found["received"].items():
        if row["from"] not in (None, "-"):
            snapshots.setdefault(which, (row["path"][len(lead) :].strip("/"), None))
    return snapshots, frozenset(found["readonly"])


def _seconds(text: str | None) -> int | None:
    """The probe runs btrfs in UTC."""
    if text is None:
        raise ValueError("a snapshot of btrfs without its time")
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


def _groups(name: str, path: str, snapshots: Snapshots, readonly: frozenset[int]) -> list[dict[str, Any]]:
    groups: dict[str, list[int | None]] = {}
    for which, (place, time) in snapshots.items():
        if which in readonly:
            parts = [stem(part) for part in place.split("/") if part not in _NUMBERED]
            group = "/".join(part for part in parts if part) or path.rsplit("/", 1)[-1]
            groups.setdefault(group, []).append(time)
    if not groups:
        return [points(name, ())]
    rows = []
    for group, times in sorted(groups.items()):
        known = [time for time in times if time is not None]
        row = points(name, known, group=group)
        rows.append(row if known else row | {"count": len(times), "newest": _TIMELESS, "oldest": _TIMELESS})
    return rows


def zfs(output: bytes) -> dict[str, Any]:
    """`points` and `repositories` of every declared dataset, with what is held."""
    rows: list[dict[str, Any]] = []
    repositories: list[dict[str, Any]] = []
    for name, (path, lines) in sections(whole(output)).items():
        gap = _no_dataset(path, lines)
        if gap:
            rows.append(unread(name, gap, _HELD))
            repositories.append({"id": name, **dict.fromkeys(_ZFS, gap)})
            continue
        datasets, snapshots = _datasets(path, lines)
        rows += [
            _dataset(name, one, snapshots.get(one, ())) for one in datasets if one in snapshots or len(datasets) == 1
        ]
        if not snapshots and len(datasets) > 1:
            rows.append(points(name, ()))
        top = min(datasets, key=len)
        repositories.append(
            {
                "id": name, "path": path, "ciphers": [clean(one[0], 40) for one in datasets.values()][:50],
                "used": datasets[top][1], "available": datasets[top][2],
            }
        )  # fmt: skip
    few(rows)
    return {"points": rows, "repositories": repositories}


def _no_dataset(path: str, lines: Lines) -> Gap | None:
    if lines == [("no", "zfs")]:
        return Gap(GapReason.NOT_FOUND, "The kernel of this machine has no ZFS loaded, or there is no zfs command.")
    if lines == [("no", "dataset")]:
        return Gap(GapReason.NOT_FOUND, f"No dataset of ZFS is mounted at {clean(path, 200)}, and none has that name.")
    return None


def _datasets(path: str, lines: Lines) -> tuple[dict[str, tuple[str, int, int]], dict[str, list[tuple[int, bool]]]]:
    """By name: cipher, bytes used and left of each dataset; and time and hold of its snapshots."""
    if not lines or lines[-1] != ("listed", ""):
        raise ValueError(f"{clean(path, 80)} is not told of in full")
    datasets: dict[str, tuple[str, int, int]] = {}
    snapshots: dict[str, list[tuple[int, bool]]] = {}
    for key, value in lines[:-1]:
        cells = value.split("\t")
        if key == "dataset" and len(cells) == 4:
            datasets[cells[0]] = cells[1], number(cells[2]), number(cells[3])
        elif key == "snapshot" and len(cells) == 3:
            owner, at, _ = cells[0].partition("@")
            if not at or owner not in datasets:
                raise unknown(value)
            snapshots.setdefault(owner, []).append((number(cells[1]), number(cells[2]) > 0))
        else:
            raise unknown(f"{key} {value}")
    return datasets, snapshots


def _dataset(name: str, dataset: str, snapshots: Sequence[tuple[int, bool]]) -> dict[str, Any]:
    held = [time for time, hold in snapshots if hold]
    row = points(name, [time for time, _ in snapshots], group=dataset)
    return row | ({"held": time_of(max(held))} if held else {})
