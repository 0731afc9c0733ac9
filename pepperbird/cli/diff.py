"""`pepperbird diff`: what changed between two full runs."""

from __future__ import annotations

import sys

import click

from pepperbird.cli.opening import open_store
from pepperbird.errors import UsageError


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN RUN]")
@click.option("--agency", metavar="ID", help="This agency only.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diff(runs: tuple[str, ...], agency: str | None, form: str) -> int:
    """Show what got better, what fell and why, what is new and what is gone between two full runs.

    RUN is a run's id, the start of one, or `latest`; the earlier one is compared with the later. Without any, each
    agency's last two full runs are compared. Contacts nothing and stores nothing.
    """
    from pepperbird.report.diff_json import render_diff_json
    from pepperbird.report.diff_text import render_diff_text
    from pepperbird.scan.past import both_of, changes, last_two

    if len(runs) not in (0, 2):
        raise UsageError("name two runs, or none for the last two full runs of each agency")
    store = open_store()
    try:
        wanted = both_of(store, (runs[0], runs[1]), agency) if runs else last_two(store, agency)
        found = changes(store, wanted)
    finally:
        store.close()
    sys.stdout.buffer.write(render_diff_json(found) if form == "json" else render_diff_text(found))
    sys.stdout.buffer.flush()
    return 0
