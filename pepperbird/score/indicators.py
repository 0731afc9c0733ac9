"""The indicators of the quarterly report: counted from what the store keeps for good, the same for any quarter. Pure.

An indicator that counts agencies or things counts what was **seen** to be so. What is not known is not counted as done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pepperbird.model.history import Tally
from pepperbird.model.scores import Figures
from pepperbird.model.state import Enforcement, Severity, State

PROOFS: Final = {"restores": "BR-12", "repositories": "BR-11", "patched": "IS-21", "supported": "DS-15"}
"""Indicators that count the passes of one control."""
DOWN: Final = frozenset({"critical_open", "days_to_fix"})
"""Indicators of which less is better."""
INDICATORS: Final = (
    "onboarded", "seen", *PROOFS, "critical_open", "days_to_fix", "coverage",
)  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """How things stood at the end of a quarter.

    `stood` is by agency and standard what the newest full run said; `seen` the same of runs in that quarter only.
    `registered` is None where no run judged the whole nation in that quarter or before.
    """

    quarter: str
    stood: Mapping[str, Mapping[str, Figures]]
    seen: Mapping[str, Mapping[str, Figures]]
    tallies: Sequence[Tally]
    registered: int | None
    nation: Figures | None
    days_to_fix: float | None
    fixed: int


@dataclass(frozen=True, slots=True)
class Value:
    """What was counted, `of` how many where that is known. `value` is None where nothing tells."""

    value: float | None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line: where it began, what is wanted (None: not set), where it is; `met` is None where nobody can tell."""

    id: str
    baseline: Value | None
    before: Value | None
    target: float | None
    actual: Value

    @property
    def met(self) -> bool | None:
        if self.target is None or self.actual.value is None:
            return None
        return self.actual.value <= self.target if self.id in DOWN else self.actual.value >= self.target


def values(moment: Moment) -> dict[str, Value]:
    """Each indicator at that moment."""
    found = {
        "onboarded": Value(len(moment.stood), moment.registered),
        "seen": Value(sum(_known(some) for some in moment.seen.values()), moment.registered),
    }
    found |= {name: _passing(moment.tallies, control) for name, control in PROOFS.items()}
    found["critical_open"] = Value(_critical(moment.tallies) if moment.stood else None)
    found["days_to_fix"] = Value(moment.days_to_fix)
    found["coverage"] = Value(moment.nation.coverage if moment.nation else None)
    return found


def indicators(
    now: Moment, before: Moment | None, first: Moment | None, targets: Mapping[str, float]
) -> tuple[Indicator, ...]:
    """Every indicator, in the order of INDICATORS."""
    actual = values(now)
    earlier, began = (None if one is None else values(one) for one in (before, first))
    return tuple(
        Indicator(
            name, began[name] if began else None, earlier[name] if earlier else None, targets.get(name), actual[name]
        )
        for name in INDICATORS
    )


@dataclass(frozen=True, slots=True)
class Failing:
    """A required control that fails at so many agencies of those that it was asked of; `unknown`: not known of any."""

    control: str
    agencies: int
    unknown: int
    of: int


def failing_most(tallies: Iterable[Tally], most: int = 10) -> tuple[Failing, ...]:
    """The controls that fail at most agencies, most first."""
    asked: dict[str, dict[str, set[State]]] = {}
    for one in tallies:
        if one.enforcement == Enforcement.REQUIRED and one.state is not State.NOT_APPLICABLE:
            asked.setdefault(one.control, {}).setdefault(one.agency, set()).add(one.state)
    found = [_failing(control, agencies) for control, agencies in asked.items()]
    ranked = sorted((one for one in found if one.agencies), key=lambda one: (-one.agencies, one.control))
    return tuple(ranked[:most])


def _failing(control: str, agencies: Mapping[str, set[State]]) -> Failing:
    fails = [states for states in agencies.values() if State.FAIL in states]
    unknown = [states for states in agencies.values() if all(one.unknown for one in states)]
    return Failing(control, len(fails), len(unknown), len(agencies))


def _known(some: Mapping[str, Figures]) -> bool:
    return "" in some and some[""].conclusive > 0


def _passing(tallies: Iterable[Tally], control: str) -> Value:
    """How many pairs pass, of those that it was asked of and does not leave aside."""
    ours = [one for one in tallies if one.control == control and one.state is not State.NOT_APPLICABLE]
    total = sum(one.pairs for one in ours)
    return Value(sum(one.pairs for one in ours if one.state is State.PASS) if total else None, total or None)


def _critical(tallies: Iterable[Tally]) -> int:
    return sum(
        one.pairs
        for one in tallies
        if one.severity == Severity.CRITICAL and one.enforcement == Enforcement.REQUIRED and one.state is State.FAIL
    )
