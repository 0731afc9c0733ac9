"""Folders of dump files: the files of each pattern by time and size, and whether the newest of each is whole."""

from __future__ import annotations

from statistics import median_low
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.repositories import COLUMNS, Lines, few, out_of_reach, points, sections, unread
from pepperbird.observe.text import number, time_of, unknown, whole

_ALL: Final = (*COLUMNS, "empty", "oldest_empty", "size", "median", "share", "ending")
_ENDINGS: Final = frozenset({"whole", "marked", "cut", "empty"})
_FEW: Final = 3
_NO_PATTERNS: Final = Gap(
    GapReason.NOT_FOUND,
    "The register names no patterns of files for this folder, so nobody can say what should be in it.",
    "name them as `patterns:`, one for each thing that is backed up",
)
_UNSEEN: Final = {
    "hidden": (GapReason.DENIED, "The scanning account may not read the newest file.",
               "let the account read it (chgrp and chmod g+r on the files, g+rx on the folder)"),
    "unmarked": (GapReason.UNSUPPORTED, "Nothing in a file of this kind shows that it is whole.",
                 "compress the dump (gzip, zstd or xz): then its end can be tested"),
    "large": (GapReason.UNSUPPORTED, "The newest file is too large to be read through in a scan.",
              "hand in signed results of a verification"),
    "slow": (GapReason.PROBE_TIMEOUT, "The newest file could not be read through in 25 seconds.",
             "hand in signed results of a verification"),
}  # fmt: skip


def files(output: bytes) -> dict[str, Any]:
    """`points`: one row per repository and pattern; a Gap in every column of one that could not be listed."""
    rows: list[dict[str, Any]] = []
    for name, (path, lines) in sections(whole(output)).items():
        gap = out_of_reach(path, lines)
        rows += [unread(name, gap, _ALL)] if gap else _folder(name, path, lines)
    few(rows)
    return {"points": rows}


def _folder(name: str, path: str, lines: Lines) -> list[dict[str, Any]]:
    if not lines or lines[-1] != ("listed", ""):
        raise ValueError(f"{clean(path, 80)} is not told of in full")
    patterns: dict[str, Lines] = {}
    mine: Lines | None = None
    for key, value in lines[:-1]:
        if key == "pattern":
            mine = patterns[value] = []
        elif mine is None or key not in ("file", "ending"):
            raise unknown(f"{key} {value}")
        else:
            mine.append((key, value))
    if not patterns:
        return [unread(name, _NO_PATTERNS, _ALL)]
    return [_pattern(name, pattern, lines) for pattern, lines in patterns.items()]


def _pattern(name: str, pattern: str, lines: Lines) -> dict[str, Any]:
    found = [tuple(map(number, value.split(" "))) for key, value in lines if key == "file"]
    endings = [value for key, value in lines if key == "ending"]
    empty = [time for time, size in found if not size]
    row = points(name, [time for time, _ in found], group=pattern) | {"empty": len(empty)}
    row |= {"oldest_empty": time_of(min(empty))} if empty else {}
    if len(endings) != min(len(found), 1):
        raise ValueError(f"{clean(pattern, 80)} is not told of in full")
    if not found:
        return row
    at, size, word = endings[0].split(" ", 2)
    newest = number(at), number(size)
    if newest not in found or newest[0] != max(time for time, _ in found):
        raise ValueError(f"the newest file of {clean(pattern, 80)} is not among its files")
    older = [bytes_ for _, bytes_ in found]
    older.remove(newest[1])
    row |= {"size": newest[1], "share": newest[1] * 100 // max(1, newest[1] + sum(older)), "ending": _ending(word)}
    return row | ({"median": median_low(older)} if len(older) >= _FEW else {})


def _ending(word: str) -> str | Gap:
    if word in _ENDINGS:
        return word
    if word.startswith("needs "):
        tool = clean(word.removeprefix("needs "), 20)
        return Gap(GapReason.UNSUPPORTED, f"There is no {tool} on this machine to test the newest file with.",
                   f"install {tool}")  # fmt: skip
    if word not in _UNSEEN:
        raise unknown(word)
    return Gap(*_UNSEEN[word])
