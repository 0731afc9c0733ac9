"""Store: keeps runs so that each can be judged again to the same bytes.

A run is begun with everything that judging will need, gains one transcript per endpoint as it ends (recording one
again changes nothing), and is finished in one transaction. A run that never finished stays visible as such.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from pepperbird.errors import StoreError
from pepperbird.model.evidence import Memory, Transcript
from pepperbird.model.plan import FULL, Plan
from pepperbird.model.policy import Deadlines
from pepperbird.model.retention import Retention
from pepperbird.model.run import Digests, Ended, Record, Run
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.model.site import Site
from pepperbird.model.state import Tier
from pepperbird.store import pieces, tables
from pepperbird.store.begun import BegunSeries
from pepperbird.store.blobs import Blobs
from pepperbird.store.codec import compress, digest, pack, transcript_bytes, unpack
from pepperbird.store.database import open_database, reading, writing
from pepperbird.store.duties import Duties
from pepperbird.store.kits import Kits, use_kits
from pepperbird.store.lease import Lease, require_token
from pepperbird.store.ledger import Ledger, Seal, record_of, unsigned
from pepperbird.store.listing import FINISHED, STARTED, Listing
from pepperbird.store.marks import Marks
from pepperbird.store.past import require_newest
from pepperbird.store.pieces import agency_of, get_pieces, put_pieces
from pepperbird.store.prune import Pruned, due, prune
from pepperbird.store.receipts import Receipts
from pepperbird.store.record import record_run
from pepperbird.store.records import Records
from pepperbird.store.results import put_results
from pepperbird.store.resuming import Resuming
from pepperbird.store.schedules import Schedules
from pepperbird.store.series import SeriesKept
from pepperbird.store.signed import SignedRecords
from pepperbird.store.spent import Spent
from pepperbird.store.standing import Around, Fell, keep_standing, overtaken_in
from pepperbird.store.vault import Vault
from pepperbird.store.works import Work, Works, begin_work
from pepperbird.trust.envelope import Envelope, envelope_of
from pepperbird.trust.vault import Master


class Store(Resuming, Marks, Listing):
    """All runs of one state directory. Methods raise StoreError; an unknown run raises UsageError.

    With `master` evidence is sealed; without, what is sealed already cannot be read and nothing is recorded beside it.
    `only` names the agencies whose evidence is wanted: that of others is not opened. Of a store that was
    told to `hold` the executor's token, every write of a run is refused once somebody else is the executor.
    """

    def __init__(self, path: Path, master: Master | None = None) -> None:
        self.path = path
        self._token: int | None = None
        self._engine = open_database(path)
        self._blobs = Blobs(master)
        self.ledger = Ledger(self._engine, path)
        self.vault = Vault(self._engine, path, self._blobs)
        self.records = Records(self._engine, path, self._blobs)
        self.signed = SignedRecords(self._engine, path, self._blobs)
        self.kits = Kits(self._engine, path)
        self.lease = Lease(self._engine, path)
        self.schedules = Schedules(self._reading, self._writing)
        self.works = Works(self._reading, self._writing)
        self.receipts = Receipts(self._engine, path)
        self.duties = Duties(self._reading, self._writing)
        self.series = SeriesKept(self._engine, path)
        self.rejudging = BegunSeries(self._engine, path, self._blobs)
        self.spent = Spent(self._reading, self._writing, self._blobs)

    def close(self) -> None:
        self._engine.dispose()

    def hold(self, token: int) -> None:
        """From now on every write of a run wants `token` to be the newest."""
        self._token = token

    def begin(
        self, run: Run, site: Site, memory: Memory, content: bytes, previous: Mapping[str, str] | None = None,
        *, work: Work | None = None,
    ) -> None:  # fmt: skip
        """Keep a run's inputs before anything is collected. `content` is the archive of what it is judged by.

        `previous` names the run (or '') from which each agency's standing before was taken; `work` says that and how
        the executor goes on with it.
        """
        archive = digest(content)
        bare, documents = pieces.split_site(site)
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
                    "site": pack(Site, bare),
                    "previous": pack(dict[str, str], dict(previous or {})),
                },
            )
            for agency in run.plan.agencies:
                connection.execute(insert(tables.run_agencies), {"run": run.id, "agency": agency})
            for name, by_agency in documents.items():
                put_pieces(connection, self._blobs, run.id, name, by_agency)
            put_pieces(connection, self._blobs, run.id, pieces.MEMORY, pieces.split_memory(memory))
            if work is not None:
                begin_work(connection, work, run.at)

    def add_transcript(
        self, run_id: str, transcript: Transcript, put: Callable[[Transcript, str], Envelope] | None = None
    ) -> None:
        """Keep what one endpoint said; the first recording of (run, endpoint) stands.

        `put` makes the envelope of the statement about it, from the transcript and the digest of its bytes.
        """
        data = transcript_bytes(transcript)
        total = digest(data)
        envelope = put(transcript, total).to_bytes() if put is not None else None
        agency = agency_of(transcript.endpoint)
        with self._writing() as connection:
            connection.execute(
                upsert(tables.transcripts).on_conflict_do_nothing(),
                {
                    "run": run_id,
                    "endpoint": transcript.endpoint,
                    "gap": str(transcript.gap.reason) if transcript.gap else "",
                    "received_bytes": transcript.received_bytes,
                    "body": self._blobs.put(connection, agency, compress(data)),
                    "digest": total,
                    "envelope": envelope and self._blobs.put(connection, agency, envelope),
                },
            )

    def finish(
        self,
        run: Run,
        memory_after: Memory,
        put: Seal = unsigned,
        deadlines: Mapping[Tier, Deadlines] | None = None,
        fell: Fell | None = None,
    ) -> Ended:
        """Keep verdicts, posture and scores of a run and its entry in the ledger, all or nothing.

        `deadlines` of each tier tell what is overdue, `fell` what fell since the run that it stands on. Raises
        MovedError where it does not stand on the newest before it.
        """
        with self._writing() as connection:
            done = connection.execute(
                update(tables.runs).where(tables.runs.c.id == run.id, tables.runs.c.state == STARTED),
                {
                    "ended": run.ended,
                    "state": FINISHED,
                    "digests": pack(Digests, run.digests),
                    "scores": pack(dict[str, AgencyScore], dict(run.scores)),
                    "nation": pack(NationScore | None, run.nation),
                },
            )
            if done.rowcount != 1:
                raise StoreError(f"{self.path}: the run {run.id} was finished already, or never begun")
            require_newest(connection, self._blobs, run.id)
            use_kits(connection, run)
            put_results(connection, self._blobs, run, memory_after)
            said, newer = dict[str, Any](), dict[str, str]()
            if run.scope == FULL:
                said["standing"], newer = keep_standing(connection, run, Around(deadlines, fell or {}))
            if newer:
                said["overtaken"] = newer
            envelope, entry = record_run(connection, self._blobs, run.id, run.ended, put, **said)
            connection.execute(update(tables.runs).where(tables.runs.c.id == run.id), {"envelope": envelope})
        return Ended(Record(entry.number, entry.hash, envelope_of(envelope).key_id, self.sealed), newer)

    def load(self, run_id: str, *, heard: bool = True, only: Collection[str] | None = None) -> Run:
        """A finished run, whole; without what the endpoints said where not `heard`."""
        with self._reading() as connection:
            row = connection.execute(select(tables.runs).where(tables.runs.c.id == run_id)).one()
            verdicts = get_pieces(connection, self._blobs, run_id, pieces.VERDICTS, only)
            postures = get_pieces(connection, self._blobs, run_id, pieces.POSTURE, only)
            plan = unpack(Plan, row.plan)
            return Run(
                id=row.id,
                at=row.at,
                ended=row.ended,
                scope=row.scope,
                digests=unpack(Digests, row.digests),
                plan=plan,
                transcripts=dict(self._hear(connection, run_id, only)) if heard else {},
                verdicts=tuple(verdict for some in verdicts.values() for verdict in some),
                posture=tuple(entry for some in postures.values() for entry in some),
                scores=unpack(dict[str, AgencyScore], row.scores),
                nation=unpack(NationScore | None, row.nation),
                first=self.unseen([one for one in plan.agencies if only is None or one in only], before=run_id),
                record=record_of(connection, run_id, sealed=self.sealed),
                overtaken=overtaken_in(connection, run_id),
            )

    def inputs(self, run_id: str, only: Collection[str] | None = None) -> tuple[Site, Memory, bytes]:
        """The site snapshot, the memory before the run, and the content archive it was judged by."""
        with self._reading() as connection:
            row = connection.execute(
                select(tables.runs.c.site, tables.contents.c.archive)
                .join(tables.contents, tables.contents.c.digest == tables.runs.c.content_digest)
                .where(tables.runs.c.id == run_id)
            ).one()
            documents = {name: get_pieces(connection, self._blobs, run_id, name, only) for name in pieces.DOCUMENTS}
            site = pieces.joined_site(unpack(Site, row.site), documents)
            memory = pieces.joined_memory(get_pieces(connection, self._blobs, run_id, pieces.MEMORY, only).values())
        return site, memory, row.archive

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with writing(self._engine, self.path) as connection:
            if self._token is not None:
                require_token(connection, self._token)
            yield connection

    def _reading(self) -> AbstractContextManager[Connection]:
        return reading(self._engine, self.path)

    def due(self, retention: Retention, at: str) -> list[Pruned]:
        """What `prune` would take out."""
        return due(self._engine, self.path, retention, at)

    def prune(self, retention: Retention, at: str, put: Seal = unsigned) -> list[Pruned]:
        """Take out what is older than it is kept, each with its entry in the ledger; then purge."""
        return prune(self._engine, self.path, retention, at, put)

    @property
    def sealed(self) -> bool:
        """True where evidence is sealed at rest."""
        return self._blobs.master is not None
