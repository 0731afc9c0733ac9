"""What is missing, what does not count and why, and what runs out soon: by agency, most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pepperbird.cli.attest_desk import SHOWN, Desk
from pepperbird.cli.signing import open_store
from pepperbird.model.state import Severity, State
from pepperbird.model.text import clean
from pepperbird.scan.clock import now
from pepperbird.scan.declared import declared
from pepperbird.scan.documents import PaperRow, ends_soon, paper_rows

_ORDER = (State.FAIL, State.ERROR, State.STALE, State.UNCHECKED, State.PASS)
_WEIGHTS = tuple(Severity)
_WORDS = {
    State.FAIL: "misses",
    State.ERROR: "damaged",
    State.STALE: "run out",
    State.UNCHECKED: "missing",
    State.PASS: "holds",
}


def lines(folder: Path, content: Path | None, agency: str | None, within: int, *, everything: bool) -> Iterator[str]:
    """One paragraph an agency. Raises UsageError for one that is not there."""
    desk, at = Desk.at(folder, content), now()
    agencies = [desk.agency(agency)] if agency is not None else list(desk.site.agencies)
    with open_store(folder, at) as store:
        site = declared(desk.site, store.signed.all(), store.ledger.ring(), at)
    for one in agencies:
        rows = paper_rows(desk.catalog, site, one.id, at)
        yield f"{one.id}: {clean(one.name, 80)}: {_counts(rows, at, within)}"
        shown = [row for row in rows if everything or _open(row, rows) or ends_soon(row, at, within)]
        for row in sorted(
            shown,
            key=lambda row: (
                _ORDER.index(row.state),
                _WEIGHTS.index(row.asked.control.severity),
                row.asked.id,
                row.asset,
            ),
        ):
            yield from _row(row, one.id, soon=ends_soon(row, at, within))
        if shown:
            yield f"  Forms and a workbook for all of them: pepperbird attest template {one.id} --out FOLDER"


def _urgency(row: PaperRow) -> tuple[int, int, str, str]:
    return _ORDER.index(row.state), _WEIGHTS.index(row.asked.control.severity), row.asked.id, row.asset


def _open(row: PaperRow, rows: list[PaperRow]) -> bool:
    """Not holding; where a check can show the same, it is only named once something of it was handed in."""
    if row.state is State.PASS:
        return False
    return not row.asked.instead or row.record is not None


def _counts(rows: list[PaperRow], at: str, within: int) -> str:
    wanted = [row for row in rows if not row.asked.instead or row.record is not None]
    words = [f"{sum(row.state is State.PASS for row in wanted)} of {len(wanted)} documents hold"]
    for state in _ORDER[:-1]:
        count = sum(row.state is state for row in wanted)
        if count and state is State.UNCHECKED:
            refused = sum(row.state is state and row.record is not None for row in wanted)
            words.append(f"{count - refused} missing" + (f", {refused} not counting" if refused else ""))
        elif count:
            words.append(f"{count} {_WORDS[state]}")
    if soon := sum(ends_soon(row, at, within) for row in wanted):
        words.append(f"{soon} run out within {within} days")
    return ", ".join(words)


def _row(row: PaperRow, agency: str, *, soon: bool) -> Iterator[str]:
    word = "no count" if row.state is State.UNCHECKED and row.record is not None else _WORDS[row.state]
    where = "" if row.asset == agency else f" for {row.asset}"
    weight = f" ({row.asked.control.severity})"
    yield f"  {word:<8}  {row.asked.id:<8} {row.asked.document.title}{where}{weight}"
    if row.record is None:
        return
    name = row.record.record.removeprefix("sha256:")[:SHOWN]
    ends = f"; until {row.ends}" + (", soon" if soon else "") if row.ends else ""
    yield f"            record {name}{ends}. {clean(row.message, 300)}"
    if row.remedy and row.state is not State.PASS:
        yield f"            {clean(row.remedy, 300)}"
