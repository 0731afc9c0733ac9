"""`pepperbird diff`: what changed between two full runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import click

from pepperbird.cli.opening import open_store
from pepperbird.errors import UsageError


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN RUN]")
@click.option(
    "--since-last-report",
    "reported",
    is_flag=True,
    help="Compare with the run of the last report that was delivered to the agency, else with the full run before.",
)
@click.option("--agency", metavar="ID", help="This agency only.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diff(runs: tuple[str, ...], reported: bool, agency: str | None, form: str) -> int:
    """Show what got better, what fell and why, what is new and what is gone between two full runs.

    RUN is a run's id, the start of one, or `latest`; the earlier one is compared with the later. Without any, each
    agency's last two full runs are compared; it is said which runs these are. Contacts nothing and stores nothing.
    """
    from pepperbird.report.diff_json import render_diff_json
    from pepperbird.report.diff_text import render_diff_text
    from pepperbird.scan.past import Wanted, both_of, changes, last_two
    from pepperbird.scan.reported import since_last_report
    from pepperbird.score.since import Against, Since

    if reported and runs:
        raise UsageError("--since-last-report finds the runs itself; name none")
    if len(runs) not in (0, 2):
        raise UsageError("name two runs, or none for the last two full runs of each agency")
    store = open_store()
    try:
        since: Sequence[Since]
        wanted: Sequence[Wanted]
        if reported:
            wanted, since = zip(*since_last_report(store, agency), strict=True)
        elif runs:
            wanted = both_of(store, (runs[0], runs[1]), agency)
            since = [Since()] * len(wanted)
        else:
            wanted = last_two(store, agency)
            since = [Since(Against.BEFORE)] * len(wanted)
        found = [replace(one, since=why) for one, why in zip(changes(store, list(wanted)), since, strict=True)]
    finally:
        store.close()
    sys.stdout.buffer.write(render_diff_json(found) if form == "json" else render_diff_text(found))
    sys.stdout.buffer.flush()
    return 0
