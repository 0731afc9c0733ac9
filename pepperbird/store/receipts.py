"""Receipts of what was delivered to whom: one a parcel, way and recipient, so that nothing is sent twice."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update

from pepperbird.model.delivery import Receipt
from pepperbird.store import tables
from pepperbird.store.database import reading, writing

_TABLE = tables.deliveries


class Receipts:
    """The receipts of one store. Methods raise StoreError."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine, self._path = engine, path

    def begin(self, receipt: Receipt, *, again: bool) -> Receipt | None:
        """Keep that sending begins; the earlier receipt, and nothing kept, where that stands in the way.

        One that failed never does; one that was sent, may have been or is being sent does, unless `again`.
        """
        key = _key(receipt)
        with writing(self._engine, self._path) as connection:
            row = connection.execute(select(_TABLE).where(*key)).first()
            earlier = None if row is None else Receipt(**row._asdict())
            if earlier is not None and earlier.state != "failed" and not again:
                return earlier
            connection.execute(delete(_TABLE).where(*key))
            connection.execute(insert(_TABLE), asdict(receipt))
        return None

    def end(self, receipt: Receipt) -> None:
        """Keep how it ended."""
        with writing(self._engine, self._path) as connection:
            connection.execute(update(_TABLE).where(*_key(receipt)), asdict(receipt))

    def all(self, agency: str | None = None) -> tuple[Receipt, ...]:
        """Every receipt, newest first; those of one agency where it is named."""
        asked = select(_TABLE).order_by(_TABLE.c.at.desc(), _TABLE.c.recipient)
        if agency is not None:
            asked = asked.where(_TABLE.c.agency == agency)
        with reading(self._engine, self._path) as connection:
            return tuple(Receipt(**row._asdict()) for row in connection.execute(asked))


def _key(receipt: Receipt) -> tuple[ColumnElement[bool], ...]:
    return (
        _TABLE.c.digest == receipt.digest,
        _TABLE.c.way == receipt.way,
        _TABLE.c.recipient == receipt.recipient,
    )
