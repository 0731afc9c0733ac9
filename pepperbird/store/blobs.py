"""What a store keeps of an agency's evidence: sealed where the store has a master key, else as it is.

A column holds either the bytes themselves or a reference to a sealed blob; whoever reads and writes such a column goes
through here and need not know which. A sealed store never takes evidence in clear: without its key it refuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, LargeBinary, cast, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from pepperbird.errors import StoreError, TrustError
from pepperbird.store import tables
from pepperbird.store.ready import NO_MASTER
from pepperbird.trust.vault import AgencyKeys, Master, Sealed

REFERENCE = b"\x01"
"""Before the 32 bytes of an address; neither compressed bytes nor JSON begin so."""
ADDRESS_BYTES = 32
OPEN, LOST = "open", "lost"


class UnreadableError(StoreError):
    """Sealed, and its key is not here: it may be all right, and nobody can tell."""


class LostKeyError(UnreadableError):
    """Sealed under a key that was declared lost, which stands in the ledger."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    agency: str
    generation: int
    state: str
    master: str
    wrapped: bytes


def address_of(stored: bytes | None) -> bytes | None:
    """The address that a column's bytes refer to; None where they are the thing itself."""
    if stored is None or not stored.startswith(REFERENCE) or len(stored) != len(REFERENCE) + ADDRESS_BYTES:
        return None
    return stored[len(REFERENCE) :]


def key_rows(connection: Connection) -> list[KeyRow]:
    """Every agency's keys, as they are kept, the oldest first."""
    columns = tables.agency_keys.c
    names = ("agency", "generation", "state", "master", "wrapped")
    query = select(*(columns[name] for name in names)).order_by(columns.agency, columns.generation)
    return [KeyRow(*row) for row in connection.execute(query)]


class Blobs:
    """Puts and gets evidence of agencies under `master`; None for a store in clear."""

    def __init__(self, master: Master | None = None) -> None:
        self.master = master
        self._open: dict[tuple[str, int], AgencyKeys | UnreadableError] = {}
        self._newest: dict[str, AgencyKeys] = {}
        self._clear = False

    def forget(self) -> None:
        """Read the keys anew: somebody changed them."""
        self._open, self._newest, self._clear = {}, {}, False

    def put(self, connection: Connection, agency: str, data: bytes) -> bytes:
        """What to keep in a column for `data` of that agency. Raises StoreError where it cannot be sealed."""
        keys = self._keys_for(connection, agency)
        if keys is None:
            return data
        sealed = keys.seal(data)
        address = sealed.address.hex()
        connection.execute(
            upsert(tables.blobs).on_conflict_do_nothing(), {"address": address, "agency": agency, "body": sealed.body}
        )
        row = {"address": address, "agency": agency, "generation": keys.generation, "wrapped": sealed.key}
        connection.execute(upsert(tables.blob_keys).on_conflict_do_nothing(), row)
        return REFERENCE + sealed.address

    def get(self, connection: Connection, stored: bytes) -> bytes:
        """What was put. Raises UnreadableError where its key is not here, StoreError where it is damaged."""
        address = address_of(stored)
        if address is None:
            return stored
        body, key = tables.blobs.c, tables.blob_keys.c
        query = (
            select(body.agency, cast(body.body, LargeBinary).label("body"), key.generation, key.wrapped)
            .join(tables.blob_keys, key.address == body.address)
            .where(body.address == address.hex())
        )
        row = connection.execute(query).first()
        if row is None:
            raise StoreError(f"the sealed record {address.hex()[:16]} is gone, or its key is")
        keys = self._keys(connection, row.agency, row.generation)
        try:
            return keys.open(Sealed(address, row.wrapped, row.body))
        except TrustError as error:
            raise StoreError(str(error)) from None

    def take_out(self, connection: Connection, stored: bytes) -> None:
        """Take out what a column refers to, with its key; the caller knows that nothing else refers to it."""
        address = address_of(stored)
        if address is not None:
            for table in (tables.blob_keys, tables.blobs):
                connection.execute(delete(table).where(table.c.address == address.hex()))

    def _keys(self, connection: Connection, agency: str, generation: int) -> AgencyKeys:
        if (agency, generation) not in self._open:
            self._open |= dict(self._opened(key_rows(connection)))
        found = self._open.get((agency, generation)) or UnreadableError(
            f"the key of agency {agency} is gone from the store"
        )
        if isinstance(found, UnreadableError):
            raise type(found)(str(found))
        return found

    def _opened(self, rows: Iterable[KeyRow]) -> Iterable[tuple[tuple[str, int], AgencyKeys | UnreadableError]]:
        for row in rows:
            yield (row.agency, row.generation), self._one(row)

    def _one(self, row: KeyRow) -> AgencyKeys | UnreadableError:
        if row.state == LOST:
            return LostKeyError(f"sealed under a key of agency {row.agency} that was declared lost")
        if self.master is None:
            return UnreadableError(f"sealed; {NO_MASTER}")
        if row.master != self.master.id:
            return UnreadableError(
                f"sealed under the master key {row.master[:8]}, not under {self.master.id[:8]}, which was given"
            )
        try:
            return self.master.unwrap(row.wrapped, row.agency, row.generation)
        except TrustError:
            return UnreadableError(f"the key of agency {row.agency} does not open: it is damaged or was changed")

    def _keys_for(self, connection: Connection, agency: str) -> AgencyKeys | None:
        """The keys to seal with, made where the agency has none. None in a store in clear."""
        if agency in self._newest or self._clear:
            return self._newest.get(agency)
        rows = key_rows(connection)
        if self.master is None:
            if rows:
                raise StoreError(f"this store is sealed, nothing is recorded in clear; {NO_MASTER}")
            self._clear = True
            return None
        if strange := {row.master for row in rows if row.state == OPEN and row.master != self.master.id}:
            names = ", ".join(sorted(one[:8] for one in strange))
            raise StoreError(f"this store is sealed under the master key {names}; {self.master.id[:8]} was given")
        mine = [row for row in rows if row.agency == agency]
        usable = [row for row in mine if row.state == OPEN]
        if usable:
            self._newest[agency] = self._keys(connection, agency, usable[-1].generation)
        else:
            keys = AgencyKeys.new(agency, mine[-1].generation + 1 if mine else 1)
            connection.execute(tables.agency_keys.insert(), key_row(self.master, keys))
            self._newest[agency] = self._open[agency, keys.generation] = keys
        return self._newest[agency]


def key_row(master: Master, keys: AgencyKeys) -> dict[str, object]:
    """The row that keeps an agency's keys, wrapped by the master key."""
    return {
        "agency": keys.agency,
        "generation": keys.generation,
        "state": OPEN,
        "master": master.id,
        "wrapped": master.wrap(keys),
    }
