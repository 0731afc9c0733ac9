"""Sharing changes no verdict, and holds a text that many say once."""

from __future__ import annotations

from dataclasses import replace
from multiprocessing import Pipe

from pepperbird.evaluate.sharing import Sharing
from pepperbird.model.verdict import Finding, Verdict
from tests.unit.store.test_store_runs import VERDICT


def test_equal_texts_of_equal_verdicts_are_one_object() -> None:
    sharing = Sharing()
    copies = [_sent(VERDICT) for _ in range(2)]
    (first,), (second,) = (sharing.of([one]) for one in copies)
    assert first == second == VERDICT
    one, other = _finding(first), _finding(second)
    assert one.message is other.message and one.expected is other.expected and one.gap is other.gap
    assert _finding(copies[0]).message is not _finding(copies[1]).message


def test_what_differs_stays_apart() -> None:
    clause = VERDICT.clauses[0]
    said = replace(clause.findings[0], message="other", gap=None)
    other = replace(VERDICT, asset="other", clauses=(replace(clause, findings=(said,)),))
    assert Sharing().of([VERDICT, other]) == [VERDICT, other]


def _finding(verdict: Verdict) -> Finding:
    return verdict.clauses[0].findings[0]


def _sent(verdict: Verdict) -> Verdict:
    """The verdict as it comes from the process that judges."""
    there, here = Pipe()
    there.send(verdict)
    came: Verdict = here.recv()
    return came
