"""What earlier runs left: where each agency stood, and what is remembered of its machines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager

from sqlalchemy import Connection, func, select

from pepperbird.errors import StoreError
from pepperbird.model.evidence import Memory
from pepperbird.model.verdict import PostureEntry
from pepperbird.store import tables
from pepperbird.store.blobs import Blobs, LostKeyError
from pepperbird.store.codec import unpack
from pepperbird.store.pieces import MEMORY_AFTER, POSTURE, get_pieces, joined_memory, newest_piece


class Past:
    """Of an agency whose key was declared lost there is none: its next run is its first."""

    _blobs: Blobs

    def _reading(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def memory(self, agencies: Sequence[str], before: str | None = None) -> Memory:
        """What the newest finished run of each agency (`before` that run id) left to remember; empty at first."""
        parts = []
        with self._reading() as connection:
            for agency in agencies:
                try:
                    found = newest_piece(connection, self._blobs, agency, MEMORY_AFTER, before=before)
                except LostKeyError:
                    continue
                if found is not None:
                    parts.append(found[1])
        return joined_memory(parts)

    def memory_after(self, run_id: str, only: Collection[str] | None = None) -> Memory:
        """What a run left to remember."""
        with self._reading() as connection:
            return joined_memory(get_pieces(connection, self._blobs, run_id, MEMORY_AFTER, only).values())

    def posture(self, agency: str, before: str | None = None) -> tuple[PostureEntry, ...]:
        """Where the agency stood after its newest full run (`before` that run id); empty before the first."""
        return self.standing(agency, before)[1]

    def standing(self, agency: str, before: str | None = None) -> tuple[str, tuple[PostureEntry, ...]]:
        """`posture`, and the id of the run that it is of ('' before the first)."""
        with self._reading() as connection:
            return stood(connection, self._blobs, agency, before)

    def previous(self, run_id: str, only: Sequence[str] | None = None) -> dict[str, tuple[PostureEntry, ...]] | None:
        """Where each agency stood when the run was judged; None where that was not recorded.

        Raises StoreError where the run that it stood in is not kept any more.
        """
        with self._reading() as connection:
            blob = connection.execute(select(tables.runs.c.previous).where(tables.runs.c.id == run_id)).scalar_one()
            if blob is None:
                return None
            found: dict[str, tuple[PostureEntry, ...]] = {}
            for agency, source in unpack(dict[str, str], blob).items():
                if only is not None and agency not in only:
                    continue
                posture = get_pieces(connection, self._blobs, source, POSTURE, (agency,)) if source else {agency: ()}
                if agency not in posture:
                    raise StoreError(f"the standing of {agency} before it, that of run {source}, is not kept")
                found[agency] = posture[agency]
        return found

    def unseen(self, agencies: Sequence[str], before: str | None = None) -> tuple[str, ...]:
        """Those of which there is no full run (`before` that run id)."""
        return tuple(agency for agency in agencies if not self.posture(agency, before))


class MovedError(StoreError):
    """While a run was judged, another one ended on whose standing it must stand: it is to be judged once more."""


def stood(
    connection: Connection, blobs: Blobs, agency: str, before: str | None = None
) -> tuple[str, tuple[PostureEntry, ...]]:
    """See `Past.standing`."""
    try:
        found = newest_piece(connection, blobs, agency, POSTURE, full=True, before=before)
    except LostKeyError:
        return "", ()
    return ("", ()) if found is None else found


def require_newest(connection: Connection, blobs: Blobs, run_id: str) -> None:
    """Raise MovedError where a run stands on less than ended before it: then a fail of that would be lost."""
    blob = connection.execute(select(tables.runs.c.previous).where(tables.runs.c.id == run_id)).scalar_one()
    for agency, source in unpack(dict[str, str], blob).items() if blob else ():
        if newest_full(connection, agency, run_id) != source and stood(connection, blobs, agency, run_id)[0] != source:
            raise MovedError(f"the run {run_id} does not stand on the newest run of {agency} before it")


def newest_full(connection: Connection, agency: str, before: str) -> str:
    """The newest full run of an agency that ended and is older than `before`; '' where there is none."""
    runs, pieces = tables.runs.c, tables.pieces.c
    query = (
        select(func.max(pieces.run))
        .join(tables.runs, runs.id == pieces.run)
        .where(pieces.agency == agency, pieces.name == POSTURE, pieces.run < before)
        .where(runs.state == "finished", runs.scope == "full")
    )
    return connection.execute(query).scalar() or ""
