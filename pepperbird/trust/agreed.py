"""An agreed plan as the programme office signs it: in one form, whatever the file's comments and order.

Left out is what says nothing more than the default, so that a newer version's new fields change no old signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from pepperbird.errors import TrustError
from pepperbird.model.agreed import AgreedPlan
from pepperbird.model.base import Model, Slug
from pepperbird.trust.canonical import canonical, sha256
from pepperbird.trust.days import RealMoment
from pepperbird.trust.statement import Kind, Statement, Subject, said_in


@dataclass(frozen=True)
class SignedPlan:
    """What was signed: the plan, and when."""

    agency: str
    at: str
    plan: AgreedPlan
    digest: str


def form_of_plan(plan: AgreedPlan) -> dict[str, Any]:
    """The one form of a plan: its items by their names, whatever their order."""
    form: dict[str, Any] = plan.model_dump(mode="json", exclude_defaults=True)
    for part in ("items", "dropped"):
        if part in form:
            form[part] = sorted(form[part], key=lambda row: (row["control"], row.get("asset", ""), canonical(row)))
    return form


def digest_of_plan(plan: AgreedPlan) -> str:
    """The SHA-256 of its one form."""
    return sha256(canonical(form_of_plan(plan)))


class _Plan(Model):
    """What is signed: the plan in its one form."""

    agency: Slug
    at: RealMoment
    agreed: AgreedPlan = Field(alias="plan")

    def statement(self) -> Statement:
        value = {"agency": self.agency, "at": self.at, "plan": form_of_plan(self.agreed)}
        return Statement(Kind.PLAN, (Subject(f"plans/{self.agency}", digest_of_plan(self.agreed)),), value)


def plan_statement(plan: AgreedPlan, at: str) -> Statement:
    return _Plan.model_validate({"agency": plan.agency, "at": at, "plan": plan}).statement()


def signed_plan_of(statement: Statement) -> SignedPlan:
    """Raises TrustError where the statement is no signed plan, or says in two places two things."""
    said: _Plan = said_in(_Plan, statement)
    if said.agreed.agency != said.agency:
        raise TrustError("the signed plan is that of another agency")
    return SignedPlan(said.agency, said.at, said.agreed, digest_of_plan(said.agreed))
