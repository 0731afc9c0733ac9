"""The letter (scoring, section 3): the number stays linear, the letter carries the gates.

Read off the published figures, so that anyone can check it against the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pepperbird.model.scores import Figures, Grade, NextGrade
from pepperbird.score.figures import Share, percent


@dataclass(frozen=True, slots=True)
class _Gate:
    grade: Grade
    score: int
    coverage: int
    critical: int | None
    """Critical controls that may have a pair that is no pass; None for any number."""
    observed: int
    """Percent of the score that must be seen by our own collectors, where they can see."""


GATES: Final = (
    _Gate(Grade.A, 90, 95, 0, 70),
    _Gate(Grade.B, 75, 85, 2, 50),
    _Gate(Grade.C, 60, 70, 5, 0),
    _Gate(Grade.D, 40, 50, None, 0),
)
TOO_LITTLE_SEEN, SEEN_AND_FAILING = "too little seen", "seen and failing"


def vouched_share(share: Share) -> Fraction:
    """The part of the score that nobody but us vouches for.

    Measured against the upper bound, not the score: the score falls when attested passes go dark, and the share of
    the rest would rise and lift the letter (P2). What cannot be observed is not held against anyone.
    """
    return share.vouched / share.upper if share.upper else Fraction(0)


def grade_of(figures: Figures, critical_open: int, vouched: Fraction) -> Grade:
    """The best grade all of whose conditions hold."""
    return next((gate.grade for gate in GATES if not _missing(gate, figures, critical_open, vouched)), Grade.E)


def next_grade(grade: Grade, figures: Figures, critical_open: int, vouched: Fraction) -> NextGrade | None:
    """The grade above and what is missing to it; None above A."""
    above = [gate for gate in GATES if gate.grade < grade]
    if not above:
        return None
    return NextGrade(above[-1].grade, _missing(above[-1], figures, critical_open, vouched))


def caption_of(grade: Grade, figures: Figures) -> str:
    """Why it is an E; '' for other grades. There is no "unrated": it would be a place to hide."""
    if grade is not Grade.E:
        return ""
    return TOO_LITTLE_SEEN if figures.coverage < GATES[-1].coverage else SEEN_AND_FAILING


def _missing(gate: _Gate, figures: Figures, critical_open: int, vouched: Fraction) -> tuple[str, ...]:
    missing = []
    if figures.score < gate.score:
        missing.append(f"score of at least {gate.score} (now {figures.score})")
    if figures.coverage < gate.coverage:
        missing.append(f"coverage of at least {gate.coverage} % (now {figures.coverage} %)")
    if gate.critical is not None and critical_open > gate.critical:
        allowed = f"at most {gate.critical}" if gate.critical else "no"
        noun = "control" if gate.critical == 1 or not gate.critical else "controls"
        missing.append(f"{allowed} critical {noun} without a full pass (now {critical_open})")
    if vouched * 100 < gate.observed:
        missing.append(
            f"at least {gate.observed} % of the score seen by our own collectors, unknown results counted as told by "
            f"others (now {percent(vouched)} %)"
        )
    return tuple(missing)
