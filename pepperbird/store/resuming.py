"""A run that was begun and has not ended, with all that going on with it needs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from pepperbird.errors import StoreError
from pepperbird.model.evidence import Memory, Transcript
from pepperbird.model.plan import Plan
from pepperbird.model.run import Digests, Run
from pepperbird.model.site import Site
from pepperbird.model.verdict import PostureEntry
from pepperbird.store import tables
from pepperbird.store.codec import unpack
from pepperbird.store.history import History


@dataclass(frozen=True)
class Begun:
    """`run` holds what its endpoints have said until now; `previous` is where each agency stood when it was begun."""

    run: Run
    site: Site
    memory: Memory
    content: bytes
    previous: dict[str, tuple[PostureEntry, ...]]


class Resuming(History):
    """What a store knows of runs that go on."""

    def inputs(self, run_id: str, only: Collection[str] | None = None) -> tuple[Site, Memory, bytes]:
        raise NotImplementedError

    def _transcripts(self, connection: Connection, run_id: str, only: Collection[str] | None) -> dict[str, Transcript]:
        raise NotImplementedError

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
                transcripts=self._transcripts(connection, run_id, None), verdicts=(), posture=(), scores={},
                nation=None, first=self.unseen(plan.agencies, before=run_id),
            )  # fmt: skip
        site, memory, content = self.inputs(run_id)
        return Begun(run, site, memory, content, self.previous(run_id) or {})

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
