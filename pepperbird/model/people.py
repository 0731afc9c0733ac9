"""Who answers for an agency, and what they gave in writing: leave for a probe, and that there is nothing of a kind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from pepperbird.model.base import Model, Str, Text
from pepperbird.model.state import AssetKind

Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Contact(Model):
    name: Text
    role: Str = ""
    mail: Str = ""
    phone: Str = ""
    digest: Literal["weekly"] | None = Field(default=None, exclude=True)
    """`weekly`: one mail a week, not one a run. No part of what the agency's officer signs, nor kept with a run."""


class Authorisation(Model):
    """Written leave for an active probe."""

    probe: Str
    scope: tuple[Str, ...]
    hours: Str
    by: Text
    document_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    until: Date


class Absence(Model):
    """A signed declaration that the agency has nothing of this kind; void when one is found."""

    kind: AssetKind
    reason: Text
    by: Text
    until: Date
