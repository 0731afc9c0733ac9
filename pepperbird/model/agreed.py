"""The plan that an agency agreed with the programme office: which controls it mends next, and by when.

Written by `pepperbird agency plan` to `plans/<agency>.yaml` of the site, so that it can be read and reviewed; a run
keeps it with its snapshot. A deadline begins on the day on which an item enters the plan.
"""

from __future__ import annotations

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
