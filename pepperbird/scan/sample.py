"""A sample of verdicts that anybody draws again: by a digest over the seed and the pair, without chance or choice."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from pepperbird.errors import UsageError
from pepperbird.model.state import State
from pepperbird.model.verdict import Verdict

HOW = (
    "Each verdict has the SHA-256 of four lines (seed, agency, control, asset; each ends with a line feed). "
    "The sample is the verdicts with the smallest."
)


def population(
    verdicts: Sequence[Verdict], *, agency: str | None = None, states: Collection[State] = ()
) -> list[Verdict]:
    """The verdicts that are drawn from: of that agency and in those states, where they are given."""
    return [one for one in verdicts if agency in (None, one.agency) and (not states or one.state in states)]


def draw(verdicts: Sequence[Verdict], seed: str, n: int) -> list[Verdict]:
    """`n` of the verdicts (all where there are fewer), in the order in which they were drawn. Raises UsageError."""
    if n < 1:
        raise UsageError("--n is at least 1")
    if not verdicts:
        raise UsageError("there is no such verdict in the run to draw from")
    return sorted(verdicts, key=lambda one: place(one, seed))[:n]


def place(verdict: Verdict, seed: str) -> str:
    """Where a verdict comes in the draw."""
    lines = (seed, verdict.agency, verdict.control, verdict.asset)
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
