"""History: what the store keeps of finished full runs, for good, without what was seen in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pepperbird.model.run import Digests
from pepperbird.model.scores import AgencyScore, Figures, NationScore
from pepperbird.model.state import State, Tier


@dataclass(frozen=True)
class PastRun:
    """A finished full run. `nation` is None unless it judged every agency that was registered.

    `content` is the digest of the archive that it was judged by: equal for runs that can share one reading of it.
    """

    id: str
    at: str
    content: str
    digests: Digests
    agencies: tuple[str, ...]
    scores: Mapping[str, AgencyScore]
    nation: NationScore | None


@dataclass(frozen=True, slots=True)
class Named:
    """An agency as the register of a run had it."""

    id: str
    name: str
    tier: Tier


@dataclass(frozen=True, slots=True)
class Estate:
    """An agency as the newest register has it, with the kinds of what it has."""

    id: str
    name: str
    tier: Tier
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many pairs of an agency and a control stood in a state at a moment."""

    agency: str
    control: str
    severity: str
    enforcement: str
    state: State
    pairs: int


@dataclass(frozen=True, slots=True)
class Span:
    """A pair in one state, from the run that first said so until the one that said otherwise.

    `opened` and `closed` are moments of full runs, `closed` is '' while it lasts. `since` is when the pair was first
    seen to fail, through every fail and silence since; '' where it does not fail. Another severity, tier or
    enforcement of the pair begins another span: what was asked changed.
    """

    agency: str
    control: str
    asset: str
    kind: str
    tier: str
    severity: str
    enforcement: str
    state: State
    since: str
    opened: str
    opened_run: str
    closed: str = ""
    closed_run: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        return self.control, self.asset


@dataclass(frozen=True, slots=True)
class Spans:
    """What a full run ended and what it began; in between everything lasts."""

    ended: tuple[Span, ...] = ()
    begun: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """What a full run said of an agency (or of the nation: agency '') and a standard, kept for good.

    `figures` is None where the standard had nothing to score. `grade`, `stage` and `tier` are the agency's, '' for the
    nation. `open` and `overdue` count required pairs; None where that is not known. `content`, `baseline` and `engine`
    are the digests of the rules. `fell` is how many required pairs fell since the run before, by cause; None where that
    is not known, and of the first run. `median`, `reporting` and `registered` are of the nation.
    """

    agency: str
    run: str
    at: str
    name: str
    tier: str
    grade: str
    stage: str
    content: str
    baseline: str
    engine: str
    figures: Figures | None
    open: int | None = None
    overdue: int | None = None
    median: float | None = None
    reporting: int | None = None
    registered: int | None = None
    fell: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One time that old runs were judged again, up to the run `last`, by these rules.

    `content` and `engine` are digests as of a run; `baseline` is the one that was named, '' where each run kept its
    own. `missing` says why runs (`<run>`), or agencies of them (`<run>/<agency>`), could not be judged: `pruned`,
    `sealed` or `damaged`.
    """

    number: int
    at: str
    content: str
    baseline: str
    engine: str
    last: str
    missing: Mapping[str, str]

    def same_rules(self, other: Series) -> bool:
        return (self.content, self.baseline, self.engine) == (other.content, other.baseline, other.engine)
