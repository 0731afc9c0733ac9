"""Servers that are looked at by kits: when what the last visit showed is too old, told before it is.

Pure. The days come from the rules by which results age (`score.posture`): the cadence of each asset and the baseline of
its tier. What a run can tell without a visit, of documents or of the register, is not among it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date as day
from datetime import datetime
from typing import Final

from pepperbird.model.gap import GapReason
from pepperbird.model.state import State
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.words import count, date
from pepperbird.score.observable import observable
from pepperbird.score.posture import windows_of
from pepperbird.score.resolve import LAPSING, moment
from pepperbird.trust.days import day_of

AHEAD: Final = 30
"""Days before that a visit is asked for."""
KIT: Final = "kit"


@dataclass(frozen=True, slots=True)
class Visit:
    """Results of an agency's visited servers that are too old from `first` to `last` on, or are already.

    `seen` is the day of the oldest of them, `left` the days until `first`; `deep` where an ordinary kit would not do.
    """

    agency: str
    servers: tuple[str, ...]
    results: int
    seen: tuple[str, str]
    first: str
    last: str
    left: int
    deep: bool

    @property
    def command(self) -> str:
        return f"pepperbird kit {self.agency}{' --deep' if self.deep else ''}"

    @property
    def when(self) -> str:
        """`on 3 November 2026`: of which days the results are."""
        old, new = self.seen
        return f"on {date(old)}" if old == new else f"from {date(old)} to {date(new)}"

    @property
    def what(self) -> str:
        """`what was seen of 2 servers on 3 November 2026`."""
        return f"what was seen of {count(len(self.servers), 'server')} {self.when}"

    @property
    def end(self) -> str:
        more = "" if self.first == self.last else f", the last of it from {date(self.last)} on"
        return f"is too old from {date(self.first)} on{more}"


@dataclass(frozen=True, slots=True)
class Visits:
    """What is too old already, and what will be within 30 days; None where nothing is."""

    old: Visit | None = None
    soon: Visit | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """What an agency should ask for, in sentences."""
        ask = "ask the programme office for a visit with new kits"
        old = f"{_capital(self.old.what)} is too old now: {ask}." if self.old else ""
        soon = f"{_capital(self.soon.what)} {self.soon.end}: {ask} before." if self.soon else ""
        return tuple(one for one in (old, soon) if one)


NO_VISIT: Final = Visits()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class _Result:
    server: str
    seen: str
    until: str
    left_out: bool


def visits(facts: AgencyFacts, at: str) -> Visits:
    """As the newest run left it, at a later moment `at`. The last day is the day in which its last moment lies."""
    zone = facts.site.file.time_zone
    today = day_of(at, zone)
    old: list[_Result] = []
    soon: list[_Result] = []
    for one, until in _results(facts, zone):
        if until is None or until < moment(at):
            old.append(one)
        elif _days(today, one.until) <= AHEAD:
            soon.append(one)
    return Visits(_visit(facts.id, old, today), _visit(facts.id, soon, today))


def _results(facts: AgencyFacts, zone: str) -> Iterator[tuple[_Result, datetime | None]]:
    """What rests on a visit, and until when it counts: None where it does not any more."""
    servers = {one.asset for one in facts.run.plan.endpoints if one.agency == facts.id and one.access.via == KIT}
    assets = {(one.agency, one.id): one for one in facts.assets.values()}
    rests = [(entry, host) for entry in facts.posture.values() if (host := _host(facts, entry, servers))]
    for entry, host in rests:
        verdict = facts.verdict.get((entry.control, entry.asset))
        seen, left_out = day_of(entry.since, zone), _waits(verdict, GapReason.NOT_DUE)
        if entry.state is State.STALE:
            yield _Result(host, seen, seen, left_out), None
            continue
        windows = windows_of(facts.catalog, facts.run.plan, entry, assets)
        if windows.result is None and entry.state is State.PASS:
            continue  # visits are not allowed at this tier: no kit would make it last
        until = windows.until(entry.state, entry.since)
        yield _Result(host, seen, day_of(until.isoformat(), zone), left_out), until


def _host(facts: AgencyFacts, entry: PostureEntry, servers: set[str]) -> str:
    """The visited server that the result was seen on; '' where it was not, or no visit is what it waits for."""
    asset = facts.assets.get(entry.asset)
    host = (asset.host or asset.id) if asset is not None else ""
    if host not in servers or not observable(facts.catalog, entry.control, entry.kind):
        return ""
    if entry.state is State.STALE:
        return host if _waits(facts.verdict.get((entry.control, entry.asset)), GapReason.NOT_ASKED) else ""
    brought = f"{facts.id}/{host}" in facts.run.plan.selection.kits
    return host if entry.state in LAPSING and (brought or moment(entry.since) < moment(facts.run.at)) else ""


def _waits(verdict: Verdict | None, reason: GapReason) -> bool:
    """True where this run did not look for that reason: nobody came by, or the kit was an ordinary one."""
    findings = (one for clause in verdict.clauses for one in clause.findings) if verdict else ()
    return any(one.gap is not None and one.gap.reason is reason for one in findings)


def _visit(agency: str, found: Iterable[_Result], today: str) -> Visit | None:
    some = list(found)
    if not some:
        return None
    seen = sorted(one.seen for one in some)
    ends = sorted(one.until for one in some)
    return Visit(
        agency, tuple(sorted({one.server for one in some})), len(some), (seen[0], seen[-1]), ends[0], ends[-1],
        _days(today, ends[0]), any(one.left_out for one in some),
    )  # fmt: skip


def _days(today: str, other: str) -> int:
    return (day.fromisoformat(other) - day.fromisoformat(today)).days
