"""`pepperbird attest`: documents that answer what no probe sees, signed by one person and reviewed by another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory
from pepperbird.cli.signing import key_options
from pepperbird.errors import UsageError

CONTENT = click.option(
    "--content", type=click.Path(path_type=Path, file_okay=False), help="Content folders to use instead."
)
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def attest() -> None:
    """Hand in signed documents: forms, drafts, signatures, reviews, and what is still missing.

    A document counts when one person has signed it and another has reviewed it.
    """


@attest.command()
@click.argument("agency")
@click.option("--out", type=_FOLDER, required=True, help="Folder for the workbook and the forms.")
@click.option("--clause", multiple=True, metavar="CLAUSE", help="Only this document's form; may be repeated.")
@CONTENT
@SITE
def template(agency: str, out: Path, clause: tuple[str, ...], content: Path | None, site: Path | None) -> None:
    """Write a workbook of all documents that are asked of AGENCY, and a form to fill in for each."""
    from pepperbird.cli.attest_template import write

    for line in write(site_directory(site), content, agency, out, clause):
        click.echo(line)


@attest.command()
@click.argument("agency")
@click.argument("clause", required=False)
@click.option("--workbook", type=_FILE, help="Take every document that is filled in in this workbook.")
@click.option("--document", type=_FILE, help="The document for CLAUSE.")
@click.option("--asset", "assets", multiple=True, metavar="ID", help="What it is about, where it is not the agency.")
@click.option("--signer", metavar="NAME", help="Who signs it.")
@click.option("--role", help="The signer's office.")
@click.option("--from", "begins", metavar="YYYY-MM-DD", help="The date of the document, or of the test it reports.")
@click.option("--until", metavar="YYYY-MM-DD", help="Its last day.  [default: as long as the standard lets it hold]")
@click.option(
    "--section", "sections", multiple=True, help="A section that is in it.  [default: all that are asked for]"
)
@click.option(
    "--measured", multiple=True, metavar="'NAME: FIGURE=NUMBER ...'", help="What was measured of a service or store."
)
@click.option("--out", type=_FOLDER, default=Path(), help="Folder for the drafts.  [default: the current folder]")
@CONTENT
@SITE
def new(agency: str, clause: str | None, workbook: Path | None, out: Path, **call: Any) -> None:
    """Write a draft for a document that answers CLAUSE, or for all that are filled in in a workbook."""
    from pepperbird.cli.attest_new import from_call, from_workbook

    folder = site_directory(call.pop("site"))
    content = call.pop("content")
    if (workbook is None) == (clause is None):
        raise UsageError("name a CLAUSE and its --document, or a --workbook")
    lines = (
        from_workbook(folder, content, agency, workbook, out)
        if workbook is not None
        else from_call(folder, content, agency, str(clause), out, **call)
    )
    for line in lines:
        click.echo(line)


@attest.command()
@click.argument("drafts", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@key_options(required=False)
@click.option("--witness", metavar="NAME", help="Signed in ink instead: who saw the paper.")
@click.option("--on", "seen_on", metavar="YYYY-MM-DD", help="The day on which the paper was signed.")
@click.option("--paper", type=_FILE, help="A scan of the paper.")
@click.option("--out", type=_FOLDER, help="Write the records to this folder, for `attest import`; no store is touched.")
@CONTENT
@SITE
def sign(drafts: tuple[Path, ...], out: Path | None, site: Path | None, content: Path | None, **call: Any) -> None:
    """Sign DRAFTS with your own key, or enter that they were signed on paper.

    With --out this works on a machine without a site and a store, for example from a stick.
    """
    from pepperbird.cli.attest_sign import sign_drafts

    folder = site_directory(site) if out is None or site is not None else None
    for line in sign_drafts(drafts, folder, content, out, **call):
        click.echo(line)


@attest.command()
@click.argument("records", nargs=-1, required=True, metavar="RECORD|FILE...")
@key_options()
@click.option("--reviewer", metavar="NAME", help="Who reviews.  [default: the holder of the key]")
@click.option("--role", default="reviewer", show_default=True, help="The reviewer's office.")
@click.option("--document", type=_FILE, help="The document.  [default: beside the record, or in the site]")
@click.option("--missing", multiple=True, metavar="SECTION", help="A section that you did not find in it.")
@click.option("--refuse", metavar="REASON", help="Refuse the document; say why.")
@click.option("--out", type=_FOLDER, help="Write the review to this folder, for `attest import`; no store is touched.")
@SITE
def review(records: tuple[str, ...], out: Path | None, site: Path | None, **call: Any) -> None:
    """Review what another person signed: you have read the document and found its sections.

    RECORD is the id that `attest list` shows, or its beginning; FILE is a record as `attest sign --out` wrote it.
    """
    from pepperbird.cli.attest_review import review_records

    folder = site_directory(site) if out is None or site is not None else None
    for line in review_records(records, folder, out, **call):
        click.echo(line)


@attest.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@SITE
def import_(files: tuple[Path, ...], site: Path | None) -> None:
    """Take signed records and reviews from FILES into the store, and their documents from beside them into the site."""
    from pepperbird.cli.attest_files import take

    for line in take(site_directory(site), files):
        click.echo(line)


@attest.command()
@click.argument("agency")
@click.argument("folder", metavar="DIRECTORY", type=_FOLDER)
@SITE
def export(agency: str, folder: Path, site: Path | None) -> None:
    """Write every record, review and document of AGENCY to DIRECTORY."""
    from pepperbird.cli.attest_files import write

    click.echo(write(site_directory(site), agency, folder))


@attest.command("list")
@click.argument("agency", required=False)
@click.option("--within", type=click.IntRange(0, 3650), default=60, show_default=True, metavar="DAYS",
              help="Name what runs out within so many days.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Name what holds, too.")
@CONTENT
@SITE
def list_(agency: str | None, within: int, everything: bool, content: Path | None, site: Path | None) -> None:
    """What is missing, what does not count and why, and what runs out soon, agency by agency."""
    from pepperbird.cli.attest_list import lines

    for line in lines(site_directory(site), content, agency, within, everything=everything):
        click.echo(line)
