"""Drafts of attestations: small files that a person can read and correct before signing, and what is wrong with one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from pepperbird.errors import SiteError, TrustError, UsageError
from pepperbird.located.document import parse_bytes
from pepperbird.located.validate import validate
from pepperbird.model.attested import Measurement
from pepperbird.model.base import Model, Slug, Text
from pepperbird.model.declared import Day
from pepperbird.model.policy import Measured
from pepperbird.model.site import Agency
from pepperbird.model.text import clean
from pepperbird.plan.papers import Asked
from pepperbird.trust.attestation import Answer, Attestation, Paper, Person
from pepperbird.trust.persons import Witnessed

HEAD = "# A draft. Read it, then sign it: pepperbird attest sign "
SUFFIX = ".draft.yaml"
MAX_DRAFT = 1024 * 1024


class Draft(Model):
    """What will be signed. `document` is the path of the document from the folder of the draft."""

    agency: Slug
    document: Text
    signer: Person
    valid_from: Day
    valid_until: Day
    answers: tuple[Answer, ...] = Field(min_length=1)


def read_draft(path: Path) -> Draft:
    """Raises SiteError with all that is wrong, located."""
    try:
        raw = path.read_bytes()[:MAX_DRAFT]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    draft, issues = validate(parse_bytes(raw, str(path)), Draft)
    if draft is None:
        raise SiteError(issues)
    return draft


def draft_text(draft: Draft, name: str) -> str:
    body = yaml.safe_dump(draft.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=110)
    return f"{HEAD}{name}\n{body}"


def draft_name(draft: Draft) -> str:
    """The name of the draft's file: the clause, and the asset where there is one alone."""
    first = draft.answers[0]
    more = f"@{first.asset}" if first.asset is not None and len(draft.answers) == 1 else ""
    return f"{first.clause}{more}{SUFFIX}"


def said_of(draft: Draft, path: Path, at: str, witnessed: Witnessed | None = None) -> tuple[Attestation, Path, str]:
    """What the signer of a draft at `path` would say, the document's path, and its digest. Raises UsageError."""
    document = Path(os.path.normpath(path.parent / draft.document))
    digest, size = file_digest(document)
    try:
        said = Attestation(
            agency=draft.agency, at=at, document=Paper(name=document.name, bytes=size), signer=draft.signer,
            valid_from=draft.valid_from, valid_until=draft.valid_until, answers=draft.answers, witnessed=witnessed,
        )  # fmt: skip
    except ValidationError as error:
        raise UsageError(f"{path}: {words(error)}") from error
    return said, document, digest


def file_digest(path: Path) -> tuple[str, int]:
    """`sha256:...` of a file, and its size. Raises UsageError."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            return f"sha256:{found}", file.tell()
    except OSError as error:
        raise UsageError(f"{path}: the document cannot be read: {error.strerror}") from error


def words(error: ValidationError) -> str:
    """What is wrong, in one sentence."""
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"]).removeprefix("Value error, ")


def last_day(begins: str, days: int) -> str:
    """The last day of a document of that date. Raises UsageError."""
    try:
        return (date.fromisoformat(begins) + timedelta(days=days)).isoformat()
    except ValueError as error:
        raise UsageError(f"{clean(begins, 40)} is no day of the calendar; write 2026-11-23") from error


def faults_of(said: Attestation, asked: tuple[Asked, ...], agency: Agency) -> Iterator[str]:
    """Why an attestation would not count, as far as the standards and the register tell beforehand."""
    by_clause = {one.id: one for one in asked}
    for answer in said.answers:
        wanted = by_clause.get(answer.clause)
        if wanted is None:
            yield f"{answer.clause} is no document that is asked of {said.agency}"
            continue
        if answer.asset is None and wanted.assets:
            yield f"{answer.clause} is asked for each of {', '.join(wanted.assets[:8])}; say for which with --asset"
        elif answer.asset is not None and answer.asset not in wanted.assets:
            yield f"{answer.clause} is not asked for {answer.asset}"
        latest = last_day(said.valid_from, wanted.days)
        if said.valid_until > latest:
            yield f"{answer.clause} holds at most {wanted.days} days from its date, until {latest}"
        if odd := [one for one in answer.sections if one not in wanted.document.sections]:
            yield f"{answer.clause} has no section {', '.join(odd)}; it has: {', '.join(wanted.document.sections)}"
        yield from _measured(answer, wanted.document.measured, agency)


def lacking(answer: Answer, asked: Asked) -> list[str]:
    """The sections that the standard asks for and the answer does not tick."""
    return [one for one in asked.document.sections if one not in answer.sections]


def _measured(answer: Answer, measured: Measured | None, agency: Agency) -> Iterator[str]:
    if measured is None:
        if answer.measured:
            yield f"{answer.clause} measures nothing; leave its figures out"
        return
    if not answer.measured and not measured.may_be_none:
        yield f"{answer.clause} needs measured figures: {', '.join(one.id for one in measured.figures)}"
    known = {figure.id: figure for figure in measured.figures}
    for row in answer.measured:
        if measured.of == "service" and row.of not in {one.id for one in agency.services}:
            yield f"{answer.clause}: the register of {agency.id} has no service {row.of!r}"
        if measured.of == "store" and row.of != answer.asset:
            yield f"{answer.clause}: figures of {row.of!r}, and the answer is for {answer.asset!r}"
        for name, value in row.figures.items():
            if name not in known:
                yield f"{answer.clause}: no figure is called {name}; there are: {', '.join(known)}"
            elif (known[name].unit == "choice") != isinstance(value, str):
                yield f"{answer.clause}: {name} of {row.of}: {value} is not a {known[name].unit} figure"


def measurement(text: str) -> Measurement:
    """Figures as a command line writes them: `birth-reg: minutes=205 lost_minutes=40`. Raises UsageError."""
    of, colon, rest = text.partition(":")
    figures: dict[str, int | str] = {}
    for part in rest.split():
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise UsageError(f"--measured {clean(text, 80)!r}: write NAME: figure=number figure=number")
        figures[name] = int(value) if value.isdecimal() else value
    try:
        if not colon or not figures:
            raise TrustError
        return Measurement(of=of.strip(), figures=figures)
    except (ValidationError, TrustError) as error:
        raise UsageError(f"--measured {clean(text, 80)!r}: write NAME: figure=number figure=number") from error
