"""`pepperbird inventory import`: add what an Ansible inventory or a sheet declares to the register."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory, write_all_atomically
from pepperbird.errors import UsageError
from pepperbird.inventory.ansible import additions_of as ansible_additions
from pepperbird.inventory.cells import read_sheet
from pepperbird.inventory.merge import Change, Outcome, merge
from pepperbird.inventory.sheet import COLUMNS
from pepperbird.inventory.sheet import additions_of as sheet_additions
from pepperbird.model.state import AssetKind
from pepperbird.model.text import clean

MAX_JSON = 32 * 1024 * 1024
_SHOWN_NOTES = 50
_EPILOG = "\b\nColumns of a sheet (the first row names them; any order, only `agency` is needed):\n" + "\n".join(
    f"  {name:<16} {what}" for name, what in COLUMNS.items()
)


@click.command("import", epilog=_EPILOG)
@click.option(
    "--from-ansible",
    type=click.File("rb", lazy=False),
    help="Output of `ansible-inventory --list` (JSON); - reads standard input.",
)
@click.option("--from-sheet", type=click.Path(path_type=Path), help="One CSV or XLSX sheet for many agencies.")
@click.option("--sheet", default=None, help="Which sheet of a workbook, where it has several.")
@click.option("--agency", "agency_id", default=None, help="The agency that the Ansible hosts belong to.")
@click.option(
    "--group-kind",
    multiple=True,
    metavar="GROUP=KIND",
    help="What the hosts of an Ansible group are: a server kind, or a kind that stands on each (db=postgresql).",
)
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@SITE
def import_(
    from_ansible: BinaryIO | None,
    from_sheet: Path | None,
    sheet: str | None,
    agency_id: str | None,
    group_kind: Sequence[str],
    dry_run: bool,
    site: Path | None,
) -> None:
    """Add assets, stores and repositories to the register; what is declared already stays as it is.

    Nothing is written when anything is wrong.
    """
    root = site_directory(site)
    if from_sheet is not None and from_ansible is None:
        if agency_id is not None or group_kind:
            raise UsageError("--agency and --group-kind go with --from-ansible; a sheet has a column `agency`")
        outcome = _sheet(root, from_sheet, sheet)
    elif from_ansible is not None and from_sheet is None:
        if agency_id is None or sheet is not None:
            raise UsageError("--from-ansible needs --agency ID, and --sheet goes with --from-sheet")
        outcome = _ansible(root, from_ansible, agency_id, _kinds(group_kind))
    else:
        raise UsageError("name one source: --from-ansible FILE or --from-sheet FILE")
    _finish(outcome, dry_run)


def _sheet(root: Path, path: Path, name: str | None) -> Outcome:
    read = read_sheet(path, name)
    additions, issues = sheet_additions(read)
    outcome = merge(root, additions, issues)
    return Outcome(outcome.changes, (*read.notes, *outcome.notes))


def _ansible(root: Path, file: BinaryIO, agency_id: str, kinds: dict[str, AssetKind]) -> Outcome:
    name = clean(str(file.name), 1000)
    raw = file.read(MAX_JSON + 1)
    if len(raw) > MAX_JSON:
        raise UsageError(f"{name}: larger than {MAX_JSON // 1024 // 1024} MB; split it by agency")
    additions, issues, notes = ansible_additions(raw.decode("utf-8", "replace"), agency_id, kinds, name)
    outcome = merge(root, [additions], issues)
    return Outcome(outcome.changes, (*notes, *outcome.notes))


def _kinds(pairs: Sequence[str]) -> dict[str, AssetKind]:
    kinds = {}
    for pair in pairs:
        group, _, kind = pair.partition("=")
        known = [str(one) for one in AssetKind if one not in (AssetKind.AGENCY, AssetKind.DATA_STORE)]
        known.remove("backup-repository")
        if not group or kind not in known:
            raise UsageError(f"--group-kind {clean(pair, 80)!r} is not GROUP=KIND; kinds are: {', '.join(known)}")
        kinds[group] = AssetKind(kind)
    return kinds


def _finish(outcome: Outcome, dry_run: bool) -> None:
    for note in outcome.notes[:_SHOWN_NOTES]:
        click.echo(clean(note, 500), err=True)
    if len(outcome.notes) > _SHOWN_NOTES:
        click.echo(f"... and {len(outcome.notes) - _SHOWN_NOTES} more like these", err=True)
    if dry_run:
        for change in outcome.changes:
            click.echo(_difference(change), nl=False)
    else:
        write_all_atomically({change.path: change.new.encode() for change in outcome.changes})
        for change in outcome.changes:
            click.echo(f"{'Extended' if change.old else 'Wrote'} {change.path}")
    if not outcome.changes:
        click.echo("Nothing to add; all of it is declared already.")


def _difference(change: Change) -> str:
    before, after = change.old.splitlines(keepends=True), change.new.splitlines(keepends=True)
    lines = difflib.unified_diff(before, after, str(change.path) if before else "/dev/null", str(change.path))
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
