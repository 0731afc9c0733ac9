"""Walks the raw values of a parsed file, whatever they are, so that rules can speak where models already gave up."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from pepperbird.located.document import Path

Row = dict[Any, Any]


def rows(data: Any, *names: str) -> Iterator[tuple[Path, Row]]:
    """Every map in the list at `names[0]`, then in the list at `names[1]` of each of those, with its path."""
    found: list[tuple[Path, Any]] = [((), data)]
    for name in names:
        found = [
            ((*path, name, index), item)
            for path, value in found
            if isinstance(value, dict) and isinstance(value.get(name), list)
            for index, item in enumerate(value[name])
        ]
    for path, item in found:
        if isinstance(item, dict):
            yield path, item


def texts(row: Row, name: str) -> Iterator[tuple[Path, str]]:
    """The text at `name`, or each text in the list there, with its path inside the row."""
    value = row.get(name)
    if isinstance(value, str):
        yield (name,), value
    elif isinstance(value, list):
        yield from (((name, index), item) for index, item in enumerate(value) if isinstance(item, str))


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text anywhere in `value`, keys excepted."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))


def said(path: Path) -> str:
    """A path as messages begin with it: `assets.0.on`."""
    return ".".join(map(str, path))


def near(name: str, known: Iterable[str]) -> str:
    """` (did you mean x?)` where a known name is close, '' else; and where there are too many to compare."""
    names = list(known)
    found = difflib.get_close_matches(name[:100], names, 1, 0.6) if len(names) <= 1000 else []
    return f" (did you mean {found[0]}?)" if found else ""


def as_date(text: Any) -> datetime.date | None:
    """The day, None where `text` has not the form or the calendar has no such day."""
    if not isinstance(text, str) or len(text) != 10:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def as_moment(text: Any) -> datetime.datetime | None:
    """A day or a time with its zone (RFC 3339); None for anything else."""
    day = as_date(text)
    if day is not None:
        return datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    if not isinstance(text, str) or len(text) > 40 or "T" not in text:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
