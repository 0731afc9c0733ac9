"""The parts of the view model that look back and ahead: what got better, the plan, letters, what ends soon."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Better:
    """What changed since the full run of `since`. `comparable` where both were judged by the same rules."""

    since: str
    then: float
    now: float
    comparable: bool
    lead: str
    lines: tuple[str, ...]
    more: int
    fell: tuple[str, ...]
    """By whose move it is, in words."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What the first things to do bring together. `grade` and `stage` are '' where they stay as they are."""

    before: float
    after: float
    points: float
    grade: str
    stage: str
    pairs: int


@dataclass(frozen=True, slots=True)
class LetterItem:
    """One thing that a letter asks for; `lines` say where, what and by when."""

    title: str
    why: str
    lines: tuple[str, ...]
    control: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that is ready to send. `owner` is host, registrar or management."""

    owner: str
    title: str
    to: str
    subject: str
    opening: tuple[str, ...]
    items: tuple[LetterItem, ...]
    closing: tuple[str, ...]
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends in `days`, and what to do."""

    what: str
    until: str
    days: int
    then: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One item of the agreed plan. `age` is the days for which it fails, None where it does not."""

    name: str
    title: str
    agreed: str
    due: str
    progress: str
    age: int | None
    who: str
    assigned: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """The agreed plan: one sentence, its items, the first due first, and what was dropped, in words.

    `signed` says how far it is signed, `changes` what was changed since it was.
    """

    sentence: str
    rows: tuple[PlanRow, ...]
    dropped: tuple[str, ...]
    signed: str
    changes: tuple[str, ...]
