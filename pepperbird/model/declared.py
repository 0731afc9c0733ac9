"""What people recorded about an agency, as a run judges by it: waivers, decommissions, how far its register is signed.

Plain values, kept with the run's snapshot: judging again needs no key and no store. Moments are RFC 3339 in UTC.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from pepperbird.model.base import Bool, Model, Slug, Str, Text
from pepperbird.model.state import AssetKind

Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class WaiverFile(Model):
    """Accepted delay, as a file of the site writes it. `subject` None waives the whole pair."""

    id: Slug
    agency: Slug
    control: Str
    asset: Str
    subject: Str | None = None
    reason: Text
    measure: Text
    approved_by: Text
    since: Day
    until: Day


class Waiver(WaiverFile):
    """An accepted delay with what is known of its record. It holds from `begins` until just before `ends`.

    Both are '' in runs from before there were records: then the days count in UTC.
    """

    begins: Str = ""
    ends: Str = ""
    requested_by: Str = ""
    signed: Literal["signed", "unsigned"] = "unsigned"
    key: Str = ""
    """The id of the approver's key."""
    budget_until: Str = ""
    """The last day of the budget year, where the fix is said to need budget; else ''."""
    earlier: tuple[Str, ...] = ()
    """When each waiver of the same thing before this one ended."""
    void: Str = ""
    """Why it does not hold, whatever its days; '' where it may."""


class Decommission(Model):
    """An asset that its officer took out of service by a record. After `tail_ends` its pairs are gone.

    The record speaks for what was known until `known_until`: an asset that is seen again needs a new one.
    """

    agency: Slug
    asset: Slug
    kind: AssetKind
    on: Day
    reason: Text
    sanitisation: Text
    by: Text
    known_until: Str
    tail_ends: Str


class RegisterChange(Model):
    """One thing that differs between two registers: `what` is asset, store, absence and so on, `fields` what of it."""

    what: Str
    id: Str
    how: Literal["added", "removed", "changed"]
    fields: tuple[Str, ...] = ()


class DeclaredAbsence(Model):
    """A signed and reviewed declaration that the agency has nothing of a kind; void from `ends` on, or when found."""

    kind: AssetKind
    reason: Str
    ends: Str
    reviewed_by: Str


class RegisterStanding(Model):
    """How far an agency's register is signed.

    `signed` it is as its officer signed it; `changed` it was changed since; `unsigned` nobody signed it; `void` there
    is a signature that does not hold, and `why` says so. `changes` are those since the register that was signed before
    (`compared_with`, the day of that signature, '' where there was none).
    """

    agency: Slug
    state: Literal["signed", "changed", "unsigned", "void"] = "unsigned"
    by: Str = ""
    at: Str = ""
    key: Str = ""
    why: Str = ""
    compared_with: Str = ""
    changes: tuple[RegisterChange, ...] = ()
    absences: tuple[DeclaredAbsence, ...] = ()

    @property
    def is_signed(self) -> bool:
        return self.state == "signed"


class ContentStanding(Model):
    """Who signed the content that judges. `void`: a signature that does not hold, and `why` says so."""

    state: Literal["signed", "unsigned", "void"] = "unsigned"
    by: Str = ""
    at: Str = ""
    key: Str = ""
    why: Str = ""
    required: Bool = False
