"""The officer's week: whom to call about what. Plain frozen values, decided once for every format.

It names agencies and people: it is for the officer alone. Names and texts come out bounded, nothing here is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass

from pepperbird.model.state import Tier
from pepperbird.report.words import count
from pepperbird.score.change import Cause


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of the register."""

    name: str
    role: str
    mail: str
    phone: str


@dataclass(frozen=True, slots=True)
class Dark:
    """An agency of which the newest full run heard nothing, or that no full run of the week looked at.

    `cause` is None for the latter; `last` is when a full run last looked at it, '' for never. `endpoints` were asked.
    """

    agency: str
    name: str
    cause: Cause | None
    words: str
    endpoints: int
    last: str


@dataclass(frozen=True, slots=True)
class Gap:
    """One reason why something could not be seen, over all agencies, whose move it is, and what would help.

    `line` is true where the remedy is a line for a file, not prose.
    """

    move: str
    title: str
    remedy: str
    line: bool
    agencies: tuple[str, ...]
    controls: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends, on that day. `agency` (and its name) is '' for what is of no agency."""

    day: str
    kind: str
    agency: str
    what: str
    name: str
    ended: bool


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run of the week. `coverage` is the mean over its agencies, None where it did not end."""

    id: str
    at: str
    ended: bool
    full: bool
    agencies: int
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Moved:
    """How an agency went since the run before the week: what was fixed, and what fell by cause."""

    agency: str
    name: str
    then: str
    now: str
    fixed: tuple[str, ...]
    fell: tuple[tuple[Cause, tuple[str, ...]], ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanNote:
    """The agreed plan of an agency: how far it is signed, and what makes it ask for less since the run before the week.

    `trouble` is true where something was changed so, or it counts for nothing until it is signed.
    """

    agency: str
    name: str
    signed: str
    changes: tuple[str, ...]
    trouble: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One agency to call, whom, and about what, the weightiest first."""

    agency: str
    name: str
    tier: Tier
    people: tuple[Person, ...]
    about: tuple[str, ...]


@dataclass(frozen=True)
class OfficerWeek:
    site: str
    since: str
    at: str
    calls: tuple[Call, ...]
    dark: tuple[Dark, ...]
    gaps: tuple[Gap, ...]
    ending: tuple[Ending, ...]
    runs: tuple[RunLine, ...]
    moved: tuple[Moved, ...]
    quiet: int
    """Agencies that need no call."""
    unread: tuple[str, ...] = ()
    """Agencies of whose last run this version cannot read the content any more: what it could not see is not told."""

    plans: tuple[PlanNote, ...] = ()
    """Every agency with an agreed plan, those with trouble first."""

    @property
    def to_call(self) -> str:
        """How many agencies to call, in words."""
        rest = f"; {self.quiet} {'needs' if self.quiet == 1 else 'need'} no call" if self.quiet else ""
        return count(len(self.calls), "agency", "agencies") + rest
