"""Reviewing what another person signed: the same document, its sections found, and never one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pepperbird.bundle.find import find_content
from pepperbird.cli.attest_desk import (
    SHOWN,
    about,
    enter,
    find_record,
    left_over,
    personal_key,
    read_record,
    record_file,
)
from pepperbird.cli.signing import open_store
from pepperbird.errors import TrustError, UsageError
from pepperbird.model.text import clean
from pepperbird.scan.clock import now
from pepperbird.scan.declared_attestations import FOLDER
from pepperbird.scan.drafts import file_digest
from pepperbird.trust.attestation import Attestation, Person, Review, Seen, attestation_of
from pepperbird.trust.attesting import reviewed_by, signed_by
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import Envelope, seal
from pepperbird.trust.keyring import KeyRing
from pepperbird.trust.keys import PrivateKey, Purpose
from pepperbird.trust.persons import same_person


@dataclass(frozen=True)
class _Case:
    """One attestation to be reviewed, and the folder in which its document is looked for."""

    envelope: Envelope
    said: Attestation
    digest: str
    beside: Path


def review_records(records: Sequence[str], folder: Path | None, out: Path | None, **call: Any) -> Iterator[str]:
    """Review each record. Raises UsageError and TrustError for one's own, and for a document that was changed."""
    at = now()
    for name in records:
        case = _case(name, folder, at)
        said = case.said
        if note := left_over(find_content(None), _same_document(case, call["document"]), said):
            yield note
        key, holder = personal_key(folder, call["key"], call["passphrase"], Purpose.REVIEW, said.agency, at)
        envelope = _seal(case, key, holder, at, call)
        digest = sha256(case.envelope.payload).removeprefix("sha256:")[:SHOWN]
        if out is not None:
            _not_one_s_own(case, envelope, None)
            yield f"Reviewed {about(said)}: {record_file(out, envelope, about(said))}"
            continue
        if folder is None:
            raise UsageError("name a site, or --out")
        with open_store(folder, at) as store:
            _not_one_s_own(case, envelope, store.ledger.ring())
            number = enter(store, envelope, said.agency, sha256(case.envelope.payload), at)
        what = "Refused" if call["refuse"] else "Reviewed"
        yield f"{what} {about(said)} of {said.agency} (record {digest}); ledger entry {number}."


def _case(name: str, folder: Path | None, at: str) -> _Case:
    path = Path(name)
    if path.suffix == ".json" and path.exists():
        envelope, beside = read_record(path), path.parent
    elif folder is None:
        raise UsageError(f"{clean(name, 200)}: no such file; away from a site, name the record's file")
    else:
        with open_store(folder, at) as store:
            record = find_record(store, name)
        envelope, beside = record.envelope, folder / FOLDER / record.agency
    said, digest = attestation_of(envelope.statement)
    return _Case(envelope, said, digest, beside)


def _same_document(case: _Case, document: Path | None) -> Path:
    path = document or case.beside / case.said.document.name
    if file_digest(path)[0] != case.digest:
        raise TrustError(f"{path}: not the document that was signed: its SHA-256 differs; nothing was signed")
    return path


def _seal(case: _Case, key: PrivateKey, holder: str, at: str, call: dict[str, Any]) -> Envelope:
    name = call["reviewer"] or holder
    if not name:
        raise UsageError("say who reviews with --reviewer; away from the site the key list does not tell")
    if holder and not same_person(holder, name):
        raise UsageError(f"--reviewer {clean(name, 80)}: the key is {holder}'s")
    known = {section for one in case.said.answers for section in one.sections}
    if stray := [one for one in call["missing"] if one not in known]:
        raise UsageError(f"--missing {stray[0]!r}: not among the sections that were ticked: {', '.join(sorted(known))}")
    seen = tuple(
        Seen(
            clause=one.clause,
            asset=one.asset,
            sections=tuple(section for section in one.sections if section not in call["missing"]),
        )
        for one in case.said.answers
    )
    refuse = call["refuse"] or ""
    review = Review(
        agency=case.said.agency, at=at, reviewer=Person(name=name, role=call["role"]), accepted=not refuse,
        reason=refuse, seen=() if refuse else seen,
    )  # fmt: skip
    return seal(review.statement(case.envelope), key)


def _not_one_s_own(case: _Case, review: Envelope, ring: KeyRing | None) -> None:
    """Raises TrustError where the store would not count it; away from the store as far as names and keys tell."""
    if ring is not None:
        reviewed_by(review, case.said, signed_by(case.envelope, case.said, ring), ring)
        return
    names = [case.said.signer.name, *([case.said.witnessed.by] if case.said.witnessed is not None else [])]
    reviewer = str(review.statement.predicate["reviewer"]["name"])
    mine = {one.key_id for one in review.signatures} & {one.key_id for one in case.envelope.signatures}
    if mine or any(same_person(reviewer, one) for one in names):
        raise TrustError(f"{reviewer} signed or witnessed it; a reviewer is another person; nothing was signed")
