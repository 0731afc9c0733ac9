"""What a store kept of how things stood, read for trends: figures by run, and spans of states. Reads only.

The nation has only those runs that judged every agency that was registered: they have a mark of the agency \'\'.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Select, func, select

from pepperbird.model.history import Mark
from pepperbird.model.scores import Figures
from pepperbird.score.spans import Fault, Told, faults
from pepperbird.store import tables
from pepperbird.store.means import Panel, mean_query, means_of
from pepperbird.store.moments import BY_PAIR, TOLD, Moments, mark_of, marked_in
from pepperbird.store.standing import NATION, kept_standing

_MARK, _FIGURE, _SPAN = tables.marks.c, tables.figures.c, tables.spans.c
AT_A_TIME = 1000
"""Spans that are held at once: of many objects the collector of garbage would make a pause."""


class Marks(Moments):
    """Figures and spans of full runs, whether the runs themselves are still kept or not."""

    def marks(self, agency: str = NATION, standard: str = "", since: str = "") -> list[Mark]:
        """What each full run since that day said of the agency (\'\' the nation) and standard, the oldest first.

        Without the runs that were overtaken: by them the agency never stood.
        """
        joined = tables.marks.outerjoin(
            tables.figures,
            (_FIGURE.run == _MARK.run) & (_FIGURE.agency == _MARK.agency) & (_FIGURE.standard == standard),
        )
        query = (
            select(*marked_in(tables.marks, tables.figures))
            .select_from(joined)
            .where(_MARK.agency == agency, _MARK.at >= since, _MARK.overtaken.is_(None))
            .order_by(_MARK.run)
        )
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [mark_of(row) for row in rows]

    def has_mark(self, run_id: str, agency: str) -> bool:
        """Whether that was a full run that looked at the agency, still kept or not."""
        mine = (_MARK.run == run_id, _MARK.agency == agency)
        with self._reading() as connection:
            return connection.execute(select(_MARK.run).where(*mine)).first() is not None

    def overtakings(self, agency: str, since: str = "") -> int:
        """How many runs of the agency since that day ended after a newer one."""
        mine = (_MARK.agency == agency, _MARK.at >= since, _MARK.overtaken.is_not(None))
        with self._reading() as connection:
            return connection.execute(select(func.count()).select_from(tables.marks).where(*mine)).scalar_one()

    def looked_at(self, agency: str) -> bool:
        """Whether a full run looked at the agency, still kept or not."""
        with self._reading() as connection:
            return connection.execute(select(_MARK.run).where(_MARK.agency == agency).limit(1)).first() is not None

    def marked(self) -> tuple[str, ...]:
        """The agencies that a full run looked at."""
        return tuple(self.tiers())

    def tiers(self) -> dict[str, bool]:
        """The agencies that a full run looked at, in order, each with whether its tier was always the same."""
        with self._reading() as connection:
            return {str(row.agency): bool(row.same) for row in connection.execute(_tiers())}

    def moved(self, since: str = "", tiers: Mapping[str, bool] | None = None) -> frozenset[str]:
        """The runs since then by which an agency had come to another tier; `tiers` where they are known already."""
        several = [agency for agency, same in (self.tiers() if tiers is None else tiers).items() if not same]
        query = select(_MARK.agency, _MARK.run, _MARK.tier).where(_MARK.agency.in_(several), _MARK.at >= since)
        found: set[str] = set()
        last: dict[str, str] = {}
        with self._reading() as connection:
            for agency, run, tier in connection.execute(query.order_by(_MARK.run)) if several else ():
                if last.get(agency, tier) != tier:
                    found.add(run)
                last[agency] = tier
        return frozenset(found)

    def steady(self, since: str = "", tiers: Mapping[str, bool] | None = None) -> dict[str, int]:
        """The agencies that every run of the nation since then looked at, with their weights in the last.

        With `tiers`, where they are known already, that these are all is seen without counting for each: a run of the
        nation has one row of each agency that was registered then.
        """
        mine = (_FIGURE.standard == "", _FIGURE.agency != NATION, _FIGURE.run.in_(_whole(since)))
        newest = select(func.max(_MARK.run)).where(_MARK.agency == NATION, _MARK.at >= since).scalar_subquery()
        last = select(_FIGURE.agency, _FIGURE.weight).where(*mine, _FIGURE.run == newest)
        total = select(func.count(), func.sum(_MARK.registered)).where(_MARK.agency == NATION, _MARK.at >= since)
        with self._reading() as connection:
            runs, registered = connection.execute(total).one()
            weight = {agency: int(number) for agency, number in connection.execute(last)}
            if tiers is not None and tiers.keys() == weight.keys() and registered == runs * len(weight):
                return weight
            counted = select(_FIGURE.agency, func.count()).where(*mine).group_by(_FIGURE.agency)
            return {agency: weight[agency] for agency, count in connection.execute(counted) if count == runs}

    def means(
        self,
        standard: str,
        since: str = "",
        panel: Mapping[str, int] | Panel | None = None,
        only: Collection[str] | None = None,
    ) -> dict[str, Figures]:
        """By run of the nation the weighted mean of the agencies (of those in `only`) that had anything to score.

        Weights are those of the tiers of then; with `panel` those it names, and no others count.
        """
        fixed = panel if panel is None or isinstance(panel, Panel) else self.panel(panel)
        query = mean_query(tables.figures, standard, fixed, only).where(_FIGURE.run.in_(_whole(since)))
        with self._reading() as connection:
            return means_of(connection.execute(query).all())

    def panel(self, weights: Mapping[str, int], tiers: Mapping[str, bool] | None = None) -> Panel:
        """The panel of these agencies with these weights; `tiers` where they are known already."""
        known = self.tiers() if tiers is None else tiers
        moved = {agency: weight for agency, weight in weights.items() if not known.get(agency)}
        return Panel(weights, moved, frozenset(known.keys() - weights.keys()))

    def faults(self, agency: str, standard: str = "") -> tuple[Fault, ...]:
        """Every fault of that agency (and standard), by when it was opened."""
        query = select(*TOLD).where(_SPAN.agency == agency)
        if standard:
            query = query.where(_SPAN.control.startswith(f"{standard}-", autoescape=True))
        with self._reading() as connection:
            rows = connection.execute(query.order_by(*BY_PAIR).execution_options(yield_per=AT_A_TIME))
            return faults(map(Told._make, rows))

    def standing_digest(self, run_id: str) -> str:
        """The digest of what is kept of how things stood after a run."""
        with self._reading() as connection:
            return kept_standing(connection, run_id)


def _tiers() -> Select[tuple[str, bool]]:
    """See `Marks.tiers`. From one agency to the next by the index: there are hundreds, and a mark of each a day."""
    first = select(func.min(_MARK.agency).label("agency")).where(_MARK.agency > NATION)
    found = first.cte("found", recursive=True)
    after = select(func.min(_MARK.agency)).where(_MARK.agency > found.c.agency).scalar_subquery()
    found = found.union_all(select(after).where(found.c.agency.is_not(None)))
    mine = _MARK.agency == found.c.agency
    lowest, highest = (select(one(_MARK.tier)).where(mine).scalar_subquery() for one in (func.min, func.max))
    return (
        select(found.c.agency, (lowest == highest).label("same"))
        .where(found.c.agency.is_not(None))
        .order_by(found.c.agency)
    )


def _whole(since: str) -> Select[tuple[str]]:
    """The runs that judged the whole nation."""
    return select(_MARK.run).where(_MARK.agency == NATION, _MARK.at >= since)
