"""Statements about waivers: what an agency asks for, and what the programme office decided of it.

A request is signed by the agency's officer, or witnessed on paper. A decision is signed by the approver's own key, and
its subject is the digest of the very request that it decides.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import StringConstraints

from pepperbird.errors import TrustError
from pepperbird.model.base import Bool, Model, Slug, Str, Text
from pepperbird.model.policy import ControlId
from pepperbird.trust.canonical import canonical, sha256
from pepperbird.trust.days import CalendarDay, RealMoment
from pepperbird.trust.persons import Witnessed
from pepperbird.trust.statement import Kind, Statement, Subject, said_in

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class Act(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    REVOKE = "revoke"


class Request(Model):
    """What an agency asks for: that a fail of one pair (of one subject of it) be accepted until a day.

    `by` is the person who asks. `budget` says that the fix needs a line in the next budget.
    """

    agency: Slug
    control: ControlId
    asset: Str
    subject: Str | None = None
    reason: Text
    measure: Text
    until: CalendarDay
    budget: Bool = False
    by: Text
    at: RealMoment
    witnessed: Witnessed | None = None

    def statement(self) -> Statement:
        value = self.model_dump(mode="json", exclude_none=True)
        name = f"waiver/{self.agency}/{self.control}/{self.asset}"
        return Statement(Kind.REQUEST, (Subject(name, sha256(canonical(value))),), value)


class Decision(Model):
    """What was decided of a request, by whom and why. `since` and `until` are given for an approval.

    `run` is the run in which the fail was seen that is waived.
    """

    act: Act
    agency: Slug
    request: Digest
    reason: Str = ""
    by: Text
    at: RealMoment
    since: CalendarDay | None = None
    until: CalendarDay | None = None
    run: Str = ""

    def statement(self) -> Statement:
        value = self.model_dump(mode="json", exclude_none=True)
        return Statement(Kind.WAIVER, (Subject(f"request/{waiver_id(self.request)}", self.request),), value)


def waiver_id(request: str) -> str:
    """The short name of a request, and of the waiver that comes of it: `w-` and 12 digits of its digest."""
    return f"w-{request.removeprefix('sha256:')[:12]}"


def request_of(statement: Statement) -> Request:
    """Raises TrustError where the statement is no request, or says in two places two things."""
    found: Request = _read(Request, Kind.REQUEST, statement)
    return found


def decision_of(statement: Statement) -> Decision:
    """Raises TrustError where the statement is no decision."""
    found: Decision = _read(Decision, Kind.WAIVER, statement)
    if found.act is Act.APPROVE and (found.since is None or found.until is None):
        raise TrustError("the approval does not say from when until when")
    return found


def _read(model: Any, kind: Kind, statement: Statement) -> Any:
    if statement.kind is not kind:
        raise TrustError(f"a statement about {kind} is expected, this is one about {statement.kind}")
    return said_in(model, statement)
