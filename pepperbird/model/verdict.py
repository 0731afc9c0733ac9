"""Verdict: what the engine decided of a pair, and every finding that led to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pepperbird.model.gap import Gap
from pepperbird.model.state import Assurance, Enforcement, Severity, State


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of one clause about one subject ('' where the clause has no rows). It explains itself.

    `check` is the check id, or `document` or `pending`. `message` says what was seen, `expected` what should be,
    `source` how it was found out (probe ids and endpoint, or the register). `gap` is set where evidence is missing.
    All text is plain: escaping belongs to whoever prints it.
    """

    agency: str
    control: str
    asset: str
    clause: str
    check: str
    subject: str
    state: State
    message: str
    expected: str
    source: str
    gap: Gap | None = None
    read_at: str = ""


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """State of one clause of a pair. `role` is required, alternative (inside any_of) or supporting."""

    clause: str
    role: str
    state: State
    findings: tuple[Finding, ...]
    assurance: Assurance = Assurance.OBSERVED


@dataclass(frozen=True, slots=True)
class Verdict:
    """State of one pair. `decided_by` is the id of the clause that decided; '' where the pair has none."""

    agency: str
    control: str
    asset: str
    kind: str
    tier: str
    severity: Severity
    enforcement: Enforcement
    state: State
    decided_by: str
    assurance: Assurance
    clauses: tuple[ClauseResult, ...]
    at: str


@dataclass(frozen=True, slots=True)
class PostureEntry:
    """Where one pair stands now: the resolved state, and the verdict it rests on.

    `since` is when that verdict was reached; `waiver` the id of the waiver laid over a fail (state is then waived).
    """

    agency: str
    control: str
    asset: str
    kind: str
    tier: str
    severity: Severity
    enforcement: Enforcement
    state: State
    assurance: Assurance
    since: str
    waiver: str | None = None
    overlaid: State | None = None
    """The state as it was before a waiver, staleness or removal from the register was laid over it."""
    failing: tuple[str, ...] = ()
    """The subjects that fail, '' for a clause without rows; empty unless the pair fails or is waived."""
    failing_since: str = ""
    """When the pair was first seen to fail, through every fail and silence since: deadlines count from here."""


_Of = TypeVar("_Of", PostureEntry, Verdict)


def by_agency(some: Iterable[_Of]) -> Mapping[str, list[_Of]]:
    """What is of each agency, in its order; nothing of one that has none."""
    found: dict[str, list[_Of]] = defaultdict(list)
    for one in some:
        found[one.agency].append(one)
    return found
