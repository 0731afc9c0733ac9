"""Scores: the published figures. All in percent with one decimal, rounded once, at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class Stage(StrEnum):
    REGISTERED = "Registered"
    SEEN = "Seen"
    BASICS = "Basics"
    MANAGED = "Managed"
    ASSURED = "Assured"


@dataclass(frozen=True, slots=True)
class Figures:
    """Score, upper bound, coverage and the part observed by ourselves, 0..100; pairs judged and pairs in all."""

    score: float
    upper: float
    coverage: float
    observed: float
    conclusive: int
    pairs: int


@dataclass(frozen=True, slots=True)
class NextGrade:
    """What is missing to the next grade, in words, one condition each."""

    grade: Grade
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageStanding:
    """The stage reached and, for the next, each unmet condition in words (also where its evidence isn't built)."""

    stage: Stage | None
    next: Stage | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class AgencyScore:
    """`caption` explains an E: `too little seen` or `seen and failing`; '' for the others.

    `with_accepted_risk` is the side figure with waived pairs taken out. `standards` has None where there is
    nothing to score: none is required, or all are not applicable. `assets` are the asset scores by id.
    """

    agency: str
    figures: Figures
    grade: Grade
    caption: str
    next: NextGrade | None
    stage: StageStanding
    critical_open: int
    standards: Mapping[str, Figures | None]
    assets: Mapping[str, Figures]
    with_accepted_risk: float


@dataclass(frozen=True)
class NationScore:
    """Mean over all registered agencies weighted 1/2/4 by tier; one never scanned counts 0 with coverage 0."""

    figures: Figures
    median: float
    lowest_decile: float
    grades: Mapping[str, int]
    reporting: int
    registered: int
