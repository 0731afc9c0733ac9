"""Requests and decisions as files: taken into the store as they were signed, and written out again."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from pepperbird.cli.common import write_atomically
from pepperbird.errors import TrustError, UsageError
from pepperbird.trust.envelope import Envelope, envelope_of
from pepperbird.trust.statement import Kind
from pepperbird.trust.waiver import decision_of, request_of

if TYPE_CHECKING:
    from pepperbird.store.runs import Store
    from pepperbird.store.signed import About

KINDS = (Kind.REQUEST, Kind.WAIVER)
_MOST = 1024 * 1024


def take(store: Store, path: Path, agencies: Collection[str], at: str) -> str:
    """Enter one file. Raises UsageError and TrustError, naming it, for what nobody may have signed."""
    try:
        with path.open("rb") as file:
            envelope = envelope_of(file.read(_MOST + 1))
        about = _about(envelope)
        if about.agency not in agencies:
            raise UsageError(f"{path}: no agency {about.agency!r} in this site")
        if about.kind is Kind.WAIVER and not envelope.signatures:
            raise TrustError("a decision is signed by the key of the one who decides, never witnessed")
        entry = store.signed.add(envelope, about, at)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except TrustError as error:
        raise TrustError(f"{path}: {error}") from error
    return f"{path}: {about.kind} of {about.agency}, {about.subject}: ledger entry {entry.number}"


def write(store: Store, folder: Path, agency: str | None) -> int:
    """Write every record to `folder`, named by its entry in the ledger."""
    count = 0
    for record in store.signed.all(agency=agency):
        if record.kind in KINDS:
            write_atomically(folder / f"{record.number:06}-{record.agency}-{record.kind}.json", record.data)
            count += 1
    return count


def _about(envelope: Envelope) -> About:
    from pepperbird.store.signed import About

    statement = envelope.statement
    if statement.kind is Kind.REQUEST:
        request = request_of(statement)
        return About(Kind.REQUEST, request.agency, f"{request.control}/{request.asset}")
    decision = decision_of(statement)
    return About(Kind.WAIVER, decision.agency, f"{decision.act} {statement.subjects[0].name}")
