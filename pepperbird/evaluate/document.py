"""Judge a clause that a signed document answers. Until signatures can be verified no record gives more than unchecked.

A record that is damaged is an error, one that ran out is stale; both are known without a signature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pepperbird.evaluate.outcome import Outcome
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.policy import Clause, Document
from pepperbird.model.site import Attestation
from pepperbird.model.state import State
from pepperbird.model.text import clean

MINIMUM_DAYS = 30


def judge_document(
    clause: Clause, agency: str, asset: str, records: Sequence[Attestation], params: Mapping[str, Any], *, at: str
) -> Outcome:
    """The newest record of this clause, for this asset or the agency as a whole. Never raises."""
    document = clause.document
    if document is None or clause.id is None:
        raise ValueError("judge_document is for clauses with a document")
    expected = f"{document.title}, signed by {' or '.join(document.signers)}"
    mine = [one for one in records if one.clause == clause.id and one.asset in (None, asset)]
    if not mine:
        gap = Gap(
            GapReason.NO_ATTESTATION, f"No record of “{document.title}” has been handed in.", _how(clause, agency)
        )
        return Outcome("", State.UNCHECKED, gap.detail, expected, gap)
    record = max(mine, key=lambda one: one.signed_at)
    return _judge(record, document, expected, params, at)


def _judge(record: Attestation, document: Document, expected: str, params: Mapping[str, Any], at: str) -> Outcome:
    name = clean(record.document, 120)
    if record.document_found_sha256 is None:
        return _wrong(f"The document {name} is not beside its record.", "put the document back beside it", expected)
    if record.document_found_sha256 != record.document_sha256:
        return _wrong(
            f"The document {name} is not the one that was recorded: its SHA-256 differs.",
            "hand in the document that was signed, or sign this one", expected,
        )  # fmt: skip
    days = document.valid_days if isinstance(document.valid_days, int) else params.get(document.valid_days)
    signed, until, now = (_day(one) for one in (record.signed_at, record.valid_until, at))
    if signed is None or until is None or now is None or not isinstance(days, int):
        return _wrong("A date of the record cannot be read.", "write dates as 2026-11-23", expected)
    if signed > now:
        return _wrong("The record is signed in the future.", "correct `signed_at`", expected)
    ends = min(until, signed + timedelta(days=max(days, MINIMUM_DAYS)))
    if now > ends:
        return Outcome("", State.STALE, f"The record ended on {ends:%Y-%m-%d}; a new one is due.", expected)
    missing = [section for section in document.sections if section not in record.section_ticks]
    if missing:
        gap = Gap(
            GapReason.NO_ATTESTATION,
            f"The reviewer has not ticked: {', '.join(missing)}.", "have a reviewer tick each section that is there",
        )  # fmt: skip
        return Outcome("", State.UNCHECKED, gap.detail, expected, gap)
    gap = Gap(
        GapReason.NO_ATTESTATION,
        "The record is complete, but its signature cannot be verified yet.",
        "nothing to do for the agency: verification of signatures is being built",
    )
    return Outcome("", State.UNCHECKED, gap.detail, expected, gap)


def _how(clause: Clause, agency: str) -> str:
    return f"write attestations/{agency}/{clause.id}.yaml in the site, with the document beside it"


def _wrong(message: str, remedy: str, expected: str) -> Outcome:
    return Outcome("", State.ERROR, message, expected, Gap(GapReason.PARSE, message, remedy))


def _day(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
