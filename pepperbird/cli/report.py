"""`pepperbird report`: write the report of a stored run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pepperbird.cli.common import write_atomically
from pepperbird.cli.opening import open_store
from pepperbird.report.render import render
from pepperbird.scan.again import stored_content


@click.command()
@click.argument("run", default="latest")
@click.option("--agency", metavar="ID", help="The agency; needed where the run has several and the format is html.")
@click.option("--format", "form", type=click.Choice(["html", "json", "text"]), default="html", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else standard output.")
def report(run: str, agency: str | None, form: str, output: Path | None) -> int:
    """Write an agency's report from a stored run. RUN is an id, the start of one, or `latest`."""
    store = open_store()
    try:
        run_id = store.find(run)
        site = store.inputs(run_id)[0]
        with stored_content(store, run_id) as catalog:
            data = render(store.load(run_id), catalog, site, agency, form)
    finally:
        store.close()
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_atomically(output, data)
        click.echo(f"Report: {output}", err=True)
    return 0
