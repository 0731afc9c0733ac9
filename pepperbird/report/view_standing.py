"""The parts of the view model that say where the agency stands: score and stages, the basics, each standard."""

from __future__ import annotations

from dataclasses import dataclass

from pepperbird.model.scores import AgencyScore, Figures
from pepperbird.model.state import State


@dataclass(frozen=True, slots=True)
class Stood:
    """One stage on the way: its name, whether it is reached, and whether it is the next."""

    name: str
    reached: bool
    next: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the agency stands, with one sentence that a minister can repeat."""

    score: AgencyScore
    sentence: str
    grade_words: str
    stages: tuple[Stood, ...]
    controls_judged: int
    controls: int


@dataclass(frozen=True, slots=True)
class Basic:
    """One of the basics: where its control stands over all assets, worst first, in words."""

    control: str
    title: str
    state: State
    words: str


@dataclass(frozen=True, slots=True)
class Basics:
    """What a first report begins with. `ready` of the items pass or do not apply."""

    items: tuple[Basic, ...]
    ready: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One standard. `figures` is None where the agency has nothing that it asks about."""

    id: str
    title: str
    figures: Figures | None
