"""What differs between two agreed plans of one agency, and what of it makes the later one ask for less. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pepperbird.model.agreed import AgreedItem, AgreedPlan, DroppedItem, PlanChange
from pepperbird.model.verdict import PostureEntry
from pepperbird.score.agreed import Progress, standings

Key = tuple[str, str]
_SETTLED: Final = frozenset({Progress.DONE, Progress.NOTHING})
"""What may leave a plan without a word: it was mended, or is asked of nothing any more."""


def plan_changes(before: AgreedPlan, after: AgreedPlan) -> tuple[PlanChange, ...]:
    """Everything that differs, but the order of entries, by the names of the items."""
    return tuple(sorted(_changes(before, after), key=lambda one: (one.control, one.asset or "", one.how)))


def weakened(before: AgreedPlan, after: AgreedPlan, entries: Iterable[PostureEntry], at: str) -> tuple[PlanChange, ...]:
    """Of what differs: items that left unmended (as the agency stands now), later days, reasons that are gone."""
    left = {_key(one.item) for one in standings(before, entries, at) if one.progress not in _SETTLED}
    gone = ("dropped", "removed")
    return tuple(
        one
        for one in plan_changes(before, after)
        if one.how in ("later", "forgotten") or (one.how in gone and (one.control, one.asset or "") in left)
    )


def _changes(before: AgreedPlan, after: AgreedPlan) -> Iterator[PlanChange]:
    was, now = ({_key(one): one for one in plan.items} for plan in (before, after))
    fresh = [one for one in after.dropped if one not in before.dropped]
    for key, item in was.items():
        if key not in now:
            yield _left(item, [one for one in fresh if _key(one) == key])
        elif item != now[key]:
            yield _moved(item, now[key])
    for key, item in now.items():
        if key not in was:
            yield _change(item, "added", now=item.due)
    for one in fresh:
        if _key(one) not in was:
            yield _change(one, "dropped", reason=one.reason)
    for one in before.dropped:
        if one not in after.dropped:
            yield _change(one, "forgotten", reason=one.reason)


def _left(item: AgreedItem, records: Sequence[DroppedItem]) -> PlanChange:
    if not records:
        return _change(item, "removed", then=item.due)
    return _change(item, "dropped", then=item.due, reason=records[-1].reason)


def _moved(was: AgreedItem, now: AgreedItem) -> PlanChange:
    how = "changed" if was.due == now.due else "later" if was.due < now.due else "earlier"
    return _change(was, how, then=was.due, now=now.due)


def _change(one: AgreedItem | DroppedItem, how: str, then: str = "", now: str = "", reason: str = "") -> PlanChange:
    values = {"control": one.control, "asset": one.asset, "how": how, "then": then, "now": now, "reason": reason}
    return PlanChange.model_validate(values)


def _key(one: AgreedItem | DroppedItem) -> Key:
    return one.control, one.asset or ""
