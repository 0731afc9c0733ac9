"""What a finished run gave, as it is kept: the states of its verdicts in clear, what was seen in pieces."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, update

from pepperbird.model.evidence import Memory
from pepperbird.model.run import Run
from pepperbird.model.verdict import Verdict, by_agency
from pepperbird.store import pieces, tables
from pepperbird.store.blobs import Blobs
from pepperbird.store.codec import canonical_json, compress
from pepperbird.store.pieces import put_pieces

STATES = ("control", "asset", "state", "severity", "enforcement")
"""What is kept of a verdict in clear."""


def put_results(connection: Connection, blobs: Blobs, run: Run, memory_after: Memory) -> None:
    """Keep verdicts, posture and what is to be remembered."""
    columns = tables.run_agencies.c
    for agency, states in _states(run).items():
        row = columns.run == run.id, columns.agency == agency
        connection.execute(update(tables.run_agencies).where(*row), {"states": compress(canonical_json(states))})
    for name, mine in _pieces(run, memory_after).items():
        put_pieces(connection, blobs, run.id, name, mine)


def _pieces(run: Run, memory_after: Memory) -> dict[str, dict[str, Any]]:
    """What a finished run gave, by piece and agency."""
    posture, verdicts = by_agency(run.posture), by_agency(sorted(run.verdicts, key=_pair))
    return {
        pieces.POSTURE: {agency: tuple(posture[agency]) for agency in run.plan.agencies},
        pieces.VERDICTS: {agency: tuple(verdicts[agency]) for agency in run.plan.agencies},
        pieces.MEMORY_AFTER: pieces.split_memory(memory_after),
    }


def _pair(verdict: Verdict) -> tuple[str, str]:
    return verdict.control, verdict.asset


def _states(run: Run) -> dict[str, list[tuple[str, ...]]]:
    """The verdicts of each agency without what was seen, in the order of `STATES`."""
    return {
        agency: [tuple(str(getattr(verdict, name)) for name in STATES) for verdict in sorted(some, key=_pair)]
        for agency, some in by_agency(run.verdicts).items()
    }
