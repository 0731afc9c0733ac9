"""`pepperbird scan`: collect, judge, score, store, and say where things stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from pepperbird.cli.common import STORE, state_directory, write_atomically
from pepperbird.cli.progress import progress_bar
from pepperbird.cli.request import Call, Request, read_request, request_options
from pepperbird.cli.sealing import read_sealing
from pepperbird.cli.traffic import carried_lines, cost_lines, has_lines, with_costs
from pepperbird.evaluate.pool import make_ready
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import FULL
from pepperbird.model.run import Run
from pepperbird.model.site import Site
from pepperbird.scan.clock import now
from pepperbird.scan.collecting import Progress
from pepperbird.scan.gate import gate_status
from pepperbird.scan.pipeline import scan as run_scan
from pepperbird.scan.sealing import Sealing
from pepperbird.store.ready import executor_of

if TYPE_CHECKING:
    from pepperbird.report.earlier import Earlier


@click.command()
@request_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Folder for the reports of this run.")
@click.option("--verbose", is_flag=True, help="What was sent to and received from each machine, one line each.")
def scan(form: str, output: Path | None, verbose: bool, **call: Any) -> int:
    """Collect from TARGETs or the site, judge, score and store; ends in an answer.

    A TARGET is local, ssh://USER@HOST:PORT or replay:FOLDER. Without one the site of this folder, or of --site, is
    scanned. Machines behind a thin line (--slow, or `link` at an access) are asked one at a time, and what that
    costs is told before. Exit status: 0 the gate holds, 1 it does not, 2 the call, content or site is wrong, 3 too
    little was seen.
    """
    make_ready()
    request = read_request(Call(**call), at=now())
    path = state_directory() / STORE
    sealing = read_sealing(request.site, request.plan.at)
    if has_lines(request.plan):
        request = with_costs(request, path)
        for line in cost_lines(request.plan):
            click.echo(line, err=True)
    with progress_bar(len(request.plan.endpoints)) as progress:
        run, site = _handed_over(Call(**call), request, sealing, progress) or run_scan(
            request.catalog, request.site, request.plan, path, request.options, progress, sealing=sealing
        )
    from pepperbird.report.render import render  # what the machines are not waited for to load

    request = replace(request, site=site)
    earlier = _earlier(run, path, sealing, request.catalog) if form == "text" or output is not None else {}
    written = write_reports(run, request, output, earlier) if output is not None else []
    click.echo(render(run, request.catalog, request.site, None, form, earlier).decode(), nl=form == "text")
    if form == "text":
        for path in written:
            click.echo(f"Report: {path}")
        for line in carried_lines(run, verbose=verbose):
            click.echo(line)
        click.echo(f"Run: {run.id}")
    else:
        for line in carried_lines(run, verbose=verbose):
            click.echo(line, err=True)
    return gate_status(run, request.catalog, request.site)


def _handed_over(call: Call, request: Request, sealing: Sealing, progress: Progress | None) -> tuple[Run, Site] | None:
    """The run as whoever carries out the site's schedules did it; None where nobody does. Targets that are named here
    are asked from here: with the keys of whoever calls, which nobody else has."""
    path, root = state_directory() / STORE, request.options.root
    if call.targets or root is None or not executor_of(path):
        return None
    from pepperbird.cli.serving import asked_by_call, caller
    from pepperbird.fleet.follow import Following, hand_over, is_served

    if not is_served(path, root):
        return None
    following = Following(progress, lambda said: click.echo(f"Handed over to {said}.", err=True))
    found = hand_over(path, sealing.master, asked_by_call(call), caller(), following)
    if found is None:
        return None
    run, site = found
    return run, site.model_copy(update={"root": request.site.root})


NOTHING: Mapping[str, Earlier] = MappingProxyType({})


def _earlier(run: Run, path: Path, sealing: Sealing, catalog: Catalog) -> dict[str, Earlier]:
    """What came before this run; read only where there was an earlier one."""
    if run.scope != FULL or set(run.first) >= set(run.plan.agencies):
        return {}
    from pepperbird.scan.earlier import earlier_of
    from pepperbird.store.runs import Store

    store = Store(path, sealing.master)
    try:
        return earlier_of(store, run, run.plan.agencies, catalog)
    finally:
        store.close()


def write_reports(run: Run, request: Request, folder: Path, earlier: Mapping[str, Earlier] = NOTHING) -> list[Path]:
    """One HTML report per agency, and the run as JSON. Gives the paths of the HTML reports."""
    from pepperbird.report.render import render

    written = []
    for agency in run.plan.agencies:
        path = folder / f"{agency}.html"
        write_atomically(path, render(run, request.catalog, request.site, agency, "html", earlier))
        written.append(path)
    write_atomically(folder / "run.json", render(run, request.catalog, request.site, None, "json"))
    return written
