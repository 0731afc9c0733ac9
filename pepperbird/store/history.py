"""Full runs over time, as trends and comparisons need them: figures first, standings only where they are asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import Connection, func, select

from pepperbird.errors import UsageError
from pepperbird.model.agreed import AgreedPlan, PlanStanding
from pepperbird.model.history import Named, PastRun
from pepperbird.model.plan import Plan
from pepperbird.model.run import Digests
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.store import tables
from pepperbird.store.codec import unpack
from pepperbird.store.past import Past
from pepperbird.store.standing import registered_in


class _Kept(BaseModel):
    """Of the register that a run keeps, the plans alone: the rest of it is not read."""

    agreed: tuple[AgreedPlan, ...] = ()
    plans: tuple[PlanStanding, ...] = ()


@dataclass(frozen=True, slots=True)
class Plans:
    """The agreed plans by agency, and how far each was signed, as a run kept them."""

    agreed: Mapping[str, AgreedPlan]
    standing: Mapping[str, PlanStanding]

    def of(self, agency: str) -> AgreedPlan:
        """The plan of that agency; an empty one where it had none."""
        return self.agreed.get(agency) or AgreedPlan(agency=agency)


class History(Past):
    """What a store knows of the past. Reads only."""

    def full_runs(
        self, agency: str | None = None, *, newest: int | None = None, only: Collection[str] | None = None
    ) -> list[PastRun]:
        """Every finished full run (that looked at `agency`), the `newest`, or those in `only`; the oldest first.

        Those of an agency are without the ones that were overtaken: by them it never stood.
        """
        columns = tables.runs.c
        wanted = (columns.id, columns.at, columns.content_digest, columns.digests, columns.scores, columns.nation)
        query = select(*wanted).where(columns.state == "finished", columns.scope == "full").order_by(columns.id.desc())
        if agency is not None:
            query = query.join(tables.run_agencies, tables.run_agencies.c.run == columns.id).where(
                tables.run_agencies.c.agency == agency
            )
            over = select(tables.marks.c.run).where(
                tables.marks.c.agency == agency, tables.marks.c.overtaken.is_not(None)
            )
            query = query.where(columns.id.not_in(over))
        if only is not None:
            query = query.where(columns.id.in_(tuple(only)))
        with self._reading() as connection:
            rows = connection.execute(query.limit(newest)).all()
            looked_at = _agencies(connection, [str(row.id) for row in rows])
        return [
            PastRun(
                id=row.id,
                at=row.at,
                content=row.content_digest,
                digests=unpack(Digests, row.digests),
                agencies=looked_at[row.id],
                scores=unpack(dict[str, AgencyScore], row.scores),
                nation=unpack(NationScore | None, row.nation),
            )
            for row in reversed(rows)
        ]

    def newest_full(self) -> dict[str, str]:
        """By agency, the newest finished full run that looked at it."""
        run, agency = tables.run_agencies.c.run, tables.run_agencies.c.agency
        query = (
            select(agency, func.max(run))
            .join(tables.runs, tables.runs.c.id == run)
            .where(tables.runs.c.state == "finished", tables.runs.c.scope == "full")
            .group_by(agency)
        )
        with self._reading() as connection:
            return {str(row[0]): str(row[1]) for row in connection.execute(query)}

    def agencies_seen(self) -> tuple[str, ...]:
        """The agencies that a finished full run looked at."""
        columns = tables.run_agencies.c
        query = (
            select(columns.agency)
            .join(tables.runs, tables.runs.c.id == columns.run)
            .where(tables.runs.c.state == "finished", tables.runs.c.scope == "full")
            .distinct()
            .order_by(columns.agency)
        )
        with self._reading() as connection:
            return tuple(str(row.agency) for row in connection.execute(query))

    def judged_by(self, since: str = "") -> dict[str, tuple[str, str]]:
        """By finished full run since that day the content and the version that judged it, the oldest first."""
        columns = tables.runs.c
        query = select(columns.id, columns.digests).where(
            columns.state == "finished", columns.scope == "full", columns.at >= since
        )
        with self._reading() as connection:
            rows = connection.execute(query.order_by(columns.id))
            digests = {str(row.id): unpack(Digests, row.digests) for row in rows}
        return {run: (one.content, one.engine) for run, one in digests.items()}

    def registered(self, run_id: str, only: Collection[str] | None = None) -> tuple[Named, ...]:
        """The agencies (of those in `only`) of the register that a run was judged by."""
        with self._reading() as connection:
            return tuple(one for one in registered_in(connection, run_id) if only is None or one.id in only)

    def plans(self, run_id: str) -> Plans:
        """The agreed plans of the register that a run was judged by, and how far each was signed."""
        with self._reading() as connection:
            blob = connection.execute(select(tables.runs.c.site).where(tables.runs.c.id == run_id)).scalar_one()
        kept: _Kept = unpack(_Kept, blob)
        return Plans({one.agency: one for one in kept.agreed}, {one.agency: one for one in kept.plans})

    def marked_runs(self, since: str = "") -> frozenset[str]:
        """Every full run since that day of which anything is kept, also those that are gone themselves."""
        query = select(tables.marks.c.run).where(tables.marks.c.at >= since).distinct()
        with self._reading() as connection:
            return frozenset(str(row.run) for row in connection.execute(query))

    def heard(self, run_id: str) -> bool:
        """Whether a run is kept, with what each of its endpoints said."""
        query = select(func.count()).where(tables.transcripts.c.run == run_id)
        with self._reading() as connection:
            blob = connection.execute(select(tables.runs.c.plan).where(tables.runs.c.id == run_id)).scalar()
            kept = connection.execute(query).scalar_one()
        return blob is not None and kept >= len(unpack(Plan, blob).endpoints)

    def plan(self, run_id: str) -> Plan:
        """What a run was to look at."""
        with self._reading() as connection:
            blob = connection.execute(select(tables.runs.c.plan).where(tables.runs.c.id == run_id)).scalar_one()
        plan: Plan = unpack(Plan, blob)
        return plan

    def sources(self, run_id: str) -> dict[str, str]:
        """By agency the full run that it stood by when the run was judged ('' where none); {} where not recorded."""
        with self._reading() as connection:
            blob = connection.execute(select(tables.runs.c.previous).where(tables.runs.c.id == run_id)).scalar_one()
        return unpack(dict[str, str], blob) if blob else {}

    def require_full(self, run_id: str) -> None:
        """Raises UsageError for a run that looked at a part only."""
        with self._reading() as connection:
            scope = connection.execute(select(tables.runs.c.scope).where(tables.runs.c.id == run_id)).scalar_one()
        if scope != "full":
            raise UsageError(f"the run {run_id} looked at a part only, so it does not say where an agency stands")


def _agencies(connection: Connection, runs: Collection[str]) -> dict[str, tuple[str, ...]]:
    columns = tables.run_agencies.c
    found: dict[str, list[str]] = {run: [] for run in runs}
    for row in connection.execute(select(columns.run, columns.agency).order_by(columns.run, columns.agency)):
        if row.run in found:
            found[row.run].append(str(row.agency))
    return {run: tuple(some) for run, some in found.items()}
