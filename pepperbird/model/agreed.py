"""The plan that an agency agreed with the programme office: which controls it mends next, and by when.

Written by `pepperbird agency plan` to `plans/<agency>.yaml` of the site, so that it can be read and reviewed. A run
keeps it with its snapshot, and how far it is signed. A deadline begins on the day on which an item enters the plan.
"""

from __future__ import annotations

from typing import Literal

from pepperbird.model.base import Bool, Model, Slug, Str
from pepperbird.model.declared import Day


class AgreedItem(Model):
    """One control, on every asset that it concerns or on one, to be mended by the end of the day `due`.

    `assigned` where the programme office put it there, `who` does it ('' for the agency's administrator).
    """

    control: Str
    asset: Slug | None = None
    agreed: Day
    due: Day
    who: Str = ""
    assigned: Bool = False

    @property
    def name(self) -> str:
        """As it is typed: `IS-20`, or `IS-20@db1`."""
        return f"{self.control}@{self.asset}" if self.asset else self.control


class DroppedItem(Model):
    """What was taken out of the plan again, when, and why: nothing leaves it in silence."""

    control: Str
    asset: Slug | None = None
    agreed: Day
    dropped: Day
    reason: Str


class AgreedPlan(Model):
    """The plan of one agency, in the order in which its items entered."""

    agency: Slug
    items: tuple[AgreedItem, ...] = ()
    dropped: tuple[DroppedItem, ...] = ()


class PlanChange(Model):
    """One thing that differs between two plans; `then` and `now` are its days, '' where it had or has none.

    `dropped` it was taken out with its `reason`, `removed` without one; `later` and `earlier` its day was moved,
    `changed` something else of it. `forgotten`: that it was dropped before, and why, does not stand there any more.
    """

    control: Str
    asset: Slug | None = None
    how: Literal["added", "dropped", "removed", "later", "earlier", "changed", "forgotten"]
    then: Str = ""
    now: Str = ""
    reason: Str = ""


class PlanStanding(Model):
    """How far an agency's plan is signed, in the words of a register's standing (`declared.RegisterStanding`).

    `required` is true where the site's key list has somebody who may sign it: then only a signed plan counts.
    """

    agency: Slug
    state: Literal["signed", "changed", "unsigned", "void"] = "unsigned"
    by: Str = ""
    at: Str = ""
    key: Str = ""
    why: Str = ""
    compared_with: Str = ""
    changes: tuple[PlanChange, ...] = ()
    required: Bool = False

    @property
    def is_signed(self) -> bool:
        return self.state == "signed"

    @property
    def counts(self) -> bool:
        """True where a stage may rest on the plan."""
        return self.is_signed or not self.required
