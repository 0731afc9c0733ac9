"""Store: keeps runs so that each can be judged again to the same bytes.

A run is begun with everything that judging will need, gains one transcript per endpoint as it ends (recording one
again changes nothing), and is finished in one transaction. A run that never finished stays visible as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from pepperbird.errors import StoreError, UsageError
from pepperbird.model.evidence import Memory, Transcript
from pepperbird.model.plan import Plan
from pepperbird.model.run import Digests, Record, Run
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.model.site import Site
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.store import tables
from pepperbird.store.codec import compress, digest, pack, transcript_bytes, unpack, unpack_transcript
from pepperbird.store.database import open_database, reading, writing
from pepperbird.store.ledger import Ledger, Seal, record_of, unsigned
from pepperbird.store.record import record_run
from pepperbird.store.records import Records
from pepperbird.store.signed import SignedRecords
from pepperbird.trust.envelope import Envelope, envelope_of

STARTED = "started"
FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as a list shows it. `state` is started or finished."""

    id: str
    at: str
    ended: str
    scope: str
    state: str
    agencies: tuple[str, ...]


class Store:
    """All runs of one state directory. Methods raise StoreError; an unknown run raises UsageError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = open_database(path)
        self.ledger = Ledger(self._engine, path)
        self.records = Records(self._engine, path)
        self.signed = SignedRecords(self._engine, path)

    def close(self) -> None:
        self._engine.dispose()

    def begin(
        self, run: Run, site: Site, memory: Memory, content: bytes, previous: Mapping[str, str] | None = None
    ) -> None:
        """Keep a run's inputs before anything is collected. `content` is the archive of what it is judged by.

        `previous` names the run (or '') from which each agency's standing before was taken.
        """
        archive = digest(content)
        with self._writing() as connection:
            connection.execute(
                upsert(tables.contents).on_conflict_do_nothing(), {"digest": archive, "archive": content}
            )
            connection.execute(
                insert(tables.runs),
                {
                    "id": run.id,
                    "at": run.at,
                    "ended": "",
                    "scope": run.scope,
                    "state": STARTED,
                    "content_digest": archive,
                    "digests": pack(Digests, run.digests),
                    "plan": pack(Plan, run.plan),
                    "site": pack(Site, site),
                    "memory": pack(Memory, memory),
                    "previous": pack(dict[str, str], dict(previous or {})),
                },
            )
            for agency in run.plan.agencies:
                connection.execute(insert(tables.run_agencies), {"run": run.id, "agency": agency})

    def add_transcript(
        self, run_id: str, transcript: Transcript, put: Callable[[Transcript, str], Envelope] | None = None
    ) -> None:
        """Keep what one endpoint said; the first recording of (run, endpoint) stands.

        `put` makes the envelope of the statement about it, from the transcript and the digest of its bytes.
        """
        data = transcript_bytes(transcript)
        total = digest(data)
        envelope = put(transcript, total).to_bytes() if put is not None else None
        with self._writing() as connection:
            connection.execute(
                upsert(tables.transcripts).on_conflict_do_nothing(),
                {
                    "run": run_id,
                    "endpoint": transcript.endpoint,
                    "gap": str(transcript.gap.reason) if transcript.gap else "",
                    "received_bytes": transcript.received_bytes,
                    "body": compress(data),
                    "digest": total,
                    "envelope": envelope,
                },
            )

    def finish(self, run: Run, memory_after: Memory, put: Seal = unsigned) -> Record:
        """Keep verdicts, posture and scores of a run and its entry in the ledger, all or nothing."""
        with self._writing() as connection:
            done = connection.execute(
                update(tables.runs).where(tables.runs.c.id == run.id, tables.runs.c.state == STARTED),
                {
                    "ended": run.ended,
                    "state": FINISHED,
                    "digests": pack(Digests, run.digests),
                    "memory_after": pack(Memory, memory_after),
                    "scores": pack(dict[str, AgencyScore], dict(run.scores)),
                    "nation": pack(NationScore | None, run.nation),
                },
            )
            if done.rowcount != 1:
                raise StoreError(f"{self.path}: the run {run.id} was finished already, or never begun")
            if run.verdicts:
                connection.execute(insert(tables.verdicts), [_verdict_row(run.id, verdict) for verdict in run.verdicts])
            for agency in run.plan.agencies:
                entries = tuple(entry for entry in run.posture if entry.agency == agency)
                connection.execute(
                    update(tables.run_agencies).where(
                        tables.run_agencies.c.run == run.id, tables.run_agencies.c.agency == agency
                    ),
                    {"posture": pack(tuple[PostureEntry, ...], entries)},
                )
            envelope, entry = record_run(connection, run.id, run.ended, put)
            connection.execute(update(tables.runs).where(tables.runs.c.id == run.id), {"envelope": envelope})
        return Record(entry.number, entry.hash, envelope_of(envelope).key_id)

    def runs(self, limit: int = 50) -> list[RunRow]:
        """The newest runs first."""
        with self._reading() as connection:
            return [_row(connection, row) for row in connection.execute(_newest(select(tables.runs)).limit(limit))]

    def find(self, name: str) -> str:
        """The id of a run by its id, the start of one, or `latest` (the newest that finished). Raises UsageError."""
        finished = tables.runs.c.state == FINISHED
        query = _newest(select(tables.runs.c.id).where(finished))
        if name != "latest":
            query = query.where(tables.runs.c.id.startswith(name, autoescape=True))
        with self._reading() as connection:
            found = [str(row.id) for row in connection.execute(query.limit(2))]
        if not found:
            raise UsageError(f"no finished run {name!r} in {self.path}; `pepperbird scan` makes one")
        if name != "latest" and len(found) > 1 and found[0] != name:
            raise UsageError(f"several runs begin with {name!r}; give more of the id")
        return found[0]

    def load(self, run_id: str, *, heard: bool = True) -> Run:
        """A finished run, whole; without what the endpoints said where not `heard`."""
        with self._reading() as connection:
            row = connection.execute(select(tables.runs).where(tables.runs.c.id == run_id)).one()
            verdicts = connection.execute(
                select(tables.verdicts.c.body)
                .where(tables.verdicts.c.run == run_id)
                .order_by(tables.verdicts.c.agency, tables.verdicts.c.control, tables.verdicts.c.asset)
            )
            postures = connection.execute(
                select(tables.run_agencies.c.posture)
                .where(tables.run_agencies.c.run == run_id)
                .order_by(tables.run_agencies.c.agency)
            )
            return Run(
                id=row.id,
                at=row.at,
                ended=row.ended,
                scope=row.scope,
                digests=unpack(Digests, row.digests),
                plan=unpack(Plan, row.plan),
                transcripts=self._transcripts(connection, run_id) if heard else {},
                verdicts=tuple(unpack(Verdict, one.body) for one in verdicts),
                posture=tuple(e for one in postures for e in unpack(tuple[PostureEntry, ...], one.posture)),
                scores=unpack(dict[str, AgencyScore], row.scores),
                nation=unpack(NationScore | None, row.nation),
                first=self.unseen(unpack(Plan, row.plan).agencies, before=run_id),
                record=record_of(connection, run_id),
            )

    def inputs(self, run_id: str) -> tuple[Site, Memory, bytes]:
        """The site snapshot, the memory before the run, and the content archive it was judged by."""
        with self._reading() as connection:
            row = connection.execute(
                select(tables.runs.c.site, tables.runs.c.memory, tables.contents.c.archive)
                .join(tables.contents, tables.contents.c.digest == tables.runs.c.content_digest)
                .where(tables.runs.c.id == run_id)
            ).one()
        return unpack(Site, row.site), unpack(Memory, row.memory), row.archive

    def memory_after(self, run_id: str) -> Memory | None:
        """What a run left to remember."""
        query = select(tables.runs.c.memory_after).where(tables.runs.c.id == run_id)
        with self._reading() as connection:
            blob = connection.execute(query).scalar_one()
        return None if blob is None else unpack(Memory, blob)

    def memory(self) -> Memory:
        """What the newest finished run of the register's agencies left to remember; empty at first."""
        query = _newest(select(tables.runs.c.memory_after).where(tables.runs.c.state == FINISHED)).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).first()
        memory: Memory = Memory() if row is None else unpack(Memory, row.memory_after)
        return memory

    def posture(self, agency: str, before: str | None = None) -> tuple[PostureEntry, ...]:
        """Where the agency stood after its newest full run (`before` that run id); empty before the first."""
        return self.standing(agency, before)[1]

    def standing(self, agency: str, before: str | None = None) -> tuple[str, tuple[PostureEntry, ...]]:
        """`posture`, and the id of the run that it is of ('' before the first)."""
        query = _newest(
            select(tables.run_agencies.c.run, tables.run_agencies.c.posture)
            .join(tables.runs, tables.runs.c.id == tables.run_agencies.c.run)
            .where(
                tables.run_agencies.c.agency == agency, tables.runs.c.scope == "full", tables.runs.c.state == FINISHED
            )
        ).limit(1)
        if before is not None:
            query = query.where(tables.runs.c.id < before)
        with self._reading() as connection:
            row = connection.execute(query).first()
        return ("", ()) if row is None else (row.run, unpack(tuple[PostureEntry, ...], row.posture))

    def previous(self, run_id: str) -> dict[str, tuple[PostureEntry, ...]] | None:
        """Where each agency stood when the run was judged; None where that was not recorded."""
        query = select(tables.run_agencies.c.posture)
        with self._reading() as connection:
            blob = connection.execute(select(tables.runs.c.previous).where(tables.runs.c.id == run_id)).scalar_one()
            if blob is None:
                return None
            found: dict[str, tuple[PostureEntry, ...]] = {}
            for agency, source in unpack(dict[str, str], blob).items():
                of_it = (tables.run_agencies.c.run == source, tables.run_agencies.c.agency == agency)
                row = connection.execute(query.where(*of_it)).first()
                found[agency] = () if row is None else unpack(tuple[PostureEntry, ...], row.posture)
        return found

    def unseen(self, agencies: Sequence[str], before: str | None = None) -> tuple[str, ...]:
        """Those of which there is no full run (`before` that run id)."""
        return tuple(agency for agency in agencies if not self.posture(agency, before))

    def _transcripts(self, connection: Connection, run_id: str) -> dict[str, Transcript]:
        rows = connection.execute(
            select(tables.transcripts.c.endpoint, tables.transcripts.c.body)
            .where(tables.transcripts.c.run == run_id)
            .order_by(tables.transcripts.c.endpoint)
        )
        return {row.endpoint: unpack_transcript(row.body) for row in rows}

    def _writing(self) -> AbstractContextManager[Connection]:
        return writing(self._engine, self.path)

    def _reading(self) -> AbstractContextManager[Connection]:
        return reading(self._engine, self.path)


def _newest(query: Select[Any]) -> Select[Any]:
    return query.order_by(tables.runs.c.id.desc())


def _verdict_row(run_id: str, verdict: Verdict) -> dict[str, object]:
    return {
        "run": run_id,
        "agency": verdict.agency,
        "control": verdict.control,
        "asset": verdict.asset,
        "state": str(verdict.state),
        "severity": str(verdict.severity),
        "enforcement": str(verdict.enforcement),
        "body": pack(Verdict, verdict),
    }


def _row(connection: Connection, row: Row[Any]) -> RunRow:
    agencies = connection.execute(
        select(tables.run_agencies.c.agency).where(tables.run_agencies.c.run == row.id).order_by("agency")
    )
    return RunRow(row.id, row.at, row.ended, row.scope, row.state, tuple(str(one.agency) for one in agencies))
