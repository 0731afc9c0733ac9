"""What fell since the run before, counted by cause: the falls that a comparison tells of, of required pairs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.score.change import Kind, Pair, moved
from pepperbird.score.rules import BothRules

_Of = TypeVar("_Of", PostureEntry, Verdict)


def falls(
    before: Iterable[PostureEntry], after: Iterable[PostureEntry], verdicts: Iterable[Verdict], rules: BothRules
) -> Mapping[str, Mapping[str, int]]:
    """By standard ('' for all) and cause how many required pairs of one agency fell. `verdicts` are those of now."""
    found: dict[str, Counter[str]] = {"": Counter()}
    for one in moved(_by_pair(before), _by_pair(after), _by_pair(verdicts), rules):
        if one.kind is Kind.FELL and one.scored and one.cause is not None:
            for standard in ("", one.control.partition("-")[0]):
                found.setdefault(standard, Counter())[str(one.cause)] += 1
    return found


def _by_pair(some: Iterable[_Of]) -> dict[Pair, _Of]:
    return {(one.control, one.asset): one for one in some}
