"""Redaction: what no rule lets out never leaves the collecting process. The rules are content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from pepperbird.errors import ContentError
from pepperbird.model.collector import RedactionRule


@lru_cache(maxsize=8)
def redactor(rules: tuple[tuple[str, str, str], ...]) -> Redactor:
    return Redactor(rules)


def redactor_of(rules: Sequence[RedactionRule]) -> Redactor:
    """The redactor for `rules`; the same rules are compiled once. Raises ContentError for a pattern that is none."""
    return redactor(tuple((rule.id, rule.pattern, rule.put) for rule in rules))


class Redactor:
    """Replaces every match of every rule, in the order of the rules. `^` and `$` stand for each line's ends."""

    def __init__(self, rules: Sequence[tuple[str, str, str]]) -> None:
        self._rules: list[tuple[re.Pattern[bytes], bytes]] = []
        for rule_id, pattern, put in rules:
            try:
                compiled = re.compile(pattern.encode("utf-8"), re.MULTILINE)
                compiled.sub(put.encode("utf-8"), b"")
                self._rules.append((compiled, put.encode("utf-8")))
            except re.error as error:
                raise ContentError(f"redaction rule {rule_id}: {error}; correct its pattern or what it puts") from error

    def clean(self, data: bytes) -> tuple[bytes, int]:
        """`data` without what the rules forbid, and how many times something was taken out."""
        count = 0
        if data:
            for pattern, put in self._rules:
                data, times = pattern.subn(put, data)
                count += times
        return data, count
