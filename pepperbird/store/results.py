"""What a finished run gave, as it is kept: the states of its verdicts in clear, what was seen in pieces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Connection, update

from pepperbird.model.evidence import Memory
from pepperbird.model.run import Run
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.store import pieces, tables
from pepperbird.store.blobs import Blobs
from pepperbird.store.codec import canonical_json, compress
from pepperbird.store.pieces import put_pieces

STATES = ("control", "asset", "state", "severity", "enforcement")
"""What is kept of a verdict in clear."""
_Of = TypeVar("_Of", Verdict, PostureEntry)


def put_results(connection: Connection, blobs: Blobs, run: Run, memory_after: Memory) -> None:
    """Keep verdicts, posture and what is to be remembered."""
    for agency, states in _states(run).items():
        mine = tables.run_agencies.c.run == run.id, tables.run_agencies.c.agency == agency
        connection.execute(update(tables.run_agencies).where(*mine), {"states": compress(canonical_json(states))})
    for name, by_agency in _pieces(run, memory_after).items():
        put_pieces(connection, blobs, run.id, name, by_agency)


def _pieces(run: Run, memory_after: Memory) -> dict[str, dict[str, Any]]:
    """What a finished run gave, by piece and agency."""

    def of(agency: str, some: Iterable[_Of]) -> tuple[_Of, ...]:
        return tuple(one for one in some if one.agency == agency)

    return {
        pieces.POSTURE: {agency: of(agency, run.posture) for agency in run.plan.agencies},
        pieces.VERDICTS: {agency: of(agency, sorted(run.verdicts, key=_pair)) for agency in run.plan.agencies},
        pieces.MEMORY_AFTER: pieces.split_memory(memory_after),
    }


def _pair(verdict: Verdict) -> tuple[str, str]:
    return verdict.control, verdict.asset


def _states(run: Run) -> dict[str, list[tuple[str, ...]]]:
    """The verdicts of each agency without what was seen, in the order of `STATES`."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for verdict in sorted(run.verdicts, key=_pair):
        found.setdefault(verdict.agency, []).append(tuple(str(getattr(verdict, name)) for name in STATES))
    return found
