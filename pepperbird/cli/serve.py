"""`pepperbird serve`: schedules, scans and health in one process, for years."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory
from pepperbird.cli.serving import office_of

PATIENCE = click.option(
    "--patience", type=click.IntRange(1, 86400), default=300, show_default=True, metavar="SECONDS",
    help="How long to wait before what could not be reached is tried again; twice as long each time, up to 30 minutes.",
)  # fmt: skip


@click.command()
@SITE
@click.option("--listen", default="127.0.0.1:9380", show_default=True, metavar="ADDRESS:PORT",
              help="Where /healthz and /metrics are, on this computer.")  # fmt: skip
@PATIENCE
@click.option("--lease", type=click.IntRange(1, 3600), default=30, show_default=True, metavar="SECONDS",
              help="After so long without a sign of life another process may take over.")  # fmt: skip
def serve(site: Path | None, listen: str, patience: int, lease: int) -> int:
    """Carry out the schedules of a site, and the scans that people ask for, until it is told to stop.

    One process does so on a store: a second one says who it is, and ends with status 2. What was begun goes on after
    whatever happened. The log is lines of JSON on standard error. SIGTERM and Ctrl-C stop it; nothing is lost.
    """
    from pepperbird.fleet.serve import serve as carry_out

    root = site_directory(site).resolve()
    with office_of(root, patience) as office:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: office.stop.set())
        carry_out(office, root, listen, lease)
    return 0
