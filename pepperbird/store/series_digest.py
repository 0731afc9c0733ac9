"""The digest of a series, however long it is: its rows are sorted by the database, on disk where they are many."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, Table, func, select

from pepperbird.errors import TrustError
from pepperbird.store.series_tables import series_figures, series_marks
from pepperbird.store.standing import Columns, sorted_rows
from pepperbird.trust.canonical import canonical

_FUNCTION: Final = "pepperbird_row"
_AT_A_TIME: Final = 1000


def series_digest(connection: Connection, number: int, about: list[Columns]) -> str:
    """`sha256:...` over what is said `about` the series, and its rows as they are kept now.

    The same as over `{"series": about, "marks": ..., "figures": ...}` with `sorted_rows`, without holding it all.
    """
    total = hashlib.sha256(b'{"figures":[')
    _add(total, _sorted(connection, series_figures, number))
    total.update(b'],"marks":[')
    _add(total, _sorted(connection, series_marks, number))
    total.update(b'],"series":' + canonical([dict(one) for one in about]) + b"}")
    return "sha256:" + total.hexdigest()


def _add(total: Any, rows: Iterator[bytes]) -> None:
    between = b""
    for row in rows:
        total.update(between + row)
        between = b","


def _sorted(connection: Connection, table: Table, number: int) -> Iterator[bytes]:
    """The rows of a series as they are digested, in order."""
    names = [column.name for column in table.columns if column.name != "series"]
    driver: Any = connection.connection.driver_connection
    driver.create_function(_FUNCTION, len(names), lambda *cells: _row(dict(zip(names, cells, strict=True))))
    row = getattr(func, _FUNCTION)(*(table.c[name] for name in names), type_=LargeBinary)
    query = select(row).where(table.c.series == number).order_by(row)
    for found in connection.execute(query.execution_options(yield_per=_AT_A_TIME)):
        yield found[0]


def _row(cells: Mapping[str, Any]) -> bytes:
    """Whatever somebody put there has bytes: those of nothing that was ever recorded, where it cannot be signed."""
    try:
        return canonical(dict(sorted_rows([cells])[0]))
    except TrustError:
        return b"!" + repr(sorted(cells.items())).encode(errors="replace")
