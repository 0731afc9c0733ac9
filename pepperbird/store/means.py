"""Weighted means of the agencies of a run, made where the figures lie.

Summed in whole tenths and rounded once, a half up, as `score.figures.percent` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, Table, case, func, select
from sqlalchemy.sql import ColumnElement

from pepperbird.model.scores import Figures
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
    """By run the means over its agencies (of those in `only`), each with the weight of its tier of then.

    With `panel` those it names, with its weights, and no others count.
    """
    figure = figures.c
    by: ColumnElement[int] = figure.weight if panel is None else _weights(figures, panel.moved)
    total = func.sum(by)
    shares = [
        ((2 * func.sum(by * figure[name]) + total) // func.nullif(2 * total, 0, type_=Integer)).label(name)
        for name in SHARES
    ]
    counts = [func.sum(figure[name]).label(name) for name in ("conclusive", "pairs")]
    query = select(figure.run, *shares, *counts).where(figure.standard == standard, figure.agency != NATION)
    if panel is not None and len(panel.outside) < len(panel.weights):
        query = query.where(figure.agency.not_in(tuple(panel.outside))) if panel.outside else query
    elif panel is not None:
        query = query.where(figure.agency.in_(tuple(panel.weights)))
    if only is not None:
        query = query.where(figure.agency.in_(tuple(only)))
    return query.group_by(figure.run)


def means_of(rows: Iterable[Sequence[Any]]) -> dict[str, Figures]:
    """By run the means that rows of `mean_query` hold; of no weight at all there is none."""
    return {
        run: Figures(score / 10, upper / 10, coverage / 10, observed / 10, conclusive, pairs)
        for run, score, upper, coverage, observed, conclusive, pairs in rows
        if score is not None
    }


def _weights(figures: Table, moved: Mapping[str, int]) -> ColumnElement[int]:
    """The weight of an agency in the panel; most have the one that stands in their row."""
    by_number: dict[int, list[str]] = {}
    for agency, number in moved.items():
        by_number.setdefault(number, []).append(agency)
    if not by_number:
        return figures.c.weight
    return case(*((figures.c.agency.in_(some), number) for number, some in by_number.items()), else_=figures.c.weight)
