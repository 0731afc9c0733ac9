"""Where the documents of an agency stand: each that is asked for, for each asset, judged as a scan would judge it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pepperbird.evaluate.algebra import combine
from pepperbird.evaluate.document import Papers, ends_on, judge_document, newest
from pepperbird.model.attested import Attested
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Pair, Plan
from pepperbird.model.site import Site
from pepperbird.model.state import State
from pepperbird.plan.papers import Asked, asked_of, params_of


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One document of one asset. `ends` is the last day of a record that counts, '' without one."""

    asked: Asked
    asset: str
    state: State
    message: str
    remedy: str
    ends: str
    record: Attested | None


def paper_rows(catalog: Catalog, site: Site, agency: str, at: str) -> list[PaperRow]:
    """Every document asked of the agency. `site` is the one that `declared` gave, with what the records say."""
    plan, asked = asked_of(catalog, site, agency, at)
    return [row for one in asked for row in _rows(catalog, site, plan, one, at)]


def _rows(catalog: Catalog, site: Site, plan: Plan, asked: Asked, at: str) -> Iterator[PaperRow]:
    for pair in asked.pairs:
        params = params_of(catalog, plan, pair)
        mine = Papers(
            tuple(one for one in site.attested if one.agency == pair.agency),
            tuple(one for one in site.attestations if one.agency_id == pair.agency),
        )
        bindings = {"params": params, "agency": plan.registers[pair.agency]}
        outcomes = judge_document(asked.control, asked.clause, pair.agency, pair.asset, mine, bindings, at=at)
        state = combine([one.state for one in outcomes])
        telling = next(one for one in outcomes if one.state is state)
        record = _record(mine, asked, pair, at)
        ends = ends_on(record, asked.document, params) if record is not None and not record.refusal else None
        last = f"{ends - timedelta(days=1):%Y-%m-%d}" if ends is not None else ""
        remedy = telling.gap.remedy if telling.gap is not None else ""
        yield PaperRow(asked, pair.asset, state, telling.message, remedy, last, record)


def _record(papers: Papers, asked: Asked, pair: Pair, at: str) -> Attested | None:
    asset = None if pair.asset == pair.agency else pair.asset
    return newest([one for one in papers.attested if one.clause == asked.id and one.asset == asset], at)


def ends_soon(row: PaperRow, at: str, days: int) -> bool:
    """True for a document that counts now and runs out within `days`."""
    if row.state not in (State.PASS, State.FAIL) or not row.ends:
        return False
    return datetime.fromisoformat(row.ends).date() <= (datetime.fromisoformat(at) + timedelta(days=days)).date()
