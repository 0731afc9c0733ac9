"""What is open, and what is overdue: by the deadlines of the baseline that the pair's tier is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pepperbird.model.policy import Deadlines
from pepperbird.model.state import Enforcement, State, Tier
from pepperbird.model.verdict import PostureEntry


@dataclass(frozen=True, slots=True)
class Open:
    """Required pairs that fail without an accepted delay, and those of them whose day is past.

    `overdue` is None where the deadlines of then are not known.
    """

    open: int
    overdue: int | None


def due_day(since: str, days: int) -> str:
    """The day by which what failed since then is to be fixed."""
    return (date.fromisoformat(since[:10]) + timedelta(days=days)).isoformat()


def open_of(
    entries: Iterable[PostureEntry], deadlines: Mapping[Tier, Deadlines] | None, at: str, standard: str | None = None
) -> Open:
    """What stood open at `at`, of one standard or of all."""
    ours = [
        one
        for one in entries
        if one.state is State.FAIL
        and one.enforcement is Enforcement.REQUIRED
        and (standard is None or one.control.startswith(f"{standard}-"))
    ]
    if deadlines is None or any(Tier(one.tier) not in deadlines for one in ours):
        return Open(len(ours), None if ours else 0)
    due = [due_day(one.failing_since or one.since, _days(one, deadlines)) for one in ours]
    return Open(len(ours), sum(day < at[:10] for day in due))


def _days(entry: PostureEntry, deadlines: Mapping[Tier, Deadlines]) -> int:
    days: int = getattr(deadlines[Tier(entry.tier)], entry.severity)
    return days
