"""History: what the store keeps of finished full runs, without what was seen in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pepperbird.model.run import Digests
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.model.state import Tier


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
