"""Drafts: of one document from the command line, or of all that a workbook is filled in with."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pepperbird.cli.attest_desk import Desk, left_over
from pepperbird.cli.common import write_all_atomically
from pepperbird.errors import Issue, SiteError, UsageError
from pepperbird.inventory.papers_book import Filled, read_filled
from pepperbird.model.text import clean
from pepperbird.plan.papers import Asked
from pepperbird.scan.clock import now
from pepperbird.scan.drafts import Draft, draft_name, draft_text, faults_of, last_day, measurement, said_of
from pepperbird.trust.attestation import Answer, Person


def from_call(folder: Path, content: Path | None, agency: str, clause: str, out: Path, **call: Any) -> Iterator[str]:
    """The draft of one document. Raises UsageError where something of it is missing."""
    desk, at = Desk.at(folder, content), now()
    asked = {one.id: one for one in desk.asked(agency, at)}
    if clause not in asked:
        raise UsageError(f"{clean(clause, 20)} is no document that is asked of {agency}; there are: {', '.join(asked)}")
    for name in ("document", "signer", "role", "begins"):
        if call[name] is None:
            raise UsageError(f"say --{'from' if name == 'begins' else name}")
    one = asked[clause]
    rows = tuple(measurement(text) for text in call["measured"])
    answers = tuple(
        Answer(
            clause=clause, asset=asset, sections=call["sections"] or one.document.sections,
            measured=tuple(row for row in rows if asset is None or row.of == asset or one.document.measured is None),
        )
        for asset in (call["assets"] or (None,))
    )  # fmt: skip
    draft = Draft(
        agency=agency, document=_relative(call["document"], out),
        signer=Person(name=call["signer"], role=call["role"]), valid_from=_day(call["begins"]),
        valid_until=_day(call["until"]) if call["until"] else last_day(call["begins"], one.days), answers=answers,
    )  # fmt: skip
    yield from _write(desk, [(draft, None)], tuple(asked.values()), out, at)


def from_workbook(folder: Path, content: Path | None, agency: str, workbook: Path, out: Path) -> Iterator[str]:
    """A draft for each document that is filled in. Raises SiteError with all that is wrong, by sheet and cell."""
    desk, at = Desk.at(folder, content), now()
    asked = desk.asked(agency, at)
    filled, issues = read_filled(workbook, agency, {one.id: one.document for one in asked})
    by_clause = {one.id: one for one in asked}
    drafts = [(_draft(one, by_clause[one.clause], agency, workbook, out), one) for one in filled]
    for draft, one in drafts:
        issues += _issues(desk, draft, one, asked, out, at)
    if issues:
        raise SiteError(issues)
    if not drafts:
        yield f"{workbook}: no document is filled in yet: none has a file in the column “File of the document”"
        return
    yield from _write(desk, drafts, asked, out, at)


def _draft(one: Filled, asked: Asked, agency: str, workbook: Path, out: Path) -> Draft:
    document = workbook.parent / one.document
    answers = tuple(
        Answer(
            clause=one.clause, asset=asset, sections=one.sections,
            measured=tuple(row for row in one.measured if asset is None or row.of == asset),
        )
        for asset in (one.assets or (None,))
    )  # fmt: skip
    return Draft(
        agency=agency, document=_relative(document, out), signer=Person(name=one.signer, role=one.role),
        valid_from=one.begins, valid_until=one.until or last_day(one.begins, asked.days), answers=answers,
    )  # fmt: skip


def _issues(desk: Desk, draft: Draft, one: Filled, asked: tuple[Asked, ...], out: Path, at: str) -> list[Issue]:
    try:
        said, _, _ = said_of(draft, out / draft_name(draft), at)
    except UsageError as error:
        return [one.issue(str(error).removeprefix(f"{out / draft_name(draft)}: "))]
    return [one.issue(fault) for fault in faults_of(said, asked, desk.agency(draft.agency))]


def _write(
    desk: Desk, drafts: Sequence[tuple[Draft, Filled | None]], asked: tuple[Asked, ...], out: Path, at: str
) -> Iterator[str]:
    files: dict[Path, bytes] = {}
    notes = []
    for draft, _ in drafts:
        path = out / draft_name(draft)
        said, document, _ = said_of(draft, path, at)
        if faults := list(faults_of(said, asked, desk.agency(draft.agency))):
            raise UsageError("; ".join(faults))
        notes.append(left_over(Path(desk.catalog.root), document, said))
        files[path] = draft_text(draft, path.name).encode()
    write_all_atomically(files)
    for path, (draft, _) in zip(files, drafts, strict=True):
        yield f"Wrote {path}: {draft.document}, until {draft.valid_until}; to be signed by {draft.signer.name}."
    yield from filter(None, notes)
    yield "Read them, then sign with `pepperbird attest sign`."


def _relative(document: Path, out: Path) -> str:
    return os.path.relpath(document.absolute(), out.absolute())


def _day(text: str) -> str:
    last_day(text, 0)
    return text
