"""Spans: how long each pair was in which state. A run adds to them only what it changed. Pure.

A **fault** is what a person would call one: a pair that fails, through silences and waivers, until it is seen in order
or nobody asks any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from pepperbird.model.history import Span, Spans
from pepperbird.model.state import Enforcement, State
from pepperbird.model.verdict import PostureEntry

IN_ORDER = (State.PASS, State.NOT_APPLICABLE)
"""States that rest on evidence that nothing is wrong."""
FAULTY = (State.FAIL, State.WAIVED)


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


def faults(spans: Iterable[Span]) -> tuple[Fault, ...]:
    """The faults that spans of one or more agencies tell of, by when they were opened."""
    by_pair: dict[tuple[str, str, str], list[Span]] = defaultdict(list)
    for span in spans:
        by_pair[span.agency, *span.pair].append(span)
    found = [fault for some in by_pair.values() for fault in _of_pair(sorted(some, key=lambda one: one.opened_run))]
    return tuple(sorted(found, key=lambda one: (one.opened, one.agency, one.control, one.asset)))


def days_to_fix(found: Iterable[Fault], since: str = "") -> float | None:
    """The median of the days that required faults took which were fixed since then; None where none was."""
    days = [
        one.days(one.fixed)
        for one in found
        if one.fixed and one.fixed >= since and one.enforcement == str(Enforcement.REQUIRED)
    ]
    return float(median(days)) if days else None


def _of_pair(spans: Sequence[Span]) -> Iterable[Fault]:
    current: Fault | None = None
    mended = False
    until = ""
    for span in spans:
        if current is not None and until not in ("", span.opened):
            yield replace(current, left=until)
            current = None
        until = span.closed
        if span.state in FAULTY:
            opened = span.since or span.opened
            since, again = (current.opened, current.again) if current is not None else (opened, mended)
            current = Fault(span.agency, span.control, span.asset, span.severity, span.enforcement, since, again=again)
        elif current is not None and span.state in IN_ORDER:
            yield replace(current, fixed=span.opened)
            current, mended = None, True
    if current is not None:
        yield replace(current, left=until)


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
