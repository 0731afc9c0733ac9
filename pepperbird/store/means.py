"""Weighted means of the agencies of a run, summed where the figures lie: in whole tenths, so without rounding."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, Select, Table, case, func, select
from sqlalchemy.sql import ColumnElement

from pepperbird.model.scores import Figures
from pepperbird.score.figures import percent
from pepperbird.store.standing import NATION, SHARES


@dataclass(frozen=True, slots=True)
class Panel:
    """A fixed panel: the weight of each agency, and what it takes to sum it without looking each of them up.

    `moved` are those whose tier changed; of the others the weight stands in their rows. `outside` are all others.
    """

    weights: Mapping[str, int]
    moved: Mapping[str, int]
    outside: frozenset[str]


def mean_query(figures: Table, standard: str, panel: Panel | None, only: Collection[str] | None) -> Select[Any]:
    """By run the sums over its agencies (of those in `only`), each with the weight of its tier of then.

    With `panel` those it names, with its weights, and no others count.
    """
    figure = figures.c
    by: ColumnElement[int] = figure.weight if panel is None else _weights(figures, panel.moved)
    sums = [func.sum(by * figure[name]).label(name) for name in SHARES]
    counts = [func.sum(figure[name]).label(name) for name in ("conclusive", "pairs")]
    query = select(figure.run, func.sum(by).label("total"), *sums, *counts).where(
        figure.standard == standard, figure.agency != NATION
    )
    if panel is not None and len(panel.outside) < len(panel.weights):
        query = query.where(figure.agency.not_in(tuple(panel.outside))) if panel.outside else query
    elif panel is not None:
        query = query.where(figure.agency.in_(tuple(panel.weights)))
    if only is not None:
        query = query.where(figure.agency.in_(tuple(only)))
    return query.group_by(figure.run)


def mean_of(row: Row[Any]) -> Figures:
    """The mean that a row of `mean_query` holds."""
    shares = {name: percent(Fraction(int(getattr(row, name)), 1000 * int(row.total))) for name in SHARES}
    return Figures(**shares, conclusive=int(row.conclusive), pairs=int(row.pairs))


def _weights(figures: Table, moved: Mapping[str, int]) -> ColumnElement[int]:
    """The weight of an agency in the panel; most have the one that stands in their row."""
    by_number: dict[int, list[str]] = {}
    for agency, number in moved.items():
        by_number.setdefault(number, []).append(agency)
    if not by_number:
        return figures.c.weight
    return case(*((figures.c.agency.in_(some), number) for number, some in by_number.items()), else_=figures.c.weight)
