"""Second series: what old runs say when they are judged by other rules, kept beside what they said, never in its place.

Each time of judging again is one series with one entry in the ledger, which holds the digest of all of it. Series by
the same rules go on from each other: of a run the newest counts. How one comes to be is in `begun`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from pepperbird.errors import StoreError
from pepperbird.model.history import Mark, Series
from pepperbird.model.scores import Figures
from pepperbird.store import tables
from pepperbird.store.begun_rows import ABOUT
from pepperbird.store.database import reading
from pepperbird.store.means import Panel, mean_query, means_of
from pepperbird.store.moments import figures_of, mark_of, marked_in, newest_runs
from pepperbird.store.series_digest import series_digest
from pepperbird.store.series_tables import begun_series, series, series_figures, series_marks
from pepperbird.store.standing import NATION, Columns
from pepperbird.trust.canonical import sha256

_MARK, _FIGURE = series_marks.c, series_figures.c


class SeriesKept:
    """The series of one store. Methods raise StoreError."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine, self._path = engine, path

    def all(self) -> list[Series]:
        """Every series, the oldest first."""
        with reading(self._engine, self._path) as connection:
            return [
                Series(row.number, row.at, row.content, row.baseline, row.engine, row.last, _missing(row))
                for row in connection.execute(select(series).order_by(series.c.number))
            ]

    def digests(self) -> dict[str, str]:
        """The digest of each series as it is kept now, by its number; also of rows that belong to none.

        Without the one that has not ended: nothing was recorded of it yet.
        """
        with reading(self._engine, self._path) as connection:
            ended = {row[0] for row in connection.execute(select(series.c.number))}
            rows = {row[0] for table in (_MARK.series, _FIGURE.series)
                    for row in connection.execute(select(table).distinct())}  # fmt: skip
            numbers = ended | rows - {row[0] for row in connection.execute(select(begun_series.c.number))}
            return {str(number): kept_series(connection, number) for number in sorted(numbers)}

    def runs(self, some: Sequence[Series]) -> frozenset[str]:
        """The runs that were judged in these series."""
        query = select(_MARK.run).where(_MARK.series.in_([one.number for one in some])).distinct()
        with reading(self._engine, self._path) as connection:
            return frozenset(str(row[0]) for row in connection.execute(query))

    def marks(self, some: Sequence[Series], agency: str = NATION, standard: str = "", since: str = "") -> list[Mark]:
        """What each run since that day says of the agency ('' the nation) in the newest of these series it is in."""
        joined = series_marks.outerjoin(
            series_figures,
            (_FIGURE.series == _MARK.series) & (_FIGURE.run == _MARK.run) & (_FIGURE.agency == _MARK.agency)
            & (_FIGURE.standard == standard),
        )  # fmt: skip
        query = select(*marked_in(series_marks, series_figures)).select_from(joined).where(_MARK.agency == agency)
        found: list[Mark] = []
        with reading(self._engine, self._path) as connection:
            for number, runs in _newest(connection, some, agency, since).items():
                mine = query.where(_MARK.series == number, _MARK.run.between(min(runs), max(runs)))
                found += (mark_of(row) for row in connection.execute(mine).all() if row.run in runs)
        return sorted(found, key=lambda one: one.run)

    def means(
        self, some: Sequence[Series], standard: str, since: str = "", panel: Panel | None = None,
        only: Collection[str] | None = None,
    ) -> dict[str, Figures]:  # fmt: skip
        """By run of the nation what `Marks.means` says of the first series."""
        query = mean_query(series_figures, standard, panel, only)
        found: dict[str, Figures] = {}
        with reading(self._engine, self._path) as connection:
            for number, runs in _newest(connection, some, NATION, since).items():
                mine = query.where(_FIGURE.series == number, _FIGURE.run.between(min(runs), max(runs)))
                found |= means_of(row for row in connection.execute(mine).all() if row.run in runs)
        return found

    def stood(self, some: Sequence[Series], before: str, since: str) -> dict[str, Figures]:
        """By agency what its newest full run in that time is by the rules of these series, where that is known.

        In the newest of them that it is in; a run in none that was judged by these rules itself is as it was published.
        """
        rules, first = some[-1], tables.marks.c
        newest = newest_runs(before, since)
        in_it = (
            select(_MARK.agency, _MARK.run, func.max(_MARK.series).label("series"))
            .join(newest, (newest.c.agency == _MARK.agency) & (newest.c.run == _MARK.run))
            .where(_MARK.series.in_([one.number for one in some]))
            .group_by(_MARK.agency, _MARK.run)
            .subquery()
        )
        again = select(series_figures).join(
            in_it,
            (_FIGURE.series == in_it.c.series) & (_FIGURE.agency == in_it.c.agency) & (_FIGURE.run == in_it.c.run),
        )
        told = tables.figures.c
        published = (
            select(tables.figures)
            .join(newest, (newest.c.agency == told.agency) & (newest.c.run == told.run))
            .join(tables.marks, (first.agency == told.agency) & (first.run == told.run))
            .where(first.content == rules.content, first.engine == rules.engine, told.standard == "")
        )
        with reading(self._engine, self._path) as connection:
            own = {row.agency: figures_of(row) for row in connection.execute(published)} if not rules.baseline else {}
            return own | {
                row.agency: figures_of(row) for row in connection.execute(again.where(_FIGURE.standard == ""))
            }


def kept_series(connection: Connection, number: int) -> str:
    """The digest of a series as it is kept now."""
    about: list[Columns] = [
        {name: getattr(row, name) for name in ABOUT} | {"missing": sha256(_bytes(row.missing))}
        for row in connection.execute(select(series).where(series.c.number == number))
    ]
    return series_digest(connection, number, about)


def _missing(row: Row[Any]) -> dict[str, str]:
    try:
        found = json.loads(_bytes(row.missing))
        return {str(name): str(why) for name, why in found.items()}
    except (ValueError, AttributeError):
        raise StoreError(f"series {row.number} is damaged; `pepperbird verify` says what else is") from None


def _bytes(kept: Any) -> bytes:
    """What lies in a column of bytes, whoever wrote something else there."""
    return kept if isinstance(kept, bytes) else str(kept).encode()


def _newest(connection: Connection, some: Sequence[Series], agency: str, since: str) -> dict[int, set[str]]:
    """By series the runs of the agency of which it is the newest of these."""
    query = (
        select(_MARK.run, func.max(_MARK.series))
        .where(_MARK.series.in_([one.number for one in some]), _MARK.agency == agency, _MARK.at >= since)
        .group_by(_MARK.run)
    )
    found: dict[int, set[str]] = {}
    for run, number in connection.execute(query):
        found.setdefault(number, set()).add(run)
    return found
