"""Where records are verified from: a store, or a pack on a machine that has none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from pepperbird.scan.judging import Previous
from pepperbird.store.begun_rows import Unfinished
from pepperbird.store.ledger import Kept
from pepperbird.store.parts import RunParts
from pepperbird.store.records import KeptEvidence
from pepperbird.store.runs import Store
from pepperbird.store.signed import SignedRecord


class Source(Protocol):
    """Records as they lie there; nothing is trusted before it is verified. Methods raise StoreError and TrustError."""

    def rows(self) -> list[Kept]:
        """The ledger."""
        ...

    def key_lists(self) -> Mapping[str, bytes]:
        """Envelopes of key lists by the digest of their statement."""
        ...

    def people(self) -> list[SignedRecord]:
        """The records of people."""
        ...

    def holds_records_of(self, agency: str) -> bool:
        """Whether all records of people of that agency should be here."""
        ...

    def finished(self) -> list[str]:
        """The ids of the runs, oldest first."""
        ...

    def parts(self, run_id: str) -> RunParts: ...

    def standing(self, run_id: str) -> str | None:
        """The digest of how agencies stood after that run, as it is kept now; None where none is kept here."""
        ...

    def series(self) -> Mapping[str, str] | None:
        """The digest of each series of runs judged again, by its number; None where none is kept here."""
        ...

    def unfinished(self) -> Unfinished | None:
        """The series that is being judged and has not ended, of which the ledger says nothing yet."""
        ...

    def evidence(self, run_id: str, agency: str | None = None) -> Iterator[KeptEvidence]:
        """What each endpoint (of `agency`) said, by its id."""
        ...

    def previous(self, parts: RunParts, without: Collection[str] = ()) -> Previous:
        """Where each agency stood when the run was judged, `without` those that cannot be read."""
        ...


class StoreSource:
    """The records of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rows = store.ledger.rows
        self.key_lists = store.ledger.key_lists
        self.people = store.signed.all
        self.finished = store.records.finished
        self.parts = store.records.parts
        self.evidence = store.records.evidence
        self._standing = store.standing_digest
        self._series = store.series.digests
        self.unfinished = store.rejudging.get

    def standing(self, run_id: str) -> str | None:
        return self._standing(run_id)

    def series(self) -> Mapping[str, str] | None:
        return self._series()

    def holds_records_of(self, agency: str) -> bool:
        return True

    def previous(self, parts: RunParts, without: Collection[str] = ()) -> Previous:
        readable = [one for one in parts.postures if one not in without]
        found = self._store.previous(parts.id, readable)
        if found is not None:
            return found
        full = parts.scope == "full"
        return {one: self._store.posture(one, before=parts.id) for one in readable} if full else {}
