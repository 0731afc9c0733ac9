"""Run: one scan with everything that is needed to judge it again to the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import Plan
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.model.verdict import PostureEntry, Verdict


@dataclass(frozen=True, slots=True)
class Digests:
    """`sha256:...` each: content, site snapshot, baselines, memory, engine (code version), verdicts."""

    content: str
    site: str
    baseline: str
    memory: str
    engine: str
    verdicts: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Where a run stands in the ledger: the checkpoint after it (how many entries, the hash of the last).

    `key` is the id of the key that signed it, '' where nobody did; `sealed` is true where its evidence is sealed.
    """

    count: int
    head: str
    key: str = ""
    sealed: bool = False

    def __str__(self) -> str:
        return f"{self.count}:{self.head}"


@dataclass(frozen=True)
class Run:
    """One scan. `id` sorts by time; `scope` full or partial; `at` is the one time that judging used.

    `record` is None until it is recorded, and for a run that was judged again by other rules.
    """

    id: str
    at: str
    ended: str
    scope: str
    digests: Digests
    plan: Plan
    transcripts: Mapping[str, Transcript]
    verdicts: tuple[Verdict, ...]
    posture: tuple[PostureEntry, ...]
    scores: Mapping[str, AgencyScore]
    nation: NationScore | None
    first: tuple[str, ...] = ()
    """The agencies that no full run had looked at before."""
    record: Record | None = None
    overtaken: Mapping[str, str] = field(default_factory=dict)
    """The agencies of which a newer run had ended before this one, each with that run: they stand by that one."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Where a run stands in the ledger, and the agencies that stand by a newer run which had ended before it."""

    record: Record
    overtaken: Mapping[str, str]
