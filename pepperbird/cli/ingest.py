"""`pepperbird ingest`: take in what kits brought, judge it like a scan, and keep it like one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import click

from pepperbird.bundle.find import find_content
from pepperbird.bundle.known import Known
from pepperbird.bundle.read import read_bundle
from pepperbird.cli.agency import SITE
from pepperbird.cli.common import STORE, site_directory, state_directory, words
from pepperbird.cli.opening import open_store
from pepperbird.cli.request import Request
from pepperbird.cli.scan import write_reports
from pepperbird.cli.sealing import read_sealing
from pepperbird.collect.interface import CollectOptions
from pepperbird.collect.kit_bundle import MAX_BYTES, Bundle, read_bundle_bytes
from pepperbird.errors import UsageError
from pepperbird.fleet.room import make_room, moment_of_its_own
from pepperbird.inventory.read import read_site
from pepperbird.model.text import clean
from pepperbird.report.render import render
from pepperbird.scan.clock import now
from pepperbird.scan.gate import gate_status
from pepperbird.scan.kits import Taken, brought, collected_at, plan_of, take
from pepperbird.scan.pipeline import scan as run_scan


@click.command()
@click.argument("bundles", nargs=-1, required=True, metavar="BUNDLE...", type=click.Path(path_type=Path))
@SITE
@click.option("--content", type=click.Path(path_type=Path, file_okay=False), help="Content folders to use instead.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Folder for the reports of this run.")
def ingest(bundles: tuple[Path, ...], site: Path | None, content: Path | None, form: str, output: Path | None) -> int:
    """Judge the bundles that kits brought, and store them. Contacts nothing.

    What they show is self-collected. Everything else of the agency stays as it stands. A run of the same agency that
    `serve` carries out stops waiting for machines and ends first. A bundle of no kit, of another server, of an altered
    script, used or too late, ends with status 2 and nothing stored; else the exit status is that of a scan.
    """
    at = now()
    root = site_directory(site)
    read = {str(path): read_file(path) for path in bundles}
    if len(read) < len(bundles):
        raise UsageError("the same bundle is named twice; name each once")
    store = open_store(root)
    try:
        taken = take(store.kits, read, at)
    finally:
        store.close()
    declared = read_site(root)
    overlays = sorted((root / "baselines").glob("*.yaml"))
    catalog = read_bundle(find_content(content), overlays, Known(state_directory() / "content"))
    brought(catalog, plan_of(catalog, declared, taken, at=at, baseline=declared.file.baseline), taken)
    at = after_others(root, {one.kit.agency for one in taken})
    plan = plan_of(catalog, declared, taken, at=at, baseline=declared.file.baseline)
    options = CollectOptions(root=root, bundles=brought(catalog, plan, taken))
    sealing = read_sealing(declared, at)
    run, standing = run_scan(catalog, declared, plan, state_directory() / STORE, options, sealing=sealing)
    request = Request(catalog, standing, plan, options)
    written = write_reports(run, request, output) if output is not None else []
    click.echo(render(run, catalog, standing, None, form).decode(), nl=form == "text")
    for line in (*_said(taken, at), *(f"Report: {path}" for path in written), f"Run: {run.id}"):
        click.echo(line, err=form != "text")
    return gate_status(run, catalog, standing)


def after_others(root: Path, agencies: set[str]) -> str:
    """The moment of the run: once no other run of these agencies goes on."""
    store = open_store(root)
    try:
        make_room(store, agencies, lambda said: click.echo(said, err=True))
        return moment_of_its_own(store)
    finally:
        store.close()


def read_file(path: Path) -> Bundle:
    """The bundle at `path`. Raises UsageError for what is none, is no file, or is larger than any can be."""
    name = clean(str(path), 200)
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UsageError(f"{name}: not a file; name the file that the script wrote")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {words(error)}") from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name}: larger than {MAX_BYTES >> 20} MB, which no bundle is; refused")
    return read_bundle_bytes(data, name)


def _said(taken: list[Taken], at: str) -> list[str]:
    lines = []
    for one in taken:
        who = f"run by {one.bundle.user or 'nobody knows whom'} on {one.bundle.host or 'a machine without a name'}"
        lines.append(f"Kit: {one.kit.server}, {who}, {collected_at(one, at)}; bundle {one.bundle.digest}")
        lines += (f"Kit: {one.kit.server}: {note}" for note in one.notes)
    return lines
