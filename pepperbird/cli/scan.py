"""`pepperbird scan`: collect, judge, score, store, and say where things stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from pepperbird.cli.common import state_directory, write_atomically
from pepperbird.cli.progress import progress_bar
from pepperbird.cli.request import Call, Request, read_request, request_options
from pepperbird.cli.sealing import read_sealing
from pepperbird.model.run import Run
from pepperbird.report.render import render
from pepperbird.scan.clock import now
from pepperbird.scan.gate import gate_status
from pepperbird.scan.pipeline import scan as run_scan

STORE = "pepperbird.db"


@click.command()
@request_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Folder for the reports of this run.")
def scan(form: str, output: Path | None, **call: Any) -> int:
    """Collect from TARGETs or the site, judge, score and store; ends in an answer.

    A TARGET is local, ssh://USER@HOST:PORT or replay:FOLDER. Without one the site of this folder, or of --site, is
    scanned. Exit status: 0 the gate holds, 1 it does not, 2 the call, content or site is wrong, 3 too little was seen.
    """
    request = read_request(Call(**call), at=now())
    path = state_directory() / STORE
    sealing = read_sealing(request.site, request.plan.at)
    with progress_bar(len(request.plan.endpoints)) as progress:
        run, site = run_scan(
            request.catalog, request.site, request.plan, path, request.options, progress, sealing=sealing
        )
    request = replace(request, site=site)
    written = write_reports(run, request, output) if output is not None else []
    click.echo(render(run, request.catalog, request.site, None, form).decode(), nl=form == "text")
    if form == "text":
        for path in written:
            click.echo(f"Report: {path}")
        click.echo(f"Run: {run.id}")
    return gate_status(run, request.catalog, request.site)


def write_reports(run: Run, request: Request, folder: Path) -> list[Path]:
    """One HTML report per agency, and the run as JSON. Gives the paths of the HTML reports."""
    written = []
    for agency in run.plan.agencies:
        path = folder / f"{agency}.html"
        write_atomically(path, render(run, request.catalog, request.site, agency, "html"))
        written.append(path)
    write_atomically(folder / "run.json", render(run, request.catalog, request.site, None, "json"))
    return written
