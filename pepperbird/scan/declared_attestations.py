"""Attestations from the records of people, as values that judging takes."""

from __future__ import annotations

from collections.abc import Sequence

from pepperbird.model.site import Attestation, Site
from pepperbird.store.signed import SignedRecord
from pepperbird.trust.keyring import KeyRing


def attestations(site: Site, records: Sequence[SignedRecord], ring: KeyRing, at: str) -> tuple[Attestation, ...]:
    """The attestations that `records` of agencies of `site` give at `at`; a record that does not hold gives none."""
    return ()
