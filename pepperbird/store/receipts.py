"""Receipts of what was delivered to whom: one a parcel, way and recipient, so that nothing is sent twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, delete, func, insert, select, update

from pepperbird.model.delivery import Receipt
from pepperbird.store import tables
from pepperbird.store.database import reading, writing

_TABLE = tables.deliveries


@dataclass(frozen=True, slots=True)
class LastMail:
    """The newest run and the newest time of the receipts of one state."""

    state: str
    run: str
    at: str


class Receipts:
    """The receipts of one store. Methods raise StoreError."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine, self._path = engine, path

    def begin(self, receipt: Receipt, *, again: bool, alive: Callable[[str], bool] = lambda _: False) -> Receipt | None:
        """Keep that trying begins; the earlier receipt, and nothing kept, where that stands in the way.

        One that failed never does; one that is tried does while whoever left its mark is `alive`; one that was sent,
        may have been or is being sent does, unless `again`.
        """
        key = _key(receipt)
        with writing(self._engine, self._path) as connection:
            row = connection.execute(select(_TABLE).where(*key)).first()
            earlier = None if row is None else Receipt(**row._asdict())
            if earlier is not None and _stands(earlier, again=again, alive=alive):
                return earlier
            connection.execute(delete(_TABLE).where(*key))
            connection.execute(insert(_TABLE), asdict(receipt))
        return None

    def hand_over(self, receipt: Receipt) -> bool:
        """Keep that its first byte leaves now; False, and nothing kept, where another began to try it since."""
        mine = *_key(receipt), _TABLE.c.state == "trying", _TABLE.c.said == receipt.said
        with writing(self._engine, self._path) as connection:
            return connection.execute(update(_TABLE).where(*mine), {"state": "sending"}).rowcount == 1

    def end(self, receipt: Receipt, mark: str) -> None:
        """Keep how it ended, where `mark` is still that of whoever tries."""
        mine = *_key(receipt), _TABLE.c.state.in_(("trying", "sending")), _TABLE.c.said == mark
        with writing(self._engine, self._path) as connection:
            connection.execute(update(_TABLE).where(*mine), asdict(receipt))

    def of(self, agency: str, run: str) -> tuple[Receipt, ...]:
        """Every receipt of a run, to whomever of the agency."""
        asked = select(_TABLE).where(_TABLE.c.agency == agency, _TABLE.c.run == run).order_by(_TABLE.c.at)
        with reading(self._engine, self._path) as connection:
            return tuple(Receipt(**row._asdict()) for row in connection.execute(asked))

    def last_mails(self, agency: str, recipient: str, until: str, before: str | None = None) -> tuple[LastMail, ...]:
        """What was mailed to a recipient of an agency until `until`, by state: the newest run and the newest time.

        Only of runs `before` that one, where it is named.
        """
        columns = _TABLE.c
        asked = (
            select(columns.state, func.max(columns.run), func.max(columns.at))
            .where(columns.agency == agency, columns.way == "mail", columns.recipient == recipient, columns.at <= until)
            .group_by(columns.state)
        )
        if before is not None:
            asked = asked.where(columns.run < before)
        with reading(self._engine, self._path) as connection:
            return tuple(LastMail(*row) for row in connection.execute(asked))

    def all(self, agency: str | None = None) -> tuple[Receipt, ...]:
        """Every receipt, newest first; those of one agency where it is named."""
        asked = select(_TABLE).order_by(_TABLE.c.at.desc(), _TABLE.c.recipient)
        if agency is not None:
            asked = asked.where(_TABLE.c.agency == agency)
        with reading(self._engine, self._path) as connection:
            return tuple(Receipt(**row._asdict()) for row in connection.execute(asked))


def _stands(earlier: Receipt, *, again: bool, alive: Callable[[str], bool]) -> bool:
    if earlier.state == "trying":
        return alive(earlier.said)
    return earlier.state != "failed" and not again


def _key(receipt: Receipt) -> tuple[ColumnElement[bool], ...]:
    return (
        _TABLE.c.digest == receipt.digest,
        _TABLE.c.way == receipt.way,
        _TABLE.c.recipient == receipt.recipient,
    )
