"""The spans that a store keeps, whole: the product reads of them only what it needs."""

from __future__ import annotations

from sqlalchemy import select

from pepperbird.model.history import Span
from pepperbird.store import tables
from pepperbird.store.runs import Store
from pepperbird.store.standing import span_of


def kept_spans(store: Store, agency: str | None = None) -> list[Span]:
    """Every span (of that agency), the oldest first."""
    columns = tables.spans.c
    query = select(tables.spans).order_by(columns.opened_run, columns.agency, columns.control)
    if agency is not None:
        query = query.where(columns.agency == agency)
    with store._reading() as connection:
        return [span_of(row) for row in connection.execute(query)]
