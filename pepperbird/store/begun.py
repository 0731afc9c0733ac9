"""A second series that is being judged and has not ended: kept run by run, so that a power cut loses one run at most.

Its figures lie where those of ended series lie, under a number that no series has yet: whoever reads series does not
see them. When it ends, the series and its entry in the ledger are written in one transaction, and what only going on
needed is taken out. Each step is signed as the ledger is, so that an end never signs what somebody put in meanwhile.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from pepperbird.errors import StoreError, TrustError, UsageError
from pepperbird.model.history import Series
from pepperbird.model.verdict import PostureEntry
from pepperbird.store.begun_rows import (
    ABOUT,
    NOTHING_YET,
    Step,
    Unfinished,
    kept_steps,
    linked,
    row_of,
    rows_kept,
    standing_digest,
    standing_of,
    standing_row,
    statement_about,
    unfinished_of,
)
from pepperbird.store.blobs import Blobs
from pepperbird.store.database import reading, writing
from pepperbird.store.ledger import Seal, ToRecord, append, newest_at, ring_in, unsigned
from pepperbird.store.series_digest import series_digest
from pepperbird.store.series_tables import (
    begun_series,
    begun_standing,
    begun_steps,
    series,
    series_figures,
    series_marks,
)
from pepperbird.trust.canonical import canonical, parse, sha256
from pepperbird.trust.envelope import envelope_of
from pepperbird.trust.keyring import NEXT
from pepperbird.trust.ledger import Entry, EntryKind
from pepperbird.trust.statement import Kind

KEPT: Final = 3
"""Standings kept of each agency: a run stands on the one before it, or where runs overtook each other one further."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who keeps: `put` makes the envelopes, by the key of the id `key` ('' unsigned). `at` is now."""

    at: str
    put: Seal = unsigned
    key: str = ""


class BegunSeries:
    """The one unfinished series that a store may have. Methods raise StoreError."""

    def __init__(self, engine: Engine, path: Path, blobs: Blobs) -> None:
        self._engine, self._path, self._blobs = engine, path, blobs

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Held by one process at a time, and let go of when it dies. Raises UsageError where another has it."""
        with self._path.with_suffix(".rejudge").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError("another `pepperbird rejudge` is at work on this store; wait for it") from None
            yield

    def get(self) -> Unfinished | None:
        """The unfinished series; None where there is none."""
        with reading(self._engine, self._path) as connection:
            row = connection.execute(select(begun_series)).first()
        return None if row is None else unfinished_of(row)

    def begin(self, one: Unfinished, hand: Hand) -> Unfinished:
        """Begin a series in place of any that has not ended. Its number is given here."""
        with writing(self._engine, self._path) as connection:
            drop_begun(connection, self._blobs)
            number = (connection.execute(select(func.max(series.c.number))).scalar() or 0) + 1
            for table in (series_marks, series_figures):  # what somebody put there would be taken for ours
                if connection.execute(select(table.c.run).where(table.c.series == number).limit(1)).first():
                    raise StoreError(f"series {number} has rows that were never recorded: `pepperbird verify`")
            begun = replace(one, about=replace(one.about, number=number), key=hand.key, done=0, chain=NOTHING_YET)
            self._put(connection, begun, hand, first=True)
        return begun

    def keep(self, begun: Unfinished, step: Step, hand: Hand) -> Unfinished:
        """Keep what its next run says. Gives the series as it is then."""
        number = begun.about.number
        after = replace(begun, done=begun.done + 1, chain=linked(begun.chain, step))
        with writing(self._engine, self._path) as connection:
            _require_same(connection, begun)
            for table, rows in ((series_marks, step.marks), (series_figures, step.figures)):
                if rows:
                    connection.execute(insert(table), [{**row, "series": number} for row in rows])
            missing = canonical(dict(step.missing))
            row = {"number": after.done, "series": number, "run": step.run, "missing": missing}
            connection.execute(insert(begun_steps), row)
            for agency, entries in step.standing.items():
                kept = standing_row(connection, self._blobs, agency, step.run, entries)
                connection.execute(insert(begun_standing), {**kept, "series": number})
            self._forget_old(connection)
            self._put(connection, after, hand)
        return after

    def stands(self) -> dict[str, list[str]]:
        """By agency the runs, the oldest first, after which it is kept where it stands by the rules of the series."""
        columns = begun_standing.c
        found: dict[str, list[str]] = {}
        with reading(self._engine, self._path) as connection:
            for row in connection.execute(select(columns.agency, columns.run).order_by(columns.agency, columns.run)):
                found.setdefault(row.agency, []).append(row.run)
        return found

    def standing(self, agency: str, run: str) -> tuple[PostureEntry, ...]:
        """Where the agency stands after one of these."""
        with reading(self._engine, self._path) as connection:
            return standing_of(connection, self._blobs, agency, run)

    def holds(self, begun: Unfinished, hand: Hand) -> bool:
        """Whether it is as it was kept, can be read, and is signed by a key that may where there is a key."""
        with reading(self._engine, self._path) as connection:
            try:
                envelope = envelope_of(connection.execute(select(begun_series.c.envelope)).scalar_one())
                if envelope.statement != statement_about(begun, standing_digest(connection)):
                    return False
                at = begun.about.at if envelope.key_id == begun.key else hand.at
                signed = ring_in(connection).signer(envelope, Kind.SERIES, at, NEXT)
                columns = begun_standing.c
                for row in connection.execute(select(columns.agency, columns.run)).all():
                    standing_of(connection, self._blobs, row.agency, row.run)
                return (bool(signed) or not hand.key) and _chain_holds(connection, begun)
            except (TrustError, StoreError):
                return False

    def end(self, begun: Unfinished, hand: Hand) -> tuple[Series, Entry, int]:
        """Make it a series, all or nothing, with its entry in the ledger. Gives how many runs were judged, too.

        The entry is dated as the series was begun, or as the entry before it where that is later: so it is the same
        however often the judging was broken off. Where the key was changed meanwhile it is dated as of now.
        """
        number = begun.about.number
        with reading(self._engine, self._path) as connection:
            missing = dict(begun.about.missing)
            steps = select(begun_steps.c.missing).where(begun_steps.c.series == number)
            for row in connection.execute(steps.order_by(begun_steps.c.number)):
                missing |= _plain(row.missing)
            about = {name: getattr(begun.about, name) for name in ABOUT}
            kept = canonical(missing)
            digest = series_digest(connection, number, [{**about, "missing": sha256(kept)}])
            judged = select(func.count(series_marks.c.run.distinct())).where(series_marks.c.series == number)
            runs = connection.execute(judged).scalar_one()
        details = {**about, "runs": runs, "missing": len(missing), "key": hand.key}
        with writing(self._engine, self._path) as connection:
            _require_same(connection, begun)
            connection.execute(insert(series), {"number": number, **about, "missing": kept})
            at = max(begun.about.at if hand.key == begun.key else hand.at, newest_at(connection))
            entry = append(connection, ToRecord(EntryKind.SERIES, at, str(number), digest, details), hand.put)
            _forget(connection, self._blobs)
        return replace(begun.about, missing=missing), entry, runs

    def any_rows(self, begun: Unfinished) -> bool:
        """Whether anything at all could be judged of it."""
        with reading(self._engine, self._path) as connection:
            mine = select(series_marks.c.run).where(series_marks.c.series == begun.about.number)
            return connection.execute(mine.limit(1)).first() is not None

    def drop(self) -> None:
        """Take out the unfinished series, where there is one."""
        with writing(self._engine, self._path) as connection:
            drop_begun(connection, self._blobs)

    def _put(self, connection: Connection, one: Unfinished, hand: Hand, *, first: bool = False) -> None:
        envelope = hand.put(statement_about(one, standing_digest(connection))).to_bytes()
        moving = {"done": one.done, "chain": one.chain, "envelope": envelope, "touched": hand.at}
        if first:
            connection.execute(insert(begun_series), row_of(one) | moving)
        else:
            connection.execute(update(begun_series), moving)

    def _forget_old(self, connection: Connection) -> None:
        columns = begun_standing.c
        newest: dict[str, int] = {}
        query = select(columns.agency, columns.run, columns.body).order_by(columns.agency, columns.run.desc())
        for row in connection.execute(query).all():
            newest[row.agency] = newest.get(row.agency, 0) + 1
            if newest[row.agency] > KEPT:
                connection.execute(delete(begun_standing).where(columns.agency == row.agency, columns.run == row.run))
                self._blobs.take_out(connection, row.body)


def drop_begun(connection: Connection, blobs: Blobs) -> int:
    """Take out the unfinished series with all its rows. Gives how many there were, one or none."""
    dropped = 0
    for number in connection.execute(select(begun_series.c.number)).scalars().all():
        dropped += 1
        if connection.execute(select(series.c.number).where(series.c.number == number)).first() is None:
            for table in (series_marks, series_figures):
                connection.execute(delete(table).where(table.c.series == number))
    _forget(connection, blobs)
    return dropped


def _forget(connection: Connection, blobs: Blobs) -> None:
    """Take out what only going on needed, and not the figures."""
    for body in connection.execute(select(begun_standing.c.body)).scalars().all():
        blobs.take_out(connection, body)
    for table in (begun_standing, begun_steps, begun_series):
        connection.execute(delete(table))


def _require_same(connection: Connection, begun: Unfinished) -> None:
    row = connection.execute(select(begun_series.c.number, begun_series.c.chain)).first()
    if row is None or (row.number, row.chain) != (begun.about.number, begun.chain):
        raise StoreError(
            "the second series that was being judged is gone: `pepperbird prune` took it out, or the store was "
            "replaced; call `pepperbird rejudge` again"
        )


def _chain_holds(connection: Connection, begun: Unfinished) -> bool:
    chain, done, rows = NOTHING_YET, 0, 0
    for step, run in zip(kept_steps(connection, begun.about.number), begun.runs, strict=False):
        if step.run != run:
            return False
        chain, done, rows = linked(chain, step), done + 1, rows + len(step.marks) + len(step.figures)
    return (chain, done) == (begun.chain, begun.done) and rows == rows_kept(connection, begun.about.number)


def _plain(kept: Any) -> dict[str, str]:
    try:
        return {str(name): str(why) for name, why in parse(kept, "what is missing").items()}
    except (TrustError, AttributeError) as error:
        raise StoreError(f"the second series that has not ended is damaged ({error})") from None
