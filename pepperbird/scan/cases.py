"""Requests for waivers with what was decided of each, from the records of people: what stands, and why something not.

Nothing here depends on the day but what a record says of itself: `declared_waivers` lays it over the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pepperbird.errors import TrustError
from pepperbird.model.declared import Waiver
from pepperbird.model.site import SiteFile
from pepperbird.store.signed import SignedRecord
from pepperbird.trust.days import begin_of, budget_end, day_of, end_of, later, still_to_come
from pepperbird.trust.keyring import KeyRing
from pepperbird.trust.persons import same_person
from pepperbird.trust.statement import Kind
from pepperbird.trust.waiver import Act, Decision, Request, decision_of, request_of, waiver_id

State = Literal["asked", "approved", "refused", "revoked", "void"]


@dataclass(frozen=True)
class Case:
    """One request. `decided` is the decision that counts, `why` the reason of a refusal, revocation or of being void.

    `waiver` is set where it was approved, also where that approval is void (`waiver.void`).
    """

    digest: str
    request: Request
    key: str
    state: State
    decided: Decision | None = None
    why: str = ""
    waiver: Waiver | None = None
    approved: int = 0
    """The ledger entry of the approval."""

    @property
    def id(self) -> str:
        return waiver_id(self.digest)


def cases_of(settings: SiteFile, records: Sequence[SignedRecord], ring: KeyRing) -> list[Case]:
    """Every request among `records` that can be read, in the order in which they were recorded.

    A record that does not hold, or an approval that breaks a rule, is void and says why; it never counts as renewed.
    """
    decisions: dict[str, list[tuple[SignedRecord, Decision]]] = {}
    for record in records:
        if record.kind is Kind.WAIVER and (decision := _decision(record)) is not None:
            decisions.setdefault(decision.request, []).append((record, decision))
    asked = [(one, _request(one)) for one in records if one.kind is Kind.REQUEST]
    found = [_case(settings, ring, one, request, decisions.get(one.digest, [])) for one, request in asked if request]
    return list(_counted(found))


def why_not(ring: KeyRing, request: Request, requester: str, approver: str) -> str:
    """Why the holder of the key `approver` may not decide a request signed by `requester`; '' where he may."""
    if ring.newest is None:
        return "no key list was recorded"
    keys = ring.newest.keys
    holder = keys.find(approver).holder
    if approver == requester:
        return "it is approved by the key that asked for it"
    asked = [request.by]
    if requester:
        asked.append(keys.find(requester).holder)
    if request.witnessed is not None:
        asked.append(request.witnessed.by)
    if any(same_person(holder, one) for one in asked):
        return f"it is approved by {holder}, who asked for it or brought the request"
    return ""


def _request(record: SignedRecord) -> Request | None:
    try:
        return request_of(record.envelope.statement)
    except TrustError:
        return None


def _decision(record: SignedRecord) -> Decision | None:
    try:
        return decision_of(record.envelope.statement)
    except TrustError:
        return None


def _case(
    settings: SiteFile, ring: KeyRing, record: SignedRecord, request: Request,
    decisions: Sequence[tuple[SignedRecord, Decision]],
) -> Case:  # fmt: skip
    case = Case(record.digest, request, record.envelope.key_id, "asked")
    try:
        record.signer(ring)
        if request.agency != record.agency:
            raise TrustError("the request is that of another agency")
    except TrustError as error:
        case = replace(case, state="void", why=str(error))
    for entered, decision in decisions:
        case = _decided(settings, ring, case, entered, decision)
    return case


def _decided(settings: SiteFile, ring: KeyRing, case: Case, record: SignedRecord, decision: Decision) -> Case:
    """The case after one more decision. The first approval or refusal that holds counts; then only a revocation."""
    fault = case.why if case.state == "void" and case.waiver is None else _fault(ring, case, record, decision)
    if decision.act is Act.APPROVE:
        if case.state in ("approved", "revoked", "refused"):
            return case
        waiver = _waiver(settings, ring, case, record, decision, fault)
        state: State = "void" if waiver.void else "approved"
        return replace(case, state=state, why=waiver.void, decided=decision, waiver=waiver, approved=record.number)
    if fault:
        return case
    if decision.act is Act.REFUSE and case.state in ("asked", "void"):
        return replace(case, state="refused", why=decision.reason, decided=decision, waiver=None)
    if decision.act is Act.REVOKE and case.state == "approved" and case.waiver is not None:
        told = f"revoked by {decision.by} on {day_of(record.at, settings.time_zone)}: {decision.reason}"
        return replace(case, state="revoked", why=told, waiver=_revoked(case.waiver, record.at, told))
    return case


def _fault(ring: KeyRing, case: Case, record: SignedRecord, decision: Decision) -> str:
    """What is wrong with a decision as such."""
    try:
        signer = record.signer(ring)
        if not signer:
            return "it is not signed by the key of the one who approved it"
        if (decision.agency, record.agency) != (case.request.agency, case.request.agency):
            return "it was decided in the name of another agency"
        if ring.newest is not None and not same_person(ring.newest.keys.find(signer).holder, decision.by):
            return "it names another person than the holder of the key that signed it"
        return why_not(ring, case.request, case.key, signer)
    except TrustError as error:
        return str(error)


def _waiver(
    settings: SiteFile, ring: KeyRing, case: Case, record: SignedRecord, decision: Decision, fault: str
) -> Waiver:
    request, zone = case.request, settings.time_zone
    since, until = decision.since or request.until, decision.until or request.until
    values = {
        "id": case.id, "agency": request.agency, "control": request.control, "asset": request.asset,
        "subject": request.subject, "reason": request.reason, "measure": request.measure,
        "approved_by": decision.by, "since": since, "until": until, "requested_by": request.by,
        "signed": "signed", "key": record.envelope.key_id,
    }  # fmt: skip
    try:
        values["begins"] = later(begin_of(since, zone), record.at)
        values["ends"] = end_of(until, zone)
        if request.budget:
            values["budget_until"] = budget_end(since, settings.budget_year)
        fault = fault or _dates_fault(case.request, record, decision, zone)
    except TrustError as error:
        fault = fault or str(error)
    return Waiver(**values, void=fault)


def _dates_fault(request: Request, record: SignedRecord, decision: Decision, zone: str) -> str:
    since, until = decision.since or "", decision.until or ""
    if since < day_of(decision.at, zone):
        return f"it is back-dated: signed on {day_of(decision.at, zone)}, and it says that it began on {since}"
    if still_to_come(decision.at, record.at):
        return f"it is signed in the future: recorded at {record.at}, and it says {decision.at}"
    if until > request.until:
        return f"it runs to {until}, longer than was asked for ({request.until})"
    return ""


def _revoked(waiver: Waiver, at: str, why: str) -> Waiver:
    ends = waiver.ends if _time(waiver.ends) <= _time(at) else at
    return waiver.model_copy(update={"ends": ends, "void": why})


def _counted(cases: Sequence[Case]) -> Iterator[Case]:
    """The cases with, in each waiver that stood, when those of the same thing that were approved before it ended."""
    stood = [case for case in cases if case.waiver is not None and case.state != "void"]
    for case in cases:
        if case.waiver is None or case.state == "void":
            yield case
            continue
        before = [one for one in stood if one.approved < case.approved and _same_thing(one.waiver, case.waiver)]
        earlier = tuple(one.waiver.ends for one in before if one.waiver is not None)
        yield replace(case, waiver=case.waiver.model_copy(update={"earlier": earlier}))


def _same_thing(one: Waiver | None, other: Waiver) -> bool:
    if one is None:
        return False
    pair = (one.agency, one.control, one.asset) == (other.agency, other.control, other.asset)
    return pair and (one.subject == other.subject or None in (one.subject, other.subject))


def _time(moment: str) -> datetime:
    return datetime.fromisoformat(moment)
