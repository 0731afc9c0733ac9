"""How an agreed plan stands: what of it is done, open and overdue, and how long each has failed. Pure.

An item is done when every pair that it names passes or does not apply. What went dark is not done. A waiver takes an
item from the overdue ones, as it buys time; what names no pair any more (the register or the baseline changed) asks
for nothing and is overdue never.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from pepperbird.model.agreed import AgreedItem, AgreedPlan
from pepperbird.model.policy import Deadlines
from pepperbird.model.state import State, Tier
from pepperbird.model.verdict import PostureEntry
from pepperbird.score.overdue import due_day

ABOUT_FIVE: Final = 5
"""Open items that one administrator can keep up with."""
_DONE: Final = frozenset({State.PASS, State.NOT_APPLICABLE})


class Progress(StrEnum):
    """Where an item stands."""

    DONE = "done"
    OPEN = "open"
    OVERDUE = "overdue"
    WAIVED = "delay accepted"
    NOTHING = "nothing to judge"


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """An item of the plan. `age` is the days since its first fail that still stands; None where none does."""

    item: AgreedItem
    progress: Progress
    age: int | None

    @property
    def is_open(self) -> bool:
        return self.progress in (Progress.OPEN, Progress.OVERDUE)


def standings(plan: AgreedPlan, entries: Iterable[PostureEntry], at: str) -> tuple[ItemStanding, ...]:
    """Every item of the plan by its deadline, the first due first."""
    listed = [entry for entry in entries if entry.agency == plan.agency]
    found = [_standing(item, listed, at) for item in plan.items]
    return tuple(sorted(found, key=lambda one: (one.item.due, one.item.agreed, one.item.name)))


def plan_kept(plan: AgreedPlan | None, entries: Sequence[PostureEntry], at: str) -> bool | None:
    """True where nothing of the plan is overdue; None where there is no plan, or nothing was left in it."""
    if plan is None or not plan.items:
        return None
    return all(one.progress is not Progress.OVERDUE for one in standings(plan, entries, at))


def due_of(
    control: str, asset: str | None, entries: Iterable[PostureEntry], deadlines: Mapping[Tier, Deadlines], agreed: str
) -> str | None:
    """The day by which an item that enters the plan on `agreed` is due: the shortest time that its pairs are given.

    None where nothing stands of it.
    """
    ours = [one for one in entries if one.control == control and asset in (None, one.asset)]
    days = [int(getattr(deadlines[Tier(one.tier)], one.severity)) for one in ours if Tier(one.tier) in deadlines]
    return due_day(agreed, min(days)) if days else None


def days_between(since: str, at: str) -> int:
    """Whole days from the day of one moment to that of another; never under 0."""
    return max((date.fromisoformat(at[:10]) - date.fromisoformat(since[:10])).days, 0)


def _standing(item: AgreedItem, entries: Sequence[PostureEntry], at: str) -> ItemStanding:
    ours = [one for one in entries if one.control == item.control and item.asset in (None, one.asset)]
    failing = [one.failing_since or one.since for one in ours if State.FAIL in (one.state, one.overlaid)]
    age = days_between(min(failing), at) if failing else None
    return ItemStanding(item, _progress(item, ours, at), age)


def _progress(item: AgreedItem, ours: Sequence[PostureEntry], at: str) -> Progress:
    left = {one.state for one in ours} - _DONE
    if not ours:
        return Progress.NOTHING
    if not left:
        return Progress.DONE
    if left == {State.WAIVED}:
        return Progress.WAIVED
    return Progress.OVERDUE if item.due < at[:10] else Progress.OPEN
