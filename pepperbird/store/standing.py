"""What outlives the runs: how long each pair was in which state, and the figures of each full run.

Written as a run is finished, in the same transaction, with a digest of what was written in the run's entry of the
ledger; so it can be held to, also when the run itself is pruned. It grows with what changes, not with scans.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, or_, select, update

from pepperbird.errors import StoreError
from pepperbird.model.history import Named, Span, Spans
from pepperbird.model.policy import Deadlines
from pepperbird.model.run import Run
from pepperbird.model.scores import Figures
from pepperbird.model.state import State, Tier
from pepperbird.model.verdict import PostureEntry, by_agency
from pepperbird.score import weights
from pepperbird.score.overdue import Open, open_of
from pepperbird.score.spans import span_changes
from pepperbird.store import tables
from pepperbird.store.codec import expand
from pepperbird.trust.canonical import canonical, sha256

NATION = ""
"""Stands for an agency in what was said of all of them."""
STANDARDS = ("", "BR", "DI", "DR", "DS", "IS")
SHARES = ("score", "upper", "coverage", "observed")
"""In tenths of a percent."""
Columns = Mapping[str, Any]


def registered_in(connection: Connection, run_id: str) -> tuple[Named, ...]:
    """The agencies of the register that a run was judged by."""
    blob = connection.execute(select(tables.runs.c.site).where(tables.runs.c.id == run_id)).scalar_one()
    return tuple(Named(one["id"], one["name"], Tier(one["tier"])) for one in json.loads(expand(blob))["agencies"])


Fell = Mapping[str, Mapping[str, Mapping[str, int]]]
"""By agency and standard ('' for all) how many required pairs fell, by cause; without an agency's first run."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a run does not say of itself: the deadlines by which it was judged, what fell since the run it stands on,
    and the agencies in `unread`, of which nobody can read here where they stood."""

    deadlines: Mapping[Tier, Deadlines] | None = None
    fell: Fell = field(default_factory=dict)
    unread: Collection[str] = ()


def keep_standing(connection: Connection, run: Run, around: Around) -> tuple[str, dict[str, str]]:
    """Write what a full run changed of the spans, and its figures. Gives the digest of what was written.

    An agency of which a newer run has ended already stands by that one: this run changes none of its spans. Those
    agencies are given too, each with that run.
    """
    read = [agency for agency in run.plan.agencies if agency not in around.unread]
    newer = overtaken(connection, run)
    around = replace(around, fell={agency: some for agency, some in around.fell.items() if agency not in newer})
    marks, figures = rows_of(run, registered_in(connection, run.id), around)
    marks = [{**one, "overtaken": newer.get(one["agency"])} for one in marks]
    moving = [agency for agency in read if agency not in newer]
    posture = [one for one in run.posture if one.agency not in newer]
    changes = span_changes(lasting(connection, moving), posture, run.id, run.at)
    for span in changes.ended:
        connection.execute(update(tables.spans).where(*_is(span)), {"closed": span.closed, "closed_run": run.id})
    for table, rows in ((tables.spans, [_row(one) for one in changes.begun]), (tables.marks, marks),
                        (tables.figures, figures)):  # fmt: skip
        if rows:
            connection.execute(insert(table), rows)
    return standing_digest(marks, figures, changes), newer


def overtaken(connection: Connection, run: Run) -> dict[str, str]:
    """The agencies of which a newer full run has ended already, each with the newest."""
    columns = tables.marks.c
    query = (
        select(columns.agency, func.max(columns.run))
        .where(columns.agency.in_(run.plan.agencies), columns.run > run.id)
        .group_by(columns.agency)
    )
    return {str(agency): str(newer) for agency, newer in connection.execute(query)}


def overtaken_in(connection: Connection, run_id: str) -> dict[str, str]:
    """The same of a run that has ended, as it was then."""
    columns = tables.marks.c
    query = select(columns.agency, columns.overtaken).where(columns.run == run_id, columns.overtaken.is_not(None))
    return {str(agency): str(newer) for agency, newer in connection.execute(query.order_by(columns.agency))}


def rows_of(run: Run, register: Iterable[Named], around: Around) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The marks and figures of a full run, as they are kept."""
    named = {one.id: one for one in register}
    read = [agency for agency in run.plan.agencies if agency not in around.unread]
    posture = by_agency(run.posture)
    opened = {agency: _open(posture[agency], run.at, around.deadlines) for agency in read}
    return _marks(run, named), _figures(run, named, opened, around.fell)


def standing_digest(marks: Sequence[Columns], figures: Sequence[Columns], changes: Spans) -> str:
    """`sha256:...` over what a run said, however its rows are ordered."""
    return _digest(marks, figures, [_row(one) for one in (*changes.ended, *changes.begun)])


def _digest(marks: Sequence[Columns], figures: Sequence[Columns], spans: Sequence[Columns]) -> str:
    return sha256(
        canonical({"marks": sorted_rows(marks), "figures": sorted_rows(figures), "spans": sorted_rows(spans)})
    )


def kept_standing(connection: Connection, run_id: str) -> str:
    """The digest of what is kept of a run now, whatever it says: what was written, while nobody has changed it."""
    columns = tables.spans.c
    touched = select(tables.spans).where(or_(columns.opened_run == run_id, columns.closed_run == run_id))
    spans = [_row(row) for row in connection.execute(touched)]
    ended = [one for one in spans if one["closed_run"] == run_id]
    begun = [{**one, **_LASTING} for one in spans if one["opened_run"] == run_id]
    marks, figures = (
        [dict(row._mapping) for row in connection.execute(select(table).where(table.c.run == run_id))]
        for table in (tables.marks, tables.figures)
    )
    return _digest(marks, figures, [*ended, *begun])


def lasting(connection: Connection, agencies: Iterable[str]) -> list[Span]:
    """The spans of those agencies that nothing has ended."""
    columns = tables.spans.c
    query = select(tables.spans).where(columns.agency.in_(tuple(agencies)), columns.closed_run == "")
    return [span_of(row) for row in connection.execute(query)]


def _open(mine: Sequence[PostureEntry], at: str, deadlines: Mapping[Tier, Deadlines] | None) -> dict[str, Open]:
    return {standard: open_of(mine, deadlines, at, standard or None) for standard in STANDARDS}


def _marks(run: Run, named: Mapping[str, Named]) -> list[dict[str, Any]]:
    rules = {"content": run.digests.content, "baseline": run.digests.baseline, "engine": run.digests.engine}
    common = {"run": run.id, "at": run.at, **rules}
    nothing = dict.fromkeys(("median", "lowest_decile", "reporting", "registered"))
    rows: list[dict[str, Any]] = []
    for agency, score in run.scores.items():
        known = named.get(agency)
        about = {"name": known.name if known else agency, "tier": str(known.tier) if known else ""}
        standing = {"grade": str(score.grade), "stage": str(score.stage.stage or "")}
        rows.append({**common, "agency": agency, **about, **standing, **nothing})
    if run.nation is not None:
        of_all = {
            "median": _tenths(run.nation.median), "lowest_decile": _tenths(run.nation.lowest_decile),
            "reporting": run.nation.reporting, "registered": run.nation.registered,
        }  # fmt: skip
        rows.append({**common, "agency": NATION, "name": "", "tier": "", "grade": "", "stage": "", **of_all})
    return rows


def _figures(
    run: Run, named: Mapping[str, Named], opened: Mapping[str, Mapping[str, Open]], fell: Fell
) -> list[dict[str, Any]]:
    rows = []
    for agency, score in run.scores.items():
        weight = weights.TIER[named[agency].tier] if agency in named else 0
        for standard in STANDARDS:
            some = score.standards.get(standard) if standard else score.figures
            if some is not None:
                known = opened[agency][standard] if agency in opened else None
                down = fell_text(fell[agency].get(standard, {})) if agency in fell else None
                rows.append({**_figure_row(run.id, agency, standard, some, known), "weight": weight, "fell": down})
    if run.nation is not None:
        known = _all_open([opened[agency][""] if agency in opened else None for agency in run.scores])
        rows.append(
            {**_figure_row(run.id, NATION, "", run.nation.figures, known), "weight": 0, "fell": _all_fell(fell)}
        )
    return rows


def _all_fell(fell: Fell) -> str | None:
    """The sum over the agencies that were looked at before; None where none was."""
    total: Counter[str] = Counter()
    for some in fell.values():
        total.update(some.get("", {}))
    return fell_text(total) if fell else None


def fell_text(fell: Mapping[str, int]) -> str:
    """`failed:2 link:1`; '' where nothing fell."""
    return " ".join(f"{cause}:{number}" for cause, number in sorted(fell.items()) if number)


def fell_of(text: str | None) -> dict[str, int] | None:
    """What `fell_text` wrote."""
    if text is None:
        return None
    return {cause: int(number) for cause, _, number in (one.partition(":") for one in text.split())}


def _all_open(every: Sequence[Open | None]) -> Open | None:
    """The sum; None where it is not known of one."""
    known = [one for one in every if one is not None]
    if len(known) != len(every):
        return None
    late = [one.overdue for one in known if one.overdue is not None]
    return Open(sum(one.open for one in known), sum(late) if len(late) == len(known) else None)


def _figure_row(run: str, agency: str, standard: str, some: Figures, opened: Open | None) -> dict[str, Any]:
    shares = {name: _tenths(getattr(some, name)) for name in SHARES}
    standing = {"open": opened.open if opened else None, "overdue": opened.overdue if opened else None}
    counts = {"conclusive": some.conclusive, "pairs": some.pairs, **standing}
    return {"standard": standard, "run": run, "agency": agency, **shares, **counts}


def _tenths(percent: float) -> int:
    return round(percent * 10)


_SPAN = (
    "agency", "control", "asset", "kind", "tier", "severity", "enforcement", "state", "since", "opened", "opened_run",
    "closed", "closed_run",
)  # fmt: skip


_STATE = {str(one): one for one in State}


_LASTING = {"closed": "", "closed_run": ""}
"""What a span has that nothing has ended."""


def _row(span: Span | Row[Any]) -> dict[str, Any]:
    return {name: str(getattr(span, name)) for name in _SPAN}


def span_of(row: Row[Any]) -> Span:
    """The span that a row of `select(tables.spans)` keeps. Raises StoreError where it is in no state that there is."""
    kept = _row(row)
    if kept["state"] not in _STATE:
        raise StoreError(
            f"how {kept['control']} of {kept['agency']} stood is damaged; `pepperbird verify` says what else is"
        )
    return Span(**{**kept, "state": _STATE[kept["state"]]})


def _is(span: Span) -> Iterable[Any]:
    keys = tuple(column.name for column in _key(tables.spans))
    return [tables.spans.c[name] == getattr(span, name) for name in keys]


def _key(table: Table) -> Iterable[Any]:
    return table.primary_key.columns


LATER = ("overtaken", "fell")
"""Columns that came later: what was recorded before them holds, as nothing stands in them."""


def sorted_rows(rows: Iterable[Columns]) -> list[Columns]:
    """The rows in an order of their own, without later columns that are empty."""
    bare = [{name: value for name, value in one.items() if name not in LATER or value is not None} for one in rows]
    return sorted(bare, key=canonical)
