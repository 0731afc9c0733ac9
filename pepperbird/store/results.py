"""What a finished run gave, as it is kept: the state of each verdict in a row, what was seen in pieces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Connection, insert

from pepperbird.model.evidence import Memory
from pepperbird.model.run import Run
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.store import pieces, tables
from pepperbird.store.blobs import Blobs
from pepperbird.store.pieces import put_pieces

_Of = TypeVar("_Of", Verdict, PostureEntry)


def put_results(connection: Connection, blobs: Blobs, run: Run, memory_after: Memory) -> None:
    """Keep verdicts, posture and what is to be remembered."""
    if run.verdicts:
        connection.execute(insert(tables.verdicts), [_verdict_row(run.id, verdict) for verdict in run.verdicts])
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


def _verdict_row(run_id: str, verdict: Verdict) -> dict[str, object]:
    return {
        "run": run_id,
        "agency": verdict.agency,
        "control": verdict.control,
        "asset": verdict.asset,
        "state": str(verdict.state),
        "severity": str(verdict.severity),
        "enforcement": str(verdict.enforcement),
    }
