"""Writing the workbook and the forms of an agency's documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pepperbird.bundle.templates import read_templates
from pepperbird.cli.attest_desk import Desk
from pepperbird.cli.common import write_all_atomically
from pepperbird.errors import UsageError
from pepperbird.plan.papers import Asked, asked_of, params_of
from pepperbird.report.papers_book import papers_book
from pepperbird.report.papers_docx import papers_docx
from pepperbird.scan.clock import now

BOOK = "documents.xlsx"


def write(folder: Path, content: Path | None, agency: str, out: Path, clauses: Sequence[str]) -> Iterator[str]:
    """Write everything into `out`; what is filled in there already stays. Raises UsageError."""
    desk = Desk.at(folder, content)
    mine = desk.agency(agency)
    plan, asked = asked_of(desk.catalog, desk.site, agency, now())
    if stray := [one for one in clauses if one not in {each.id for each in asked}]:
        raise UsageError(f"{stray[0]} is no document that is asked of {agency}")
    chosen = [one for one in asked if not clauses or one.id in clauses]
    if not chosen:
        raise UsageError(f"no document is asked of {agency}: its baseline asks for none")
    templates = read_templates(Path(desk.catalog.root))
    forms = {one.id: form_name(one) for one in chosen}
    params = {one.id: params_of(desk.catalog, plan, one.pairs[0]) for one in chosen}
    paths = [out / name for name in (*forms.values(), *(() if clauses else (BOOK,)))]
    if there := [path for path in paths if path.exists()]:
        raise UsageError(f"{there[0]} is there already, perhaps filled in; name another folder with --out")
    files = {
        out / forms[one.id]: papers_docx(mine, one, templates[one.id], params[one.id])
        for one in chosen
        if one.id in templates
    }
    if not clauses:
        files[out / BOOK] = papers_book(mine, chosen, params, templates, forms)
    write_all_atomically(files)
    if not clauses:
        yield f"Wrote {out / BOOK}: begin with its first sheet."
    yield f"Wrote {len(chosen)} forms to {out}."


def form_name(asked: Asked) -> str:
    """`DR-01.1 disaster recovery plan.docx`"""
    title = re.sub(r"[^a-z0-9 -]+", " ", re.sub(r"\(.*?\)", "", asked.document.title.lower()))
    return f"{asked.id} {' '.join(title.split())[:60].strip()}.docx"
