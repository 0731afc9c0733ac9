"""What earlier runs left: where each agency stood, and what is remembered of its machines."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from sqlalchemy import Connection, select

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

    def memory(self, agencies: Sequence[str]) -> Memory:
        """What the newest finished run of each agency left to remember; empty at first."""
        parts = []
        with self._reading() as connection:
            for agency in agencies:
                try:
                    found = newest_piece(connection, self._blobs, agency, MEMORY_AFTER)
                except LostKeyError:
                    continue
                if found is not None:
                    parts.append(found[1])
        return joined_memory(parts)

    def posture(self, agency: str, before: str | None = None) -> tuple[PostureEntry, ...]:
        """Where the agency stood after its newest full run (`before` that run id); empty before the first."""
        return self.standing(agency, before)[1]

    def standing(self, agency: str, before: str | None = None) -> tuple[str, tuple[PostureEntry, ...]]:
        """`posture`, and the id of the run that it is of ('' before the first)."""
        with self._reading() as connection:
            try:
                found = newest_piece(connection, self._blobs, agency, POSTURE, full=True, before=before)
            except LostKeyError:
                return "", ()
        return ("", ()) if found is None else found

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
