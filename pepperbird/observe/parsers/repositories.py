"""What the readers of all kinds of backup repositories share: sections by repository, and rows of restore points."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pepperbird.expression.functions import epoch
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.reach import dead_mount, silent_mount
from pepperbird.observe.text import keyed, time_of, unknown

DAY: Final = 86400
MOST_DAYS: Final = 400
MOST_MINUTES: Final = 1000
MOST_GROUPS: Final = 1000
COLUMNS: Final = ("group", "host", "paths", "apart", "newest", "oldest", "count", "days", "minutes")
NO_PASSPHRASE: Final = Gap(
    GapReason.NO_CREDENTIAL,
    "The register names no file with the passphrase, so only names, times and sizes of files can be seen.",
    "name the file on the machine of the repository as `password_file:`, or sign a document in its place",
)

_DATED: Final = re.compile(r"[-_.:@ ]*(?:\d{4}-?\d{2}-?\d{2}(?!\d).*|\d{6,}.*|\d+)$")

Lines = list[tuple[str, str]]


def sections(lines: list[str]) -> dict[str, tuple[str, Lines]]:
    """By id of the repository: its path and its lines. Raises ValueError for lines before the first."""
    found: dict[str, tuple[str, Lines]] = {}
    mine: Lines | None = None
    for key, value in keyed(lines):
        if key == "repository":
            name, _, path = value.partition(" ")
            if not name or name in found or not path.startswith("/"):
                raise unknown(f"{key} {value}")
            mine = []
            found[name] = path, mine
        elif mine is None:
            raise unknown(f"{key} {value}")
        else:
            mine.append((key, value))
    return found


def out_of_reach(path: str, lines: Lines) -> Gap | None:
    """The Gap of a repository that is not there, that lies where nothing answers, or that could not be listed."""
    if lines and lines[0] == ("absent", ""):
        return Gap(
            GapReason.NOT_FOUND,
            f"{clean(path, 200)} is not there: what it lies on is not mounted, or the register is wrong.",
        )
    if lines and lines[0][0] == "silent":
        return silent_mount(path, lines[0][1])
    if lines and lines[0][0] == "failed":
        return dead_mount(path, lines[0][1]) or Gap(
            GapReason.DENIED, f"{clean(path, 200)} could not be listed whole: {clean(lines[0][1], 200)}"
        )
    return None


def points(
    repository: str, times: Iterable[int], *, group: str = "", host: str = "", paths: Sequence[str] = (),
    apart: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """One row: a group of restore points of a repository by their times in seconds."""
    known = sorted(times)
    row: dict[str, Any] = {
        "id": named(repository, group), "repository": repository, "group": clean(group, 200), "host": clean(host, 100),
        "paths": [clean(path, 200) for path in paths], "apart": apart, "count": len(known),
        "minutes": [(known[-1] - one) // 60 for one in reversed(known[-MOST_MINUTES:])],
        "days": sorted({(known[-1] - one) // DAY for one in known})[:MOST_DAYS] if known else [],
    }  # fmt: skip
    return row | ({"newest": time_of(known[-1]), "oldest": time_of(known[0])} if known else {})


def named(repository: str, group: str) -> str:
    return clean(f"{repository}: {group}" if group else repository, 300)


def stem(name: str) -> str:
    """A name up to the date, time or number that it ends with; '' where it is nothing else."""
    return _DATED.sub("", name)


def unread(repository: str, gap: Gap, columns: Sequence[str] = COLUMNS) -> dict[str, Any]:
    """The row of a repository that could not be read: a Gap in every column."""
    return {"id": repository, "repository": repository, **dict.fromkeys(columns, gap)}


def seconds(text: Any) -> int:
    """Seconds since 1970 of an RFC 3339 time. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("a time that is not text")
    return epoch(text)


def few(groups: Sequence[Any]) -> None:
    """Raise ValueError where there are more groups than anybody could have meant."""
    if len(groups) > MOST_GROUPS:
        raise ValueError(f"more than {MOST_GROUPS} groups of restore points")
