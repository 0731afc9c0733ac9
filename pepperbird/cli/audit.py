"""`pepperbird audit`: what an auditor takes away: a run as one file to verify elsewhere, and working papers."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from pepperbird.cli.common import STORE, state_directory, words, write_atomically
from pepperbird.cli.opening import master_key
from pepperbird.errors import UsageError
from pepperbird.model.state import State
from pepperbird.report.as_xlsx import as_xlsx
from pepperbird.scan.again import stored_content
from pepperbird.scan.pack import members
from pepperbird.scan.papers import Drawn, working_papers
from pepperbird.scan.sample import draw, population
from pepperbird.store.runs import Store
from pepperbird.trust.onefile import write_members


@click.group()
def audit() -> None:
    """Pack a run for an auditor, and draw a sample of its verdicts as working papers."""


@audit.command()
@click.argument("run", default="latest")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="The pack.  [default: RUN.pack.tar]")
def pack(run: str, output: Path | None) -> int:
    """Write RUN (an id, the start of one, or `latest`) as one file with everything that verifying it needs.

    What machines said stands in it in clear: give it to the auditor and to nobody else. `pepperbird verify FILE`
    verifies it on any machine that has pepperbird, without a store, a site or a network.
    """
    store = open_store()
    try:
        run_id = store.find(run)
        path = output or Path(f"{run_id}.pack.tar")
        count = _write(path, store, run_id)
    finally:
        store.close()
    click.echo(f"Pack: {path} ({count} members). Verify it with: pepperbird verify {path}")
    return 0


@audit.command()
@click.argument("run", default="latest")
@click.option("--seed", required=True, metavar="TEXT", help="The auditor's own; the same seed draws the same sample.")
@click.option("--n", type=int, default=25, show_default=True, help="How many verdicts.")
@click.option("--agency", metavar="ID", help="Of this agency only.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice([str(one) for one in State]), help="In these states."
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="The workbook.  [default: RUN.sample.xlsx]"
)
def sample(run: str, seed: str, n: int, agency: str | None, states: tuple[str, ...], output: Path | None) -> int:
    """Draw a sample of the verdicts of RUN and write working papers (XLSX).

    For each verdict: the exact command that was run, what was said, how it was judged, and blank columns for the
    auditor. What machines said stands in it in clear.
    """
    store = open_store()
    try:
        run_id = store.find(run)
        with stored_content(store, run_id) as catalog:
            loaded = store.load(run_id)
            some = population(loaded.verdicts, agency=agency, states=[State(one) for one in states])
            which = ", ".join([agency or "all agencies", *(states or ["in any state"])])
            drawn = Drawn(draw(some, seed, n), seed, len(some), which)
            data = as_xlsx(working_papers(loaded, catalog, drawn), loaded.ended)
    finally:
        store.close()
    path = output or Path(f"{run_id}.sample.xlsx")
    write_atomically(path, data)
    path.chmod(0o600)
    click.echo(f"Working papers: {path} ({len(drawn.verdicts)} of {len(some)} verdicts)")
    return 0


def open_store() -> Store:
    """The store of this machine. Raises UsageError where there is none."""
    path = state_directory() / STORE
    if not path.exists():
        raise UsageError(f"{path}: no store; `pepperbird scan` makes one")
    return Store(path, master_key())


def _write(path: Path, store: Store, run_id: str) -> int:
    """Write the pack whole or not at all, for this account alone."""
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            count = write_members(file, members(store, run_id))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {words(error)}") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return count
