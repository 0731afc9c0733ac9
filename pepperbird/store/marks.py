"""What a store kept of how things stood, read for trends: figures by run, and spans of states. Reads only.

The nation has only those runs that judged every agency that was registered: they have a mark of the agency \'\'.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, Select, case, func, literal, or_, select
from sqlalchemy.sql import ColumnElement

from pepperbird.model.history import Mark, Span
from pepperbird.model.scores import Figures
from pepperbird.score.figures import percent
from pepperbird.store import tables
from pepperbird.store.moments import Moments, mark_of
from pepperbird.store.standing import NATION, SHARES, kept_standing, span_of

_MARK, _FIGURE = tables.marks.c, tables.figures.c


class Marks(Moments):
    """Figures and spans of full runs, whether the runs themselves are still kept or not."""

    def marks(self, agency: str = NATION, standard: str = "", since: str = "") -> list[Mark]:
        """What each full run since that day said of the agency (\'\' the nation) and standard, the oldest first."""
        joined = tables.marks.outerjoin(
            tables.figures,
            (_FIGURE.run == _MARK.run) & (_FIGURE.agency == _MARK.agency) & (_FIGURE.standard == standard),
        )
        query = (
            select(*tables.marks.c, *(one for one in tables.figures.c if one.name not in ("run", "agency")))
            .select_from(joined)
            .where(_MARK.agency == agency, _MARK.at >= since)
            .order_by(_MARK.run)
        )
        with self._reading() as connection:
            return [mark_of(row) for row in connection.execute(query)]

    def marked(self) -> tuple[str, ...]:
        """The agencies that a full run looked at."""
        query = select(_MARK.agency).where(_MARK.agency != NATION).distinct().order_by(_MARK.agency)
        with self._reading() as connection:
            return tuple(str(row.agency) for row in connection.execute(query))

    def moved(self, since: str = "") -> frozenset[str]:
        """The runs since then by which an agency had come to another tier."""
        several = (
            select(_MARK.agency)
            .where(_MARK.agency != NATION, _MARK.at >= since)
            .group_by(_MARK.agency)
            .having(func.min(_MARK.tier) != func.max(_MARK.tier))
        )
        query = select(_MARK.agency, _MARK.run, _MARK.tier).where(_MARK.agency.in_(several), _MARK.at >= since)
        found: set[str] = set()
        last: dict[str, str] = {}
        with self._reading() as connection:
            for agency, run, tier in connection.execute(query.order_by(_MARK.run)):
                if last.get(agency, tier) != tier:
                    found.add(run)
                last[agency] = tier
        return frozenset(found)

    def steady(self, since: str = "") -> dict[str, int]:
        """The agencies that every run of the nation since then looked at, with their weights in the last."""
        mine = (_FIGURE.standard == "", _FIGURE.agency != NATION, _FIGURE.run.in_(_whole(since)))
        counted = select(_FIGURE.agency, func.count()).where(*mine).group_by(_FIGURE.agency)
        newest = select(func.max(_MARK.run)).where(_MARK.agency == NATION, _MARK.at >= since).scalar_subquery()
        last = select(_FIGURE.agency, _FIGURE.weight).where(*mine, _FIGURE.run == newest)
        total = select(func.count()).select_from(tables.marks).where(_MARK.agency == NATION, _MARK.at >= since)
        with self._reading() as connection:
            runs = connection.execute(total).scalar_one()
            weight = {agency: int(number) for agency, number in connection.execute(last)}
            return {agency: weight[agency] for agency, count in connection.execute(counted) if count == runs}

    def means(
        self,
        standard: str,
        since: str = "",
        panel: Mapping[str, int] | None = None,
        only: Collection[str] | None = None,
    ) -> dict[str, Figures]:
        """By run of the nation the weighted mean of the agencies (of those in `only`) that had anything to score.

        Weights are those of the tiers of then; with `panel` those it names, and no others count.
        """
        by: ColumnElement[int] = _FIGURE.weight if panel is None else _weights(panel)
        sums = [func.sum(by * _FIGURE[name]).label(name) for name in SHARES]
        counts = [func.sum(_FIGURE[name]).label(name) for name in ("conclusive", "pairs")]
        query = select(_FIGURE.run, func.sum(by).label("total"), *sums, *counts).where(
            _FIGURE.standard == standard, _FIGURE.agency != NATION, _FIGURE.run.in_(_whole(since))
        )
        if panel is not None:
            query = query.where(_FIGURE.agency.in_(tuple(panel)))
        if only is not None:
            query = query.where(_FIGURE.agency.in_(tuple(only)))
        with self._reading() as connection:
            rows = connection.execute(query.group_by(_FIGURE.run)).all()
        return {row.run: _mean(row) for row in rows if row.total}

    def spans(self, agency: str | None = None, since: str = "") -> list[Span]:
        """Every span (of that agency) that lasts, or ended at `since` or later; the oldest first."""
        columns = tables.spans.c
        query = select(tables.spans).where(or_(columns.closed == "", columns.closed >= since))
        if agency is not None:
            query = query.where(columns.agency == agency)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(columns.opened_run, columns.agency, columns.control)).all()
        return [span_of(row) for row in rows]

    def standing_digest(self, run_id: str) -> str:
        """The digest of what is kept of how things stood after a run."""
        with self._reading() as connection:
            return kept_standing(connection, run_id)


def _whole(since: str) -> Select[tuple[str]]:
    """The runs that judged the whole nation."""
    return select(_MARK.run).where(_MARK.agency == NATION, _MARK.at >= since)


def _weights(panel: Mapping[str, int]) -> ColumnElement[int]:
    """The weight of an agency in the panel; most have the one that stands in their row."""
    by_number: dict[int, list[str]] = {}
    for agency, number in panel.items():
        by_number.setdefault(number, []).append(agency)
    ways = sorted(by_number.items(), key=lambda one: -len(one[1]))
    if len(ways) < 2:
        return literal(ways[0][0] if ways else 0)
    return case(*((_FIGURE.agency.in_(some), number) for number, some in ways[1:]), else_=ways[0][0])


def _mean(row: Row[Any]) -> Figures:
    shares = {name: percent(Fraction(int(getattr(row, name)), 1000 * int(row.total))) for name in SHARES}
    return Figures(**shares, conclusive=int(row.conclusive), pairs=int(row.pairs))
