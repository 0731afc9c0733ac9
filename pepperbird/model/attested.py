"""Attested: what a record of the store says of a document, and whether it counts. No file of the site gives one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from pepperbird.model.base import Identifier, Int, Model, Slug, Str, Text
from pepperbird.model.declared import Day

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Measurement(Model):
    """One row of measured figures. `of` names the service, store or thing."""

    of: Str
    figures: dict[Identifier, Int | Str]


class Attested(Model):
    """One clause, for one asset or the agency as a whole (`asset` None), answered by a document.

    `refusal` says why the record does not count, '' where it does; `remedy` what would help. `sections` are those that
    both the signer and the reviewer ticked. `assurance` is `witnessed` for ink on paper, which `witness` saw.
    """

    record: Str
    number: Int
    recorded_at: Str
    agency: Slug
    clause: Str
    asset: Slug | None = None
    document: Str
    document_sha256: Sha256
    document_found_sha256: Sha256 | None = None
    signer: Text
    role: Text
    signed_at: Str
    valid_from: Day
    valid_until: Day
    assurance: Literal["signed", "witnessed"]
    witness: Str = ""
    reviewer: Str = ""
    reviewed_at: Str = ""
    sections: tuple[Text, ...] = ()
    measured: tuple[Measurement, ...] = ()
    refusal: Str = ""
    remedy: Str = ""
