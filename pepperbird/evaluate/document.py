"""Judge a clause that a document answers: by the signed and reviewed records of the store, then by files of the site.

Only a record that counts (signed, or witnessed on paper; reviewed by another person) can pass. A file of the site is
nobody's word: damaged it is an error, run out it is stale, else it is unchecked. The newest record decides, so that
nobody can hold up last year's good drill against this year's bad one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pepperbird.evaluate.figures import judge_figures
from pepperbird.evaluate.outcome import Outcome
from pepperbird.model.attestation import Attestation
from pepperbird.model.attested import Attested
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.policy import Clause, Control, Document
from pepperbird.model.state import State
from pepperbird.model.text import clean


@dataclass(frozen=True, slots=True)
class Papers:
    """What there is on paper of one agency: records of the store, and files of the site."""

    attested: Sequence[Attested] = ()
    files: Sequence[Attestation] = ()


def judge_document(
    control: Control, clause: Clause, agency: str, asset: str, papers: Papers, bindings: Mapping[str, Any], *, at: str
) -> tuple[Outcome, ...]:
    """The document by itself, then one outcome a row of what it measured. Never raises for what a record says."""
    document = clause.document
    if document is None or clause.id is None:
        raise ValueError("judge_document is for clauses with a document")
    expected = f"{document.title}, signed by {' or '.join(document.signers)} and reviewed by somebody else"
    params = bindings["params"]
    whole = None if asset == agency else asset
    entered = [one for one in papers.attested if one.clause == clause.id and one.asset == whole]
    record = newest(entered, at)
    if record is not None and not record.refusal:
        outcome = _record(record, document, expected, params, at)
        if outcome.state is not State.PASS or document.measured is None:
            return (outcome,)
        return (outcome, *judge_figures(control, document.measured, record, asset, bindings))
    files = [one for one in papers.files if one.clause == clause.id and one.asset in (None, asset)]
    if record is not None:
        return (
            _unchecked(f"A record of “{document.title}” does not count: {record.refusal}.", record.remedy, expected),
        )
    if files:
        return (_file(max(files, key=lambda one: one.signed_at), document, expected, params, at),)
    return (
        _unchecked(f"No record of “{document.title}” has been handed in.", _how(clause.id, agency, asset), expected),
    )


def newest(entered: Sequence[Attested], at: str) -> Attested | None:
    """The one that decides at `at`: the newest that counts, else the newest that does not; None where there is none."""
    now = _moment(at)
    known = [one for one in entered if (then := _moment(one.recorded_at)) is None or now is None or then <= now]
    counting = [one for one in known if not one.refusal]
    return max(counting or known, key=lambda one: (one.number, one.record), default=None)


def ends_on(record: Attested, document: Document, params: Mapping[str, Any]) -> datetime | None:
    """When the record runs out: at the end of its last day, or sooner where the standard says so."""
    begins, until = _moment(record.valid_from), _moment(record.valid_until)
    if begins is None or until is None:
        return None
    return min(until, begins + timedelta(days=document.longest(params))) + timedelta(days=1)


def _record(record: Attested, document: Document, expected: str, params: Mapping[str, Any], at: str) -> Outcome:
    wrong = _digest_fault(record.document, record.document_sha256, record.document_found_sha256, expected)
    if wrong is not None:
        return wrong
    begins, ends, now = _moment(record.valid_from), ends_on(record, document, params), _moment(at)
    if begins is None or ends is None or now is None or not document.longest(params):
        return _wrong("A date of the record cannot be read.", "hand in a new record", expected)
    if now < begins:
        return _unchecked(f"The record holds only from {record.valid_from}.", "", expected)
    if now >= ends:
        return Outcome("", State.STALE, f"The record ended on {_last(ends)}; a new one is due.", expected)
    missing = [section for section in document.sections if section not in record.sections]
    if missing:
        remedy = "complete the document, sign it again, and have a reviewer tick each section that is there"
        return _unchecked(
            f"{clean(record.document, 120)} does not have all that is asked; not ticked by both the signer and the "
            f"reviewer: {', '.join(missing)}.", remedy, expected,
        )  # fmt: skip
    return Outcome("", State.PASS, f"{_said(record)}; holds until {_last(ends)}.", expected)


def _said(record: Attested) -> str:
    who = f"{clean(record.signer, 80)} ({clean(record.role, 80)})"
    how = f"signed by {who}"
    if record.assurance == "witnessed":
        how = f"signed on paper by {who}, witnessed by {clean(record.witness, 80)}"
    return f"{clean(record.document, 120)}, {how}, reviewed by {clean(record.reviewer, 80)}"


def _file(record: Attestation, document: Document, expected: str, params: Mapping[str, Any], at: str) -> Outcome:
    """A record in a file of the site: its faults are known without a signature; complete, it is still nobody's word."""
    wrong = _digest_fault(record.document, record.document_sha256, record.document_found_sha256, expected)
    if wrong is not None:
        return wrong
    signed, until, now = (_moment(one) for one in (record.signed_at, record.valid_until, at))
    days = document.longest(params)
    if signed is None or until is None or now is None or not days:
        return _wrong("A date of the record cannot be read.", "write dates as 2026-11-23", expected)
    if signed > now:
        return _wrong("The record is signed in the future.", "correct `signed_at`", expected)
    ends = min(until, signed + timedelta(days=days))
    if now > ends:
        return Outcome("", State.STALE, f"The record ended on {ends:%Y-%m-%d}; a new one is due.", expected)
    missing = [section for section in document.sections if section not in record.section_ticks]
    if missing:
        remedy = "have a reviewer tick each section that is there"
        return _unchecked(f"The reviewer has not ticked: {', '.join(missing)}.", remedy, expected)
    return _unchecked(
        "The record is complete, but nobody signed it: it is a file of the site.",
        "sign it with `pepperbird attest sign`, and have another person review it", expected,
    )  # fmt: skip


def _digest_fault(document: str, signed: str, found: str | None, expected: str) -> Outcome | None:
    name = clean(document, 120)
    if found is None:
        return _wrong(f"The document {name} is not beside its record.", "put the document back there", expected)
    if found != signed:
        return _wrong(
            f"The document {name} is not the one that was recorded: its SHA-256 differs.",
            "hand in the document that was signed, or sign this one", expected,
        )  # fmt: skip
    return None


def _how(clause: str, agency: str, asset: str) -> str:
    return (
        f"fill in the form that `pepperbird attest template {agency}` writes, then use `pepperbird attest new`, `sign` "
        f"and, by another person, `review` for {clause}" + (f" and {asset}" if asset != agency else "")
    )


def _unchecked(message: str, remedy: str, expected: str) -> Outcome:
    gap = Gap(GapReason.NO_ATTESTATION, message, remedy)
    return Outcome("", State.UNCHECKED, message, expected, gap)


def _wrong(message: str, remedy: str, expected: str) -> Outcome:
    return Outcome("", State.ERROR, message, expected, Gap(GapReason.PARSE, message, remedy))


def _last(ends: datetime) -> str:
    return f"{ends - timedelta(days=1):%Y-%m-%d}"


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
