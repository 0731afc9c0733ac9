"""restic repositories: what lies in them as files, and the restore points where restic may use the passphrase."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.reach import silent_mount
from pepperbird.observe.parsers.repositories import (
    NO_PASSPHRASE,
    Lines,
    few,
    out_of_reach,
    points,
    seconds,
    sections,
    unread,
)
from pepperbird.observe.text import Unseen, json_of, number, time_of, unknown, whole

_PARTS: Final = frozenset({"snapshots", "keys", "locks"})
_EMPTY: Final = (0, 0, 0)
_VERSION: Final = re.compile(r"(?:restic (\d+\.\d+\S*) .*)?")
_LOCKED: Final = re.compile(r"unable to (?:create|refresh) lock|repository is already locked")
_WRONG_PASSWORD: Final = 12
"""The exit status of restic 0.17 and later for a passphrase that opens nothing."""


def files(output: bytes) -> dict[str, Any]:
    """By id: number, oldest and newest time of its snapshots, keys and locks; or a Gap."""
    return {name: _files(path, lines) for name, (path, lines) in sections(whole(output)).items()}


def _files(path: str, lines: Lines) -> dict[str, Any] | Gap:
    if gap := out_of_reach(path, lines):
        return gap
    if not lines or lines[-1] != ("listed", ""):
        raise ValueError(f"{clean(path, 80)} is not told of in full")
    found: dict[str, Any] = {"path": path, **dict.fromkeys(_PARTS, _EMPTY)}
    config = False
    for key, value in lines[:-1]:
        if key in _PARTS and found[key] == _EMPTY:
            count, oldest, newest = map(number, value.split(" "))
            found[key] = count, oldest, newest
        elif key == "config":
            config = True
        else:
            raise unknown(f"{key} {value}")
    if not config:
        return Gap(GapReason.NOT_FOUND, f"There is no restic repository at {clean(path, 200)}.")
    return found


def snapshots(output: bytes) -> dict[str, Any]:
    """By id: the restore points, whether it opens without a passphrase, or a Gap."""
    first, *lines = whole(output)
    if not first.startswith("version ") or not _VERSION.fullmatch(first.removeprefix("version ")):
        raise unknown(first)
    return {name: _snapshots(path, lines) for name, (path, lines) in sections(lines).items()}


def _snapshots(path: str, lines: Lines) -> dict[str, Any] | Gap:
    if lines and lines[0][0] == "silent":
        return silent_mount(path, lines[0][1])
    if lines == [("no", "tool")]:
        return Gap(GapReason.UNSUPPORTED, "restic is not installed on the machine of the repository.",
                   "install restic there, so that it can list what it holds")  # fmt: skip
    if lines == [("no", "passphrase")]:
        return NO_PASSPHRASE
    keyless: int | None = None
    if lines and lines[-1][0] == "keyless":
        keyless = number(lines.pop()[1])
    if not lines or lines[-1][0] != "exit" or any(key != "|" for key, _ in lines[:-1]):
        raise ValueError("restic's answer is not whole")
    said = [value for _, value in lines[:-1]]
    if number(lines[-1][1]) != 0:
        return _failed(" ".join(said))
    begin = next((index for index, line in enumerate(said) if line.startswith(("[", "null"))), None)
    if begin is None:
        raise ValueError("restic listed nothing that could be read")
    listed = json_of("\n".join(said[begin:])) or []
    return {"points": [_point(one) for one in listed], "keyless": keyless}


def _failed(said: str) -> Gap:
    """restic before 0.17 ends with 1 for all of these: only its words tell them apart."""
    if "wrong password or no key found" in said:
        return Gap(GapReason.LOGIN_REFUSED, "The passphrase in the named file opens no key of this repository.",
                   "correct `password_file:` in the register, or the file")  # fmt: skip
    if "Resolving password failed" in said or "password file" in said.lower():
        return Gap(GapReason.NO_CREDENTIAL, "The file with the passphrase is not there.",
                   "correct `password_file:` in the register, or put the file in its place")  # fmt: skip
    if "Is there a repository at the following location" in said:
        return Gap(GapReason.NOT_FOUND, f"restic finds no repository there: {clean(said, 200)}")
    words = "It is locked" if _LOCKED.search(said) else "restic could not list it"
    return Gap(GapReason.PARSE, f"{words}: {clean(said, 300)}")


def _point(one: Any) -> tuple[str, tuple[str, ...], int]:
    if not isinstance(one, dict) or not isinstance(one.get("hostname", ""), str):
        raise ValueError("a snapshot of an odd form")
    paths = one.get("paths") or []
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise ValueError("a snapshot with odd paths")
    summary = one.get("summary")
    if isinstance(summary, dict) and not summary.get("backup_end"):
        raise ValueError("a snapshot whose backup did not end")
    return one.get("hostname", ""), tuple(sorted(paths)), seconds(one.get("time"))


def every(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`repositories`, and `points`: one row per machine and folders, or one for all where that is not seen."""
    files_of, points_of = inputs["files"], inputs["snapshots"]
    if isinstance(files_of, Gap):
        raise Unseen(files_of)
    if not isinstance(points_of, Gap) and points_of.keys() != files_of.keys():
        raise ValueError("the two probes tell of different repositories")
    told = dict.fromkeys(files_of, points_of) if isinstance(points_of, Gap) else points_of
    repositories = [_repository(name, seen, told[name]) for name, seen in sorted(files_of.items())]
    if isinstance(points_of, Gap):
        return {"points": points_of, "repositories": repositories}
    rows = [row for name, seen in sorted(files_of.items()) for row in _rows(name, seen, told[name])]
    few(rows)
    return {"points": rows, "repositories": repositories}


def _rows(name: str, seen: Any, told: Any) -> list[dict[str, Any]]:
    if isinstance(seen, Gap):
        return [unread(name, seen)]
    if isinstance(told, Gap) and told.reason not in (GapReason.NO_CREDENTIAL, GapReason.UNSUPPORTED):
        return [unread(name, told)]
    if isinstance(told, Gap):
        return [_uncounted(name, seen["snapshots"], told)]
    groups: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for host, paths, time in told["points"]:
        groups.setdefault((host, paths), []).append(time)
    if not groups:
        return [points(name, ())]
    return [
        points(name, times, group=f"{host} {', '.join(paths)}", host=host, paths=paths)
        for (host, paths), times in sorted(groups.items())
    ]


def _uncounted(name: str, counted: tuple[int, int, int], why: Gap) -> dict[str, Any]:
    """All restore points as one group: no machine and no folder, and only the first and the last time."""
    count, oldest, newest = counted
    row = points(name, (oldest, newest) if count else (), apart=False) | {"count": count, "days": why, "minutes": why}
    return row | ({"host": why, "paths": why} if count else {})


def _repository(name: str, seen: Any, told: Any) -> dict[str, Any]:
    if isinstance(seen, Gap):
        return {"id": name, "path": seen, "keys": seen, "keyless": seen, "locks": seen, "oldest_lock": seen}
    keys, (locks, oldest, _) = seen["keys"][0], seen["locks"]
    row = {"id": name, "path": seen["path"], "keys": keys, "keyless": _keyless(keys, told), "locks": locks}
    return row | ({"oldest_lock": time_of(oldest)} if locks else {})


def _keyless(keys: int, told: Any) -> bool | Gap:
    """Every restic encrypts; what can be missing is the passphrase. One key that a passphrase opens is the only one."""
    if isinstance(told, Gap):
        return told
    if told["keyless"] == 0:
        return True
    if keys == 1 or told["keyless"] == _WRONG_PASSWORD:
        return False
    return Gap(
        GapReason.UNSUPPORTED,
        "This version of restic cannot tell whether one of the keys needs no passphrase.",
        "install restic 0.17 or later on the machine of the repository",
    )
