"""Spans: how long each pair was in which state. A run adds to them only what it changed. Pure.

A **fault** is what a person would call one: a pair that fails, through silences and waivers, until it is seen in order
or nobody asks any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Final, NamedTuple

from pepperbird.model.history import Span, Spans
from pepperbird.model.state import Enforcement, State
from pepperbird.model.verdict import PostureEntry

IN_ORDER = (State.PASS, State.NOT_APPLICABLE)
"""States that rest on evidence that nothing is wrong."""
FAULTY = (State.FAIL, State.WAIVED)
_IN_ORDER: Final = frozenset(str(one) for one in IN_ORDER)
_FAULTY: Final = frozenset(str(one) for one in FAULTY)


class Told(NamedTuple):
    """What a span tells of a fault. All are texts: `state` is the value of one.

    A tuple, because a trend of some years reads ten thousands of them.
    """

    agency: str
    control: str
    asset: str
    opened_run: str
    state: str
    since: str
    opened: str
    closed: str
    severity: str
    enforcement: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A pair that failed. `opened` is when it was first seen to; `fixed` the run that saw it in order, else ''.

    `left` is the run after which nobody asked any more, by the register or the rules, else ''. `again` is true where
    the same pair had been fixed before.
    """

    agency: str
    control: str
    asset: str
    severity: str
    enforcement: str
    opened: str
    fixed: str = ""
    left: str = ""
    again: bool = False

    @property
    def open(self) -> bool:
        return not self.fixed and not self.left

    def days(self, at: str) -> int:
        """How many days it took, or has taken until `at`."""
        end = self.fixed or self.left or at
        return max((datetime.fromisoformat(end) - datetime.fromisoformat(self.opened)).days, 0)


def span_changes(lasting: Iterable[Span], posture: Iterable[PostureEntry], run: str, at: str) -> Spans:
    """What the standing after a full run changes of the spans that last. Both are of the same agencies."""
    before = {(one.agency, *one.pair): one for one in lasting}
    now = {(one.agency, one.control, one.asset): _span(one, run, at) for one in posture}
    changed = {key for key in before.keys() & now.keys() if _asked(before[key]) != _asked(now[key])}
    gone = before.keys() - now.keys()
    ended = [replace(before[key], closed=at, closed_run=run) for key in sorted(changed | gone)]
    begun = [now[key] for key in sorted(changed | (now.keys() - before.keys()))]
    return Spans(tuple(ended), tuple(begun))


def faults(spans: Iterable[Told]) -> tuple[Fault, ...]:
    """The faults that spans tell of, by when they were opened. Those of a pair follow each other, the oldest first."""
    return tuple(sorted(_faults(spans), key=lambda one: (one.opened, one.agency, one.control, one.asset)))


def days_to_fix(found: Iterable[Fault], since: str = "") -> float | None:
    """The median of the days that required faults took which were fixed since then; None where none was."""
    days = [
        one.days(one.fixed)
        for one in found
        if one.fixed and one.fixed >= since and one.enforcement == str(Enforcement.REQUIRED)
    ]
    return float(median(days)) if days else None


def _faults(spans: Iterable[Told]) -> Iterator[Fault]:
    """By pair. `failed` is the newest span of the fault that is open as one reads on, `opened` when that began."""
    pair: tuple[str, str, str] = ("", "", "")
    failed: Told | None = None
    opened = until = ""
    mended = again = False
    for span in spans:
        other = span[:3] != pair
        if failed is not None and (other or until not in ("", span.opened)):
            yield _fault(failed, opened, again, left=until)
            failed = None
        if other:
            pair, mended = span[:3], False
        until = span.closed
        if span.state in _FAULTY:
            if failed is None:
                opened, again = span.since or span.opened, mended
            failed = span
        elif failed is not None and span.state in _IN_ORDER:
            yield _fault(failed, opened, again, fixed=span.opened)
            failed, mended = None, True
    if failed is not None:
        yield _fault(failed, opened, again, left=until)


def _fault(span: Told, opened: str, again: bool, fixed: str = "", left: str = "") -> Fault:
    return Fault(*span[:3], span.severity, span.enforcement, opened, fixed, left, again)


def _span(entry: PostureEntry, run: str, at: str) -> Span:
    return Span(
        agency=entry.agency,
        control=entry.control,
        asset=entry.asset,
        kind=entry.kind,
        tier=entry.tier,
        severity=str(entry.severity),
        enforcement=str(entry.enforcement),
        state=entry.state,
        since=entry.failing_since,
        opened=at,
        opened_run=run,
    )


def _asked(span: Span) -> tuple[str, ...]:
    return span.kind, span.tier, span.severity, span.enforcement, str(span.state), span.since
