"""The view model: everything a report for people says, decided once, so that every format says the same.

Plain frozen values. Text is in words already and bounded; nothing here is escaped for a format.
"""

from __future__ import annotations

from dataclasses import dataclass

from pepperbird.model.check import Fix
from pepperbird.model.declared import Waiver
from pepperbird.model.scores import Figures
from pepperbird.model.state import Severity, State
from pepperbird.report.fixes import Subjects
from pepperbird.report.gaps import Unseen
from pepperbird.report.view_ahead import Better, Ending, Gain, Letter, PlanView
from pepperbird.report.view_standing import Bar, Basics, Standing
from pepperbird.report.visits import NO_VISIT, Visits
from pepperbird.score.trend import Trend

FIRST = 5
"""Things to do that page one has."""
MOST_TO_SEE = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fail was seen: the asset, and the subject within it ('' for the asset itself)."""

    asset: str
    subject: str


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do: one check of one control, over all assets where it fails.

    `points` is what the agency's score gains when the pairs concerned pass; None in a partial run. `also` says in
    words what else must be right before they do; `instead` has the titles of other ways to the same end. `due` is the
    first date among the assets; `overdue` when it is past.
    """

    number: int
    check: str
    control: str
    control_title: str
    title: str
    why: str
    severity: Severity
    scored: bool
    points: float | None
    also: tuple[str, ...]
    waits: bool
    """True where something that nobody can see yet keeps the pairs from passing."""
    instead: tuple[str, ...]
    places: tuple[Place, ...]
    fix: Fix
    subjects: Subjects
    due: str
    """The day by which; '' for what is not in the agreed plan, where there is one."""
    overdue: bool
    age: int
    """Days since it was first seen to fail."""
    agreed: str = ""
    """The day on which it entered the agreed plan; '' where it is not in it."""
    gains: float | None = None
    """For the first ones, done in this order: what this one adds to the score. None for the others."""
    assigned: bool = False
    who: str = ""
    unproved: str = ""
    """What is to be known of how it was found out, in words; so in what follows."""

    @property
    def proof(self) -> str:
        """The commands that show that it worked; '' where the next scan does."""
        return self.fix.verify or ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One fail as it was seen."""

    asset: str
    subject: str
    message: str
    expected: str
    clause: str
    decided: bool
    source: str
    read_at: str
    unproved: str = ""


@dataclass(frozen=True, slots=True)
class CheckView:
    """All fails of one check under one control; `todo` is the thing to do about them, None where nothing counts."""

    check: str
    title: str
    seen: tuple[Seen, ...]
    hidden: int
    todo: Todo | None
    note: str
    """Why nothing is to be done; '' where something is."""


@dataclass(frozen=True, slots=True)
class ControlView:
    """One control that does not pass everywhere. `tally` counts its assets by state, worst first."""

    id: str
    title: str
    statement: str
    severity: Severity
    tally: tuple[tuple[State, int], ...]
    checks: tuple[CheckView, ...]
    carried: tuple[str, ...]
    """Fails that stand from an earlier run, in words."""
    remediation: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandardView:
    id: str
    title: str
    controls: tuple[ControlView, ...]


@dataclass(frozen=True, slots=True)
class UnseenView:
    """One reason why something could not be seen. `points` could come with it; None in a partial run."""

    gap: Unseen
    title: str
    points: float | None
    paper: str = ""
    """For a document: its name, parts and signers in words."""
    line: bool = False
    """True where the remedy is a line for a file (of sudoers), not prose."""
    usual: bool = False
    """For a document: True where `handing_in` says what is to be done about it."""


@dataclass(frozen=True, slots=True)
class AssetView:
    id: str
    kind: str
    registered: bool
    figures: Figures | None
    tally: tuple[tuple[State, int], ...]
    unproved: str = ""


@dataclass(frozen=True, slots=True)
class PassView:
    """A control, or the part of one, that passes or does not apply, by asset."""

    control: str
    title: str
    passing: tuple[str, ...]
    not_applicable: tuple[str, ...]
    unproved: tuple[str, ...] = ()
    """Those of them that rest on what was not proved yet, each with the words for it."""


@dataclass(frozen=True, slots=True)
class WaiverView:
    """A waiver; `void` says why it does not hold ('' where it may), `signed` in words whether there is a record."""

    waiver: Waiver
    applied: bool
    void: str
    signed: str


@dataclass(frozen=True, slots=True)
class RegisterView:
    """How far the register is signed, in a sentence; what changed; and what left it by a record, each in words."""

    sentence: str
    changes: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TailoringView:
    tier: str
    baseline: str
    title: str
    published: bool
    loosened: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """One agency's report. `standing` is None for a partial run, which `partial` explains ('' for a full one)."""

    agency: str
    agency_id: str
    tier: str
    site: str
    run_id: str
    at: str
    ended: str
    partial: str
    basics: Basics | None
    """None where the run does not begin with them."""
    standing: Standing | None
    bars: tuple[Bar, ...]
    todos: tuple[Todo, ...]
    standards: tuple[StandardView, ...]
    tally: tuple[tuple[State, int], ...]
    access: tuple[UnseenView, ...]
    documents: tuple[UnseenView, ...]
    document_points: float | None
    """What all documents are worth together, each pair once."""
    handing_in: str
    """What most of the documents wait for, said once; '' where they have nothing in common."""
    register: tuple[UnseenView, ...]
    pending: tuple[UnseenView, ...]
    assets: tuple[AssetView, ...]
    passes: tuple[PassView, ...]
    waivers: tuple[WaiverView, ...]
    tailoring: tuple[TailoringView, ...]
    digests: tuple[tuple[str, str], ...]
    signed: RegisterView | None
    """None in a partial run."""
    content: str
    """Who signed the content that judged, in words."""
    record: str
    """The ledger's checkpoint after the run, and by which key; '' where the run is not recorded."""
    better: Better | None = None
    """None for a first run, and a partial one."""
    gain: Gain | None = None
    """What `first` brings together; None in a partial run, or where nothing is to do."""
    letters: tuple[Letter, ...] = ()
    ending: tuple[Ending, ...] = ()
    visits: Visits = NO_VISIT
    """What kits showed and is too old, or will be soon."""
    plan: PlanView | None = None
    trend: Trend | None = None
    """None for a partial run, or where the past was not at hand."""
    overtaken: str = ""
    """That a newer run had ended before this one, in words; '' where none had."""

    @property
    def first(self) -> tuple[Todo, ...]:
        """The five things to do this month: the agreed plan's, where there is one."""
        return self.todos[:FIRST]

    @property
    def to_see(self) -> tuple[UnseenView, ...]:
        """The first steps that let us see more, for a page one that has room for them."""
        return () if len(self.first) >= FIRST else tuple(one for one in self.access if one.gap.remedy)[:MOST_TO_SEE]
