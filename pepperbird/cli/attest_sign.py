"""Signing drafts: with a person's key, or as signed in ink on paper that somebody saw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pepperbird.cli.attest_desk import (
    SHOWN,
    Desk,
    about,
    enter,
    personal_key,
    put_document,
    record_file,
)  # fmt: skip
from pepperbird.cli.signing import open_store
from pepperbird.errors import UsageError
from pepperbird.model.text import clean
from pepperbird.scan.clock import now
from pepperbird.scan.drafts import faults_of, file_digest, lacking, read_draft, said_of
from pepperbird.trust.attestation import Attestation
from pepperbird.trust.attesting import signed_by
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import Envelope, seal
from pepperbird.trust.keyring import KeyRing
from pepperbird.trust.keys import PrivateKey, Purpose
from pepperbird.trust.persons import Witnessed, same_person


def sign_drafts(
    drafts: Sequence[Path], folder: Path | None, content: Path | None, out: Path | None, **call: str | Path | None
) -> Iterator[str]:
    """Sign each draft. Nothing is signed where anything is wrong with one of them."""
    at = now()
    read = [(path, read_draft(path)) for path in drafts]
    seen = _witnessed(call)
    said = [(draft, *said_of(draft, path, at, seen)) for path, draft in read]
    if folder is not None:
        desk = Desk.at(folder, content)
        faults = [
            f"{path}: {fault}"
            for (path, _), (draft, one, _, _) in zip(read, said, strict=True)
            for fault in faults_of(one, desk.asked(draft.agency, at), desk.agency(draft.agency))
        ]
        if faults:
            raise UsageError("\n".join(faults))
        yield from _lacking(desk, [one for _, one, _, _ in said], at)
    key, holder = _key(call, folder, {draft.agency for _, draft in read}, at)
    for draft, one, document, digest in said:
        if holder and not same_person(holder, draft.signer.name):
            raise UsageError(f"the draft names {draft.signer.name} as its signer, and the key is {holder}'s")
        envelope = seal(one.statement(digest), *([key] if key is not None else []))
        if seen is not None:
            signed_by(envelope, one, KeyRing())
        yield from _keep(envelope, one, document, digest, folder, out, at)


def _keep(
    envelope: Envelope, said: Attestation, document: Path, digest: str, folder: Path | None, out: Path | None, at: str
) -> Iterator[str]:
    name = sha256(envelope.payload).removeprefix("sha256:")[:SHOWN]
    if out is not None:
        path = record_file(out, envelope, about(said))
        if not (out / document.name).exists():
            put = out / document.name
            put.write_bytes(document.read_bytes())
        elif file_digest(out / document.name)[0] != digest:
            raise UsageError(f"{out / document.name}: another document of this name is there; name another --out")
        yield f"Signed {about(said)} ({document.name}): {path}. Take it with `pepperbird attest import`."
        return
    if folder is None:
        raise UsageError("name a site, or --out")
    put_document(folder, said.agency, document, digest)
    with open_store(folder, at) as store:
        number = enter(store, envelope, said.agency, about(said), at)
    how = "Entered, witnessed on paper" if said.witnessed is not None else "Signed"
    yield f"{how}: {about(said)} of {said.agency}, {document.name}; record {name}, ledger entry {number}."
    yield f"    It counts when another person has reviewed it: pepperbird attest review {name}"


def _key(
    call: dict[str, str | Path | None], folder: Path | None, agencies: set[str], at: str
) -> tuple[PrivateKey | None, str]:
    if call["key"] is None:
        return None, ""
    if call["witness"] is not None:
        raise UsageError("a record is signed with --key or witnessed on paper, not both")
    if len(agencies) != 1:
        raise UsageError(f"the drafts are of several agencies ({', '.join(sorted(agencies))}); sign each by itself")
    reference = str(call["passphrase"]) if call["passphrase"] is not None else None
    return personal_key(folder, str(call["key"]), reference, Purpose.ATTESTATION, next(iter(agencies)), at)


def _witnessed(call: dict[str, str | Path | None]) -> Witnessed | None:
    given = [call[name] for name in ("witness", "seen_on", "paper")]
    if call["key"] is not None and not any(given):
        return None
    if call["key"] is not None:
        raise UsageError("a record is signed with --key or witnessed on paper, not both")
    from pepperbird.cli.waiver_request import witnessed

    if not all(given):
        raise UsageError("sign with --key, or say who saw the paper: --witness, --on and --paper")
    try:
        return witnessed(str(given[0]), str(given[1]), Path(str(given[2])))
    except ValueError as error:
        raise UsageError(f"--on {clean(str(given[1]), 40)}: write a day as 2026-11-23") from error


def _lacking(desk: Desk, said: list[Attestation], at: str) -> Iterator[str]:
    for one in said:
        asked = {each.id: each for each in desk.asked(one.agency, at)}
        for answer in one.answers:
            missing = lacking(answer, asked[answer.clause])
            if missing:
                yield f"Note: {answer.clause} will not pass without {', '.join(missing)}."
