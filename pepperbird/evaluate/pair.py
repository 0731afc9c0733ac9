"""Judge one pair: its clauses, selected by kind and declaration, and the state that they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pepperbird.evaluate.algebra import any_of, combine, strongest, weakest
from pepperbird.evaluate.compiled import Compiler
from pepperbird.evaluate.document import Papers, judge_document
from pepperbird.evaluate.outcome import Gaps, Outcome, judge_check
from pepperbird.expression.compiled import Failed, gap_of
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import Pair
from pepperbird.model.policy import Clause, Control
from pepperbird.model.state import Assurance, State
from pepperbird.model.verdict import ClauseResult, Finding, Verdict

REQUIRED = "required"
ALTERNATIVE = "alternative"
SUPPORTING = "supporting"
UNSIGNED = Gap(
    GapReason.NO_ATTESTATION,
    "What the register declares leaves no clause of this control to judge, and the register is not signed yet.",
    "correct the declaration if it is wrong; a signed one will make this not applicable",
)

SIGNED = "What the register declares leaves no clause of this control to judge; its officer signed it."


@dataclass(frozen=True, slots=True)
class Subject:
    """What the clauses of one asset are judged on. `gaps` are those of the facts in `bindings`."""

    bindings: Mapping[str, Any]
    gaps: Gaps
    papers: Papers
    endpoint: str
    read_at: str
    at: str
    signed: bool = False
    """True where the officer signed the register: then a declaration may leave nothing to judge."""
    assurance: Assurance = Assurance.OBSERVED
    """How the facts were seen."""


def judge_pair(compiler: Compiler, pair: Pair, subject: Subject, params: Mapping[str, Any]) -> Verdict:
    """The verdict on one pair. Never raises for what facts say."""
    control = compiler.catalog.controls[pair.control]
    judge = _Judge(compiler, control, pair, subject, {**subject.bindings, "params": params})
    states: list[State] = []
    clauses: list[ClauseResult] = []
    deciders: list[tuple[str, State, Assurance]] = []
    supporting: list[ClauseResult] = []
    for clause in control.clauses:
        if clause.supporting is not None:
            supporting += judge.leaves((clause.supporting,), SUPPORTING)
            continue
        results = judge.leaves(clause.leaves, ALTERNATIVE if clause.any_of else REQUIRED)
        if not results:
            continue
        clauses += results
        state = any_of([one.state for one in results]) if clause.any_of else results[0].state
        states.append(state)
        carrying = [one for one in results if one.state is state] or results
        deciders.append((carrying[0].clause, state, strongest([one.assurance for one in carrying])))
    if not states:
        clauses = [judge.nothing()]
        states, deciders = [clauses[0].state], []
    state = combine(states)
    passed = weakest([assurance for _, found, assurance in deciders if found is State.PASS])
    decided_by = next((clause for clause, found, _ in deciders if found is state), "")
    contradiction = next((one for one in supporting if one.state is State.FAIL), None)
    if state is State.PASS and contradiction is not None:
        state, decided_by = State.ERROR, contradiction.clause
    return Verdict(
        pair.agency, pair.control, pair.asset, str(pair.kind), str(pair.tier), control.severity, pair.enforcement,
        state, decided_by, passed if deciders else clauses[0].assurance,
        (*clauses, *supporting), subject.at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Judge:
    compiler: Compiler
    control: Control
    pair: Pair
    subject: Subject
    bindings: Mapping[str, Any]

    def leaves(self, leaves: Sequence[Clause], role: str) -> list[ClauseResult]:
        """Results of the clauses that concern this kind and this declaration."""
        results = []
        for leaf in leaves:
            if self.pair.kind not in leaf.on:
                continue
            selected = self._selected(leaf)
            if selected is True:
                results.append(self._leaf(leaf, role))
            elif isinstance(selected, Gap):
                results.append(self._result(leaf, role, selected.state, (_of_gap(selected),), "the register"))
        return results

    def _selected(self, leaf: Clause) -> bool | Gap:
        when = self.compiler.when(leaf)
        if when is None:
            return True
        answer = when.evaluate(self.bindings, ())
        if isinstance(answer, bool | Gap):
            return answer
        return gap_of(answer if isinstance(answer, Failed) else Failed("no answer"))

    def _leaf(self, leaf: Clause, role: str) -> ClauseResult:
        if leaf.check is not None:
            ready = self.compiler.check(leaf.check, self.control.id)
            state, outcomes = judge_check(ready, self.bindings, self.subject.gaps)
            at = self.subject.endpoint
            source = f"{ready.source} on {at}" if ready.source and at else ready.source or "the register"
            return self._result(leaf, role, state, outcomes, source, self.subject.assurance)
        if leaf.document is not None:
            outcomes = judge_document(
                self.control, leaf, self.pair.agency, self.pair.asset, self.subject.papers, self.bindings,
                at=self.subject.at,
            )  # fmt: skip
            state = combine([one.state for one in outcomes])
            return self._result(leaf, role, state, outcomes, "the records of the site", Assurance.ATTESTED)
        gap = Gap(GapReason.NO_COLLECTOR, f"Not looked at yet: {leaf.pending}.")
        return self._result(leaf, role, gap.state, (_of_gap(gap),), "")

    def nothing(self) -> ClauseResult:
        """Where declarations leave no clause: not applicable where they are signed; an unsigned register takes nothing
        out of the score."""
        if self.subject.signed:
            leaf = Clause(id=f"{self.control.id}.0", on=(self.pair.kind,), pending="nothing")
            outcome = Outcome("", State.NOT_APPLICABLE, SIGNED, "")
            return self._result(leaf, REQUIRED, outcome.state, (outcome,), "the register", Assurance.ATTESTED)
        leaf = Clause(id=f"{self.control.id}.0", on=(self.pair.kind,), pending="a signed register")
        return self._result(leaf, REQUIRED, UNSIGNED.state, (_of_gap(UNSIGNED),), "the register")

    def _result(
        self, leaf: Clause, role: str, state: State, outcomes: Sequence[Outcome], source: str,
        assurance: Assurance = Assurance.OBSERVED,
    ) -> ClauseResult:  # fmt: skip
        check = leaf.check or ("document" if leaf.document is not None else "pending")
        pair, clause, read_at = self.pair, leaf.id or "", self.subject.read_at
        findings = tuple(
            Finding(
                pair.agency, pair.control, pair.asset, clause, check, one.subject, one.state, one.message,
                one.expected, source, one.gap, read_at,
            )
            for one in outcomes
        )  # fmt: skip
        return ClauseResult(clause, role, state, findings, assurance)


def _of_gap(gap: Gap) -> Outcome:
    return Outcome("", gap.state, gap.detail or str(gap.reason), "", gap)
