"""How the host keys that a machine shows stand to those recorded, and a known_hosts file with new ones recorded.

Contacts nothing and writes nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pepperbird.collect.known_hosts import Entry, parse_known_hosts
from pepperbird.errors import UsageError

State = Literal["known", "new", "changed", "revoked"]


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A host key as the machine showed it; `key` is base64."""

    kind: str
    key: str
    fingerprint: str


def states(text: str, name: str, shown: Sequence[ShownKey]) -> list[State]:
    """How each shown key stands to what `text`, a known_hosts file, says of the host `name`.

    A key of a kind that was not recorded is only `new` where another shown key is known, or nothing is: a machine that
    shows none of its recorded keys is another machine.
    """
    entries = [entry for entry in parse_known_hosts(text.splitlines()) if entry.holds_for(name)]
    good = [entry for entry in entries if not entry.revoked]
    recorded = {entry.key for entry in good}
    proven = not good or any(base64.b64decode(key.key) in recorded for key in shown)
    return [_state(key, entries, good, proven=proven) for key in shown]


def _state(shown: ShownKey, entries: Sequence[Entry], good: Sequence[Entry], *, proven: bool) -> State:
    key = base64.b64decode(shown.key)
    if any(entry.revoked and entry.key == key for entry in entries):
        return "revoked"
    if any(entry.key == key for entry in good):
        return "known"
    if not proven or any(entry.kind == shown.kind for entry in good):
        return "changed"
    return "new"


def recorded(text: str, name: str, keys: Sequence[ShownKey], *, replace: bool) -> str:
    """`text` with the keys appended for `name`; with `replace`, what was recorded for it before is taken out.

    Raises UsageError where a pattern covers the host, which cannot be taken out without others.
    """
    lines = text.splitlines()
    if replace:
        lines = [kept for number, line in enumerate(lines, 1) if (kept := _without(line, name, number)) is not None]
    lines += [f"{name} {key.kind} {key.key}" for key in keys]
    return "".join(f"{line}\n" for line in lines)


def _without(line: str, name: str, number: int) -> str | None:
    entry = next(iter(parse_known_hosts([line])), None)
    if entry is None or entry.revoked or not entry.holds_for(name):
        return line
    others = [one for one in entry.names if not Entry((one,), entry.kind, entry.key).holds_for(name)]
    gone = [one for one in entry.names if one not in others]
    if any("*" in one or "?" in one for one in gone):
        raise UsageError(f"known_hosts line {number} covers {name} by the pattern {gone[0]}; edit that line by hand")
    return " ".join([",".join(others), *line.split()[1:]]) if others else None
