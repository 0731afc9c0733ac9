"""The documents that are wanted, with what is to be done about most of them said once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pepperbird.report.view import UnseenView

MANY = 3


def papers_of(documents: Sequence[UnseenView]) -> tuple[tuple[UnseenView, ...], str]:
    """The documents, those marked that wait for the same; and what that is, '' where fewer than three do."""
    counted = Counter(_step(one) for one in documents if one.gap.remedy)
    step, number = counted.most_common(1)[0] if counted else ("", 0)
    if number < MANY:
        return tuple(documents), ""
    return tuple(replace(one, usual=_step(one) == step) for one in documents), step


def _step(one: UnseenView) -> str:
    """What is to be done, without the names of the clause and the asset that it ends with."""
    remedy = one.gap.remedy.rstrip(".").removesuffix(f" and {one.gap.asset}")
    for clause in one.gap.clauses:
        remedy = remedy.removesuffix(f" for {clause}")
    return remedy
