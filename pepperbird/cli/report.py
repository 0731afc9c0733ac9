"""`pepperbird report`: write the report of a stored run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pepperbird.cli.common import site_directory, write_atomically
from pepperbird.cli.opening import open_store
from pepperbird.model.site import Site
from pepperbird.report.render import FORMATS, agencies_of, render
from pepperbird.scan.again import stored_content
from pepperbird.scan.earlier import earlier_of

if TYPE_CHECKING:
    from pepperbird.store.runs import Store


@click.command()
@click.argument("run", default="latest")
@click.option("--agency", metavar="ID", help="The agency; needed where the run has several and the format holds one.")
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="html", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else standard output.")
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    help="With the agreed plan as this site folder has it now, not as of then.",
)
def report(run: str, agency: str | None, form: str, output: Path | None, site: Path | None) -> int:
    """Write an agency's report from a stored run. RUN is an id, the start of one, or `latest`.

    It begins with what got better since the last report that was delivered (else since the full run before), and five
    things to do; `message` is the shortest, of at most 600 characters, and `pdf` is for paper.
    """
    store = open_store(site)
    try:
        run_id = store.find(run)
        snapshot = _with_plan(store, store.inputs(run_id)[0], site)
        loaded = store.load(run_id)
        mine = agencies_of(loaded, agency, form)
        with stored_content(store, run_id) as catalog:
            earlier = {} if form == "json" else earlier_of(store, loaded, mine, catalog)
            data = render(loaded, catalog, snapshot, agency, form, earlier)
    finally:
        store.close()
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_atomically(output, data)
        click.echo(f"Report: {output}", err=True)
    return 0


def _with_plan(store: Store, snapshot: Site, site: Path | None) -> Site:
    """The register as the run was judged by, with the plans of today where a site is named."""
    if site is None:
        return snapshot
    from pepperbird.inventory.read import read_site
    from pepperbird.scan.declared_plans import plans
    from pepperbird.trust.statement import Kind

    now = snapshot.model_copy(update={"agreed": read_site(site_directory(site)).agreed, "plans": ()})
    return now.model_copy(update={"plans": plans(now, store.signed.all(Kind.PLAN), store.ledger.ring())})
