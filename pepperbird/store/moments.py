"""How things stood at a moment of the past, from what is kept for good; and the newest register. Reads only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Subquery, Table, and_, func, or_, select, tuple_

from pepperbird.errors import StoreError
from pepperbird.model.history import Estate, Mark, Tally
from pepperbird.model.scores import Figures
from pepperbird.model.site import SiteFile
from pepperbird.model.state import State, Tier
from pepperbird.score.spans import FAULTY, IN_ORDER, Fault, Told, faults
from pepperbird.store import tables
from pepperbird.store.codec import expand, value_of
from pepperbird.store.standing import NATION, fell_of
from pepperbird.store.week import Week

_MARK, _FIGURE, _SPAN = tables.marks.c, tables.figures.c, tables.spans.c
TOLD = tuple(_SPAN[name] for name in Told._fields)
BY_PAIR = (_SPAN.agency, _SPAN.control, _SPAN.asset, _SPAN.opened_run)
"""What spans tell of faults, and the order in which they tell it."""
_MARKED = (
    "agency", "run", "at", "name", "tier", "grade", "stage", "content", "baseline", "engine", "median", "reporting",
    "registered",
)  # fmt: skip
_FIGURED = ("score", "upper", "coverage", "observed", "conclusive", "pairs", "open", "overdue", "fell")
Register = tuple[SiteFile, tuple[Estate, ...]]


class Moments(Week):
    """The end of a quarter, as it was published then."""

    def register(self) -> Register | None:
        """The settings and agencies that the newest full run was judged by; None before the first."""
        columns = tables.runs.c
        query = select(columns.site).where(columns.state == "finished", columns.scope == "full")
        with self._reading() as connection:
            blob = connection.execute(query.order_by(columns.id.desc()).limit(1)).scalar()
        if blob is None:
            return None
        site = json.loads(expand(blob))
        settings: SiteFile = value_of(SiteFile, json.dumps(site["file"]).encode())
        return settings, tuple(_estate(one) for one in site["agencies"])

    def first_mark(self) -> str:
        """When the first full run was; '' before it."""
        with self._reading() as connection:
            return connection.execute(select(func.min(_MARK.at))).scalar() or ""

    def stood(self, before: str, since: str = "") -> dict[str, dict[str, Figures]]:
        """By agency and standard ('' for all) the figures of its newest full run in that time."""
        newest = newest_runs(before, since)
        query = select(tables.figures).join(
            newest, and_(_FIGURE.agency == newest.c.agency, _FIGURE.run == newest.c.run)
        )
        found: dict[str, dict[str, Figures]] = {}
        with self._reading() as connection:
            for row in connection.execute(query.order_by(_FIGURE.agency)):
                found.setdefault(row.agency, {})[row.standard] = figures_of(row)
        return found

    def tallies(self, moment: str) -> tuple[Tally, ...]:
        """How many pairs of things that exist stood in which state just before the moment."""
        keys = (_SPAN.agency, _SPAN.control, _SPAN.severity, _SPAN.enforcement, _SPAN.state)
        query = select(*keys, func.count()).where(
            _SPAN.opened < moment,
            or_(_SPAN.closed == "", _SPAN.closed >= moment),
            _SPAN.asset != _SPAN.agency + "#" + _SPAN.kind,
        )
        with self._reading() as connection:
            rows = connection.execute(query.group_by(*keys).order_by(*keys)).all()
        return tuple(Tally(row[0], row[1], row[2], row[3], State(row[4]), row[5]) for row in rows)

    def mended(self, since: str, before: str) -> tuple[Fault, ...]:
        """The faults that were fixed in that time, by when they were opened."""
        pair = (_SPAN.agency, _SPAN.control, _SPAN.asset)
        came = select(*pair).where(
            _SPAN.opened >= since, _SPAN.opened < before, _SPAN.state.in_([str(one) for one in IN_ORDER])
        )
        failed = select(*pair).where(_SPAN.opened < before, _SPAN.state.in_([str(one) for one in FAULTY]))
        query = select(*TOLD).where(tuple_(*pair).in_(came), tuple_(*pair).in_(failed), _SPAN.opened < before)
        with self._reading() as connection:
            found = faults(map(Told._make, connection.execute(query.order_by(*BY_PAIR))))
        return tuple(one for one in found if since <= one.fixed < before)

    def whole(self, before: str, since: str = "") -> Mark | None:
        """What the newest run that judged every registered agency in that time said of the nation."""
        query = (
            select(*marked_in(tables.marks, tables.figures))
            .select_from(tables.marks.outerjoin(tables.figures, _of_all()))
            .where(_MARK.agency == NATION, _MARK.at < before, _MARK.at >= since)
        )
        with self._reading() as connection:
            row = connection.execute(query.order_by(_MARK.run.desc()).limit(1)).first()
        return None if row is None else mark_of(row)


def _of_all() -> ColumnElement[bool]:
    return and_(_FIGURE.run == _MARK.run, _FIGURE.agency == _MARK.agency, _FIGURE.standard == "")


def _estate(agency: Any) -> Estate:
    kinds = {one["kind"] for one in agency.get("assets", ())}
    return Estate(agency["id"], agency["name"], Tier(agency["tier"]), frozenset(kinds))


def newest_runs(before: str, since: str) -> Subquery:
    """By agency its newest full run in that time by which it stood."""
    return (
        select(_MARK.agency, func.max(_MARK.run).label("run"))
        .where(_MARK.agency != NATION, _MARK.at < before, _MARK.at >= since, _MARK.overtaken.is_(None))
        .group_by(_MARK.agency)
        .subquery()
    )


def figures_of(row: Row[Any]) -> Figures:
    """The figures that a row of figures keeps."""
    score, upper, coverage, observed = row.score / 10, row.upper / 10, row.coverage / 10, row.observed / 10
    return Figures(score, upper, coverage, observed, row.conclusive, row.pairs)


def marked_in(marks: Table, figures: Table) -> list[ColumnElement[Any]]:
    """The columns of marks joined with their figures that `mark_of` reads."""
    return [*(marks.c[name] for name in _MARKED), *(figures.c[name] for name in _FIGURED)]


def mark_of(row: Row[Any]) -> Mark:
    """The mark that a row of `marked_in` keeps. By place: a trend reads thousands. Raises StoreError where damaged."""
    cells: Sequence[Any] = row
    (
        agency, run, at, name, tier, grade, stage, content, baseline, engine, median, reporting, registered,
        score, upper, coverage, observed, conclusive, pairs, opened, overdue, fell,
    ) = cells  # fmt: skip
    figures = None
    try:
        if score is not None:
            figures = Figures(score / 10, upper / 10, coverage / 10, observed / 10, conclusive, pairs)
        return Mark(
            agency, run, at, name, tier, grade, stage, content, baseline, engine, figures, opened, overdue,
            None if median is None else median / 10, reporting, registered, fell_of(fell),
        )  # fmt: skip
    except (TypeError, ValueError, AttributeError):
        raise StoreError(f"the figures of run {run} are damaged; `pepperbird verify` says what else is") from None
