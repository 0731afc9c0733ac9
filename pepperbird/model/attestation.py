"""The record of a document, as a file of the site: nobody's signature stands behind it."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from pepperbird.model.base import Model, Slug, Str, Text


class Attestation(Model):
    """A document's record, from `attestations/<agency>/<clause>.yaml` of the site."""

    clause: Str
    agency_id: Slug
    asset: Slug | None = None
    document: Str
    """Path of the document beside this record."""
    document_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    media_type: Str
    signer_name: Text
    signer_role: Text
    signer_key_id: Str | None = None
    signed_at: Str
    valid_until: Str
    signature: Str | None = None
    reviewer: Str | None = None
    reviewed_at: Str | None = None
    section_ticks: tuple[Str, ...] = ()
    document_found_sha256: Str | None = None
    """What the reader of the site computed over the document; None where the document is missing."""
