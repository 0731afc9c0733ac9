"""What is kept of a second series that has not ended, as values and as rows, and the digests that hold it together."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from pepperbird.errors import StoreError, TrustError
from pepperbird.model.history import Named, Series
from pepperbird.model.run import Run
from pepperbird.model.verdict import PostureEntry, by_agency
from pepperbird.store.blobs import Blobs
from pepperbird.store.codec import canonical as canonical_of
from pepperbird.store.codec import compress, digest, expand, value_of
from pepperbird.store.series_tables import begun_standing, begun_steps, series_figures, series_marks
from pepperbird.store.standing import Around, Columns, rows_of, sorted_rows
from pepperbird.trust.canonical import canonical, parse, sha256
from pepperbird.trust.statement import Kind, Statement, Subject

NOTHING_YET: Final = sha256(b"")
ABOUT = ("at", "content", "baseline", "engine", "last")
_STANDING: Final = tuple[str, tuple[PostureEntry, ...]]
"""With its run, so that no piece of a run has the same bytes and the same sealed blob."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """`about` is what the series will be, but for what is missing of single runs. `done` of its `runs` are judged."""

    about: Series
    since: str
    runs: tuple[str, ...]
    key: str = ""
    done: int = 0
    chain: str = NOTHING_YET


@dataclass(frozen=True, slots=True)
class Step:
    """What one run says that was judged again: its rows, what could not be read, where each agency stands after it."""

    run: str
    marks: Sequence[Columns] = ()
    figures: Sequence[Columns] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    standing: Mapping[str, tuple[PostureEntry, ...]] = field(default_factory=dict)

    def digest(self) -> str:
        marks, figures = sorted_rows(self.marks), sorted_rows(self.figures)
        plain = {"run": self.run, "marks": marks, "figures": figures, "missing": dict(self.missing)}
        return sha256(canonical(plain))


def step_of(run: Run, register: Iterable[Named], around: Around, missing: Mapping[str, str]) -> Step:
    """The step of a run that was judged again."""
    marks, figures = rows_of(run, register, around)
    standing = {agency: tuple(some) for agency, some in by_agency(run.posture).items()}
    return Step(run.id, marks, figures, missing, standing)


def linked(chain: str, step: Step) -> str:
    """The chain with one step more."""
    return sha256(canonical([chain, step.digest()]))


def row_of(one: Unfinished) -> dict[str, Any]:
    """The columns that never change while it goes on."""
    about = {name: getattr(one.about, name) for name in ABOUT}
    return {
        "number": one.about.number, **about, "since": one.since, "key": one.key,
        "missing": canonical(dict(one.about.missing)), "runs": compress(canonical(list(one.runs))),
    }  # fmt: skip


def unfinished_of(row: Row[Any]) -> Unfinished:
    """What a row of `begun_series` keeps. Raises StoreError where it is damaged."""
    try:
        missing, runs = parse(row.missing, "what is missing"), parse(expand(row.runs), "its runs")
        about = Series(row.number, row.at, row.content, row.baseline, row.engine, row.last, dict(missing))
        return Unfinished(about, row.since, tuple(map(str, runs)), row.key, row.done, row.chain)
    except (TrustError, TypeError, ValueError) as error:
        raise StoreError(f"the second series that has not ended is damaged ({error})") from None


def statement_about(one: Unfinished, standing: str) -> Statement:
    """What is signed of it after each step; `standing` is `standing_digest`."""
    about = {name: getattr(one.about, name) for name in ABOUT}
    predicate = {
        **about, "since": one.since, "key": one.key, "done": one.done, "standing": standing,
        "runs": sha256(canonical(list(one.runs))), "missing": sha256(canonical(dict(one.about.missing))),
    }  # fmt: skip
    return Statement(Kind.SERIES, (Subject(f"series/{one.about.number}", one.chain),), predicate)


def standing_digest(connection: Connection) -> str:
    """The digest over those of every standing that is kept to go on by."""
    columns = begun_standing.c
    query = select(columns.agency, columns.run, columns.digest).order_by(columns.agency, columns.run)
    return sha256(canonical([list(map(str, row)) for row in connection.execute(query)]))


def kept_steps(connection: Connection, number: int) -> Iterator[Step]:
    """The steps of a series as they are kept, in turn, without standings."""
    steps = select(begun_steps).where(begun_steps.c.series == number).order_by(begun_steps.c.number)
    for row in connection.execute(steps).all():
        marks, figures = (
            [
                {name: value for name, value in one._mapping.items() if name != "series"}
                for one in connection.execute(select(table).where(table.c.series == number, table.c.run == row.run))
            ]
            for table in (series_marks, series_figures)
        )
        yield Step(row.run, marks, figures, parse(row.missing, "what is missing"))


def rows_kept(connection: Connection, number: int) -> int:
    """How many rows lie under the number of a series, whatever they are."""
    tables = (series_marks, series_figures)
    counts = [select(func.count()).select_from(one).where(one.c.series == number) for one in tables]
    return sum(connection.execute(one).scalar_one() for one in counts)


def standing_row(
    connection: Connection, blobs: Blobs, agency: str, run: str, entries: tuple[PostureEntry, ...]
) -> dict[str, Any]:
    """The row that keeps where an agency stands after a run, sealed where the store is."""
    data = canonical_of(_STANDING, (run, entries))
    body = blobs.put(connection, agency, zlib.compress(data, 6))
    return {"agency": agency, "run": run, "digest": digest(data), "body": body}


def standing_of(connection: Connection, blobs: Blobs, agency: str, run: str) -> tuple[PostureEntry, ...]:
    """What such a row keeps. Raises StoreError where it cannot be read or was changed."""
    mine = begun_standing.c.agency == agency, begun_standing.c.run == run
    row = connection.execute(select(begun_standing).where(*mine)).one()
    data = expand(blobs.get(connection, row.body))
    named, entries = value_of(_STANDING, data)
    if digest(data) != row.digest or named != run:
        raise StoreError(f"where {agency} stands after run {run}, judged again, was changed since it was kept")
    found: tuple[PostureEntry, ...] = entries
    return found
