"""Judge one check on one asset: its outcomes, one per subject, and the state that they add up to.

Everything that is read is looked up first: a Gap decides before anything is evaluated. What fails to evaluate is an
error. Only True is a pass and only False is a fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pepperbird.evaluate.algebra import WORST_FIRST, combine
from pepperbird.evaluate.compiled import Ready, Rows
from pepperbird.expression.compiled import Compiled, Failed, gap_of
from pepperbird.expression.lookup import Path, gaps_in
from pepperbird.expression.template import readable
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.state import State
from pepperbird.model.text import clean

Bindings = Mapping[str, Any]
Gaps = Sequence[tuple[Path, Gap]]
MAX_SUBJECT = 200
NOT_CONCERNED = "Does not apply here: this was looked for and is not there."
NONE_LEFT = "There is none here: all that there is was listed."


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer about one subject ('' where a check has no rows)."""

    subject: str
    state: State
    message: str
    expected: str
    gap: Gap | None = None


def judge_check(ready: Ready, bindings: Bindings, gaps: Gaps) -> tuple[State, tuple[Outcome, ...]]:
    """The state of a check and every outcome behind it. Never raises."""
    if ready.applies is not None:
        answer = ready.applies.evaluate(bindings, gaps)
        if answer is False:
            return State.NOT_APPLICABLE, (Outcome("", State.NOT_APPLICABLE, NOT_CONCERNED, ""),)
        if answer is not True:
            return _alone(_unknown(ready, "", answer, bindings, gaps))
    if ready.rows is None:
        return _alone(_one(ready, "", bindings, gaps))
    return _rows(ready, ready.rows, bindings, gaps)


def _alone(outcome: Outcome) -> tuple[State, tuple[Outcome, ...]]:
    return outcome.state, (outcome,)


def _one(ready: Ready, subject: str, bindings: Bindings, gaps: Gaps) -> Outcome:
    blind = _blind(ready, subject, bindings, gaps)
    if blind is not None:
        return blind
    answer = ready.expect.evaluate(bindings, gaps)
    if answer is True or answer is False:
        state = State.PASS if answer else State.FAIL
        return Outcome(subject, state, ready.message.render(bindings, gaps), ready.expected.render(bindings, gaps))
    return _unknown(ready, subject, answer, bindings, gaps)


def _blind(ready: Ready, subject: str, bindings: Bindings, gaps: Gaps) -> Outcome | None:
    """The error of a probe that could not have seen the bad state, by what the facts say of themselves."""
    if ready.sees is None or ready.sees_message is None:
        return None
    answer = ready.sees.evaluate(bindings, gaps)
    if answer is True:
        return None
    if answer is False:
        answer = Gap(GapReason.UNSUPPORTED, ready.sees_message.render(bindings, gaps))
    return _unknown(ready, subject, answer, bindings, gaps)


def _unknown(ready: Ready, subject: str, answer: Any, bindings: Bindings, gaps: Gaps) -> Outcome:
    gap = answer if isinstance(answer, Gap) else gap_of(answer if isinstance(answer, Failed) else Failed("no answer"))
    return Outcome(subject, gap.state, gap.detail or str(gap.reason), ready.expected.render(bindings, gaps), gap)


def _rows(ready: Ready, rows: Rows, bindings: Bindings, gaps: Gaps) -> tuple[State, tuple[Outcome, ...]]:
    found = reach(rows.path, bindings)
    if not isinstance(found, list):
        return _alone(_unknown(ready, "", found, bindings, gaps))
    outcomes: list[Outcome] = []
    for number, row in enumerate(found):
        inner = {**bindings, rows.name: row}
        row_gaps = [*gaps, *gaps_in(row, (rows.name,))] if gaps else ()
        subject = _subject(rows.subject, inner, row_gaps, number)
        belongs = True if rows.where is None else rows.where.evaluate(inner, row_gaps)
        if belongs is True:
            outcomes.append(_one(ready, subject, inner, row_gaps))
        elif belongs is not False:
            outcomes.append(_unknown(ready, subject, belongs, inner, row_gaps))
    if not outcomes:
        return _alone(_empty(ready, rows, bindings, gaps))
    return _share(ready, bindings, gaps, outcomes), tuple(outcomes)


def _empty(ready: Ready, rows: Rows, bindings: Bindings, gaps: Gaps) -> Outcome:
    if ready.sees is not None and rows.name not in ready.sees.roots:
        blind = _blind(ready, "", bindings, gaps)
        if blind is not None:
            return blind
    each = ready.check.for_each
    state = each.on_empty if each is not None else State.ERROR
    gap = Gap(GapReason.PARSE, "Nothing was listed, where there must be something.") if state is State.ERROR else None
    of_rows = any(read[0] == rows.name for read in ready.expected.reads)
    expected = ready.check.title if of_rows else ready.expected.render(bindings, gaps)
    said = (each.empty if each is not None else None) or NONE_LEFT
    return Outcome("", state, gap.detail if gap else said, expected, gap)


def _share(ready: Ready, bindings: Bindings, gaps: Gaps, outcomes: Sequence[Outcome]) -> State:
    """With a quota: pass when it holds whatever the unknown rows are, fail when it cannot; else unknown."""
    states = [outcome.state for outcome in outcomes if outcome.state is not State.NOT_APPLICABLE]
    if ready.quota is None or not states:
        return combine([outcome.state for outcome in outcomes])
    wanted = ready.quota.evaluate(bindings, gaps)
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        return wanted.state if isinstance(wanted, Gap) else State.ERROR
    if ready.check.quota is not None and ready.check.quota.no_fail and State.FAIL in states:
        return State.FAIL
    passed = states.count(State.PASS)
    unknown = sum(state.unknown for state in states)
    counted = ready.check.quota is not None and ready.check.quota.min_pass is not None
    unit, needed = (1, wanted) if counted else (100, wanted * len(states))
    if passed * unit >= needed:
        return State.PASS
    if (passed + unknown) * unit < needed:
        return State.FAIL
    return next(state for state in WORST_FIRST if state.unknown and state in states)


def reach(path: Path, bindings: Bindings) -> Any:
    """The rows at `path`, or the Gap on the way there."""
    value: Any = bindings
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, Gap):
            return value
    return value if isinstance(value, list) else Gap(GapReason.PARSE, f"{'.'.join(path)} was not among the facts")


def _subject(subject: Compiled, bindings: Bindings, gaps: Gaps, number: int) -> str:
    value = subject.evaluate(bindings, gaps)
    return f"row {number + 1}" if isinstance(value, Gap | Failed) else clean(readable(value), MAX_SUBJECT)
