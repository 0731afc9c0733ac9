"""A run that was begun and has not ended, with all that going on with it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, false, or_, select, update

from pepperbird.errors import StoreError
from pepperbird.model.evidence import Memory, Transcript
from pepperbird.model.plan import Plan
from pepperbird.model.run import Digests, Run
from pepperbird.model.site import Site
from pepperbird.model.verdict import PostureEntry
from pepperbird.store import pieces, tables
from pepperbird.store.codec import canonical, digest, pack, unpack, unpack_transcript
from pepperbird.store.history import History
from pepperbird.store.past import newest_full


@dataclass(frozen=True)
class Begun:
    """`run` holds the transcripts (`bare`) of the endpoints that answered until now; `previous` is where each agency
    stood when it was begun."""

    run: Run
    site: Site
    memory: Memory
    content: bytes
    previous: dict[str, tuple[PostureEntry, ...]]


class Resuming(History):
    """What a store knows of runs that go on."""

    def inputs(self, run_id: str, only: Collection[str] | None = None) -> tuple[Site, Memory, bytes]:
        raise NotImplementedError

    def _writing(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def hear(self, run_id: str, agency: str) -> Iterator[tuple[str, Transcript]]:
        """What each endpoint of an agency said, by their ids, as far as it is kept; read as it is asked for."""
        with self._reading() as connection:
            yield from self._hear(connection, run_id, (agency,))

    def _hear(
        self, connection: Connection, run_id: str, only: Collection[str] | None = None
    ) -> Iterator[tuple[str, Transcript]]:
        columns = tables.transcripts.c
        query = select(columns.endpoint, columns.body).where(columns.run == run_id).order_by(columns.endpoint)
        if only is not None:
            query = query.where(or_(false(), *(pieces.of_agency(columns.endpoint, one) for one in only)))
        for row in connection.execute(query):
            yield row.endpoint, unpack_transcript(self._blobs.get(connection, row.body))

    def begun(self, run_id: str) -> Begun | None:
        """The run of that id; None where it has ended already. Raises StoreError where there is none, or not whole."""
        with self._reading() as connection:
            row = connection.execute(select(tables.runs).where(tables.runs.c.id == run_id)).first()
            if row is None:
                raise StoreError(f"the run {run_id} is not kept any more; nothing can go on with it")
            if row.state != "started":
                return None
            plan = unpack(Plan, row.plan)
            run = Run(
                id=row.id, at=row.at, ended="", scope=row.scope, digests=unpack(Digests, row.digests), plan=plan,
                transcripts={name: said.bare for name, said in self._hear(connection, run_id)}, verdicts=(),
                posture=(), scores={}, nation=None, first=self.unseen(plan.agencies, before=run_id),
            )  # fmt: skip
        site, memory, content = self.inputs(run_id)
        return Begun(run, site, memory, content, self.previous(run_id) or {})

    def stand(self, begun: Begun) -> Begun:
        """`begun` on the newest standing and memory: of the runs before it, those that ended since it was begun too.

        What it is judged with is kept with it. Nothing changes where none ended.
        """
        run = begun.run
        if not self._moved(begun):
            return begun
        memory = self.memory(run.plan.agencies, before=run.id)
        found = {agency: self.standing(agency, run.id) for agency in begun.previous}
        sources = {agency: source for agency, (source, _) in found.items()}
        digests = replace(run.digests, memory=digest(canonical(Memory, memory)))
        with self._writing() as connection:
            mine = tables.runs.c.id == run.id, tables.runs.c.state == "started"
            values = {"previous": pack(dict[str, str], sources), "digests": pack(Digests, digests)}
            connection.execute(update(tables.runs).where(*mine), values)
            old = tables.pieces.c.run == run.id, tables.pieces.c.name == pieces.MEMORY
            connection.execute(delete(tables.pieces).where(*old))
            pieces.put_pieces(connection, self._blobs, run.id, pieces.MEMORY, pieces.split_memory(memory))
        previous = {agency: one for agency, (_, one) in found.items()}
        return replace(begun, run=replace(run, digests=digests), memory=memory, previous=previous)

    def _moved(self, begun: Begun) -> bool:
        """True where an older run of these agencies ended since this one was begun, by what is kept or by the clock."""
        run = begun.run
        runs, looked = tables.runs.c, tables.run_agencies.c
        query = (
            select(runs.id)
            .join(tables.run_agencies, looked.run == runs.id)
            .where(runs.state == "finished", runs.id < run.id, runs.ended >= run.at)
            .where(looked.agency.in_(run.plan.agencies))
        )
        with self._reading() as connection:
            if connection.execute(query.limit(1)).first() is not None:
                return True
            blob = connection.execute(select(runs.previous).where(runs.id == run.id)).scalar_one()
            known = unpack(dict[str, str], blob) if blob else {}
            return any(newest_full(connection, agency, run.id) != source for agency, source in known.items())

    def content(self, run_id: str) -> bytes:
        """The archive of the content that a run was judged by."""
        query = (
            select(tables.contents.c.archive)
            .join(tables.runs, tables.contents.c.digest == tables.runs.c.content_digest)
            .where(tables.runs.c.id == run_id)
        )
        with self._reading() as connection:
            archive: bytes = connection.execute(query).scalar_one()
        return archive
