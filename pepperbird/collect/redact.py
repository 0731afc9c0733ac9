"""Redaction: what no rule lets out never leaves the collecting process. The rules are content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pepperbird.errors import ContentError
from pepperbird.model.collector import RedactionRule

_UTF_16: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def redactor_of(rules: Sequence[RedactionRule]) -> Redactor:
    """The redactor for `rules`; the same rules are compiled once. Raises ContentError for a pattern that is none."""
    return _redactor(tuple((rule.id, rule.pattern, rule.put, rule.words) for rule in rules))


@lru_cache(maxsize=8)
def _redactor(rules: tuple[tuple[str, str, str, tuple[str, ...]], ...]) -> Redactor:
    return Redactor(tuple(_Rule.of(*rule) for rule in rules))


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[bytes]
    put: bytes
    words: tuple[bytes, ...]

    @classmethod
    def of(cls, rule_id: str, pattern: str, put: str, words: tuple[str, ...]) -> _Rule:
        try:
            compiled = re.compile(pattern.encode("utf-8"), re.MULTILINE)
            compiled.sub(put.encode("utf-8"), b"")
        except re.error as error:
            raise ContentError(f"redaction rule {rule_id}: {error}; correct its pattern or what it puts") from error
        return cls(compiled, put.encode("utf-8"), tuple(word.lower().encode("utf-8") for word in words))


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces every match of every rule, in the order of the rules. `^` and `$` stand for each line's ends."""

    rules: tuple[_Rule, ...]

    def clean(self, data: bytes) -> tuple[bytes, int]:
        """`data` without what the rules forbid, and how many times something was taken out."""
        count = 0
        lower = data.lower()
        for rule in self.rules if data else ():
            if rule.words:
                data, times = _clean_lines(rule, data, lower)
            else:
                data, times = rule.pattern.subn(rule.put, data)
            if times:
                count += times
                lower = data.lower()
        return data, count


def readable(data: bytes) -> bytes:
    """Text that says by its mark that it is UTF-16, as Windows PowerShell writes it, in UTF-8: no rule would find a
    password in it else. Anything else as it is.
    """
    mark = _UTF_16.get(data[:2])
    if mark is None:
        return data
    try:
        return data[2:].decode(mark).encode()
    except ValueError:
        return data


def _clean_lines(rule: _Rule, data: bytes, lower: bytes) -> tuple[bytes, int]:
    """The rule applied to the lines that have one of its words."""
    lines: set[tuple[int, int]] = set()
    for word in rule.words:
        at = lower.find(word)
        while at >= 0:
            start = lower.rfind(b"\n", 0, at) + 1
            end = lower.find(b"\n", at)
            end = len(lower) if end < 0 else end
            lines.add((start, end))
            at = lower.find(word, end)
    if not lines:
        return data, 0
    parts: list[bytes] = []
    position = count = 0
    for start, end in sorted(lines):
        put, times = rule.pattern.subn(rule.put, data[start:end])
        parts += (data[position:start], put)
        position = end
        count += times
    return b"".join((*parts, data[position:])), count
