"""How states combine (design, section 2): the algebra of required clauses, of alternatives, of contradiction."""

from __future__ import annotations

from collections.abc import Sequence

from pepperbird.model.state import Assurance, State

WORST_FIRST = (State.FAIL, State.ERROR, State.UNREACHABLE, State.UNCHECKED, State.STALE, State.PASS)
WEAKEST_FIRST = (Assurance.ATTESTED, Assurance.SELF_COLLECTED, Assurance.OBSERVED)


def combine(states: Sequence[State]) -> State:
    """fail > error > unreachable > unchecked > stale > pass; not_applicable only if all are. `states` is not empty."""
    return next((state for state in WORST_FIRST if state in states), State.NOT_APPLICABLE)


def any_of(states: Sequence[State]) -> State:
    """One pass suffices; else fail if any is one; else the worst of what is unknown; not_applicable only if all are."""
    return State.PASS if State.PASS in states else combine(states)


def weakest(assurances: Sequence[Assurance]) -> Assurance:
    return next((one for one in WEAKEST_FIRST if one in assurances), Assurance.OBSERVED)


def strongest(assurances: Sequence[Assurance]) -> Assurance:
    return next((one for one in reversed(WEAKEST_FIRST) if one in assurances), Assurance.OBSERVED)
