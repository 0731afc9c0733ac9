"""What every parser stands on: bounded text, and the two ways to say that there is no answer.

A parser raises ValueError for a line that it can't account for (the reader makes Gap `parse` of it), Unseen where it
knows better why nothing can be said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean

MAX_BYTES = 8 * 1024 * 1024
MAX_LINE = 65536
MAX_LINES = 200_000
MAX_DEPTH = 24
END = "end"


class Unseen(Exception):  # noqa: N818 - it is an answer, not an error
    """What was asked can't be known, and this Gap says why."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(gap.detail)
        self.gap = gap


def unseen(reason: GapReason, detail: str, remedy: str = "") -> Unseen:
    """An Unseen whose words are fit to show."""
    return Unseen(Gap(reason, clean(detail, 400), clean(remedy, 400)))


def lines_of(output: bytes) -> list[str]:
    """The lines of an output. Raises ValueError where it is too long, holds NUL or is not UTF-8."""
    if len(output) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    if b"\0" in output:
        raise ValueError("a NUL byte")
    lines = output.decode("utf-8").split("\n")
    if len(lines) > MAX_LINES:
        raise ValueError(f"more than {MAX_LINES} lines")
    if max(map(len, lines)) > MAX_LINE:
        raise ValueError(f"a line of more than {MAX_LINE} characters")
    if lines[-1] == "":
        lines.pop()
    return lines


def whole(output: bytes) -> list[str]:
    """The lines of an output that must close with `end`, without it: one that was cut short is refused."""
    lines = lines_of(output)
    if not lines or lines[-1] != END:
        raise ValueError("the output does not close with its end mark")
    return lines[:-1]


def keyed(lines: list[str]) -> Iterator[tuple[str, str]]:
    """`KEY VALUE` of each line; the value is '' where a line has one word only."""
    for line in lines:
        key, _, value = line.partition(" ")
        yield key, value


def unknown(line: str) -> ValueError:
    """The error for a line that no rule of the parser takes."""
    return ValueError(f"a line that is not understood: {clean(line, 80)}")


def json_of(text: str) -> Any:
    """A JSON value, its depth counted before it is parsed. Raises ValueError."""
    depth = 0
    for character in text:
        if character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"nested deeper than {MAX_DEPTH}")
        elif character in "]}":
            depth -= 1
    return json.loads(text)


def number(text: str) -> int:
    """A whole number of ASCII digits. Raises ValueError for anything else, also for signs and spaces."""
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise ValueError(f"not a whole number: {clean(text, 40)}")
    return int(text)


def time_of(seconds: int) -> str:
    """RFC 3339 in UTC of seconds since 1970. Raises ValueError beyond the year 9999."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError) as error:
        raise ValueError("a time out of range") from error
