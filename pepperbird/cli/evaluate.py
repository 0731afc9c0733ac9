"""`pepperbird evaluate`: judge the stored evidence of a run again, to the same bytes or under other rules."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.cli.opening import open_store
from pepperbird.report.render import render
from pepperbird.scan.again import Again, evaluate_again, stored_content

SAME, DIFFERENT = 0, 1


@click.command()
@click.argument("run")
@click.option("--content", type=click.Path(path_type=Path, file_okay=False), help="Judge by these content folders.")
@click.option("--baseline", metavar="ID", help="Judge by this baseline.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def evaluate(run: str, content: Path | None, baseline: str | None, form: str) -> int:
    """Judge the stored evidence of RUN again. Contacts nothing and stores nothing.

    RUN is a run's id, the start of one, or `latest`. Without --content and --baseline the content that the run was
    judged by is used, and every verdict must come out byte for byte the same; exit status 1 where it does not.
    """
    store = open_store()
    try:
        run_id = store.find(run)
        own = content is None
        used = nullcontext(read_bundle(find_content(content))) if content else stored_content(store, run_id)
        with used as catalog:
            again = evaluate_again(store, run_id, catalog, other_rules=not own, baseline=baseline)
            click.echo(render(again.run, catalog, again.site, None, form).decode(), nl=form == "text")
    finally:
        store.close()
    if not own or baseline is not None:
        return SAME
    click.echo(_compared(again), err=True)
    return SAME if again.same else DIFFERENT


def _compared(again: Again) -> str:
    digest = again.run.digests.verdicts
    if again.same:
        return f"The same verdicts to the byte: {digest}"
    return f"DIFFERENT verdicts than were stored; now {digest}. Was the run judged by another pepperbird?"
