"""`pepperbird rejudge`: judge the old runs again by the rules of now, and keep that beside what they said then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import STORE, site_directory, state_directory
from pepperbird.cli.opening import open_store
from pepperbird.report.words import count

if TYPE_CHECKING:
    from pepperbird.model.catalog import Catalog
    from pepperbird.scan.rejudge import Beginning, Rejudged
    from pepperbird.store.runs import Store

MISSING = {
    "pruned": "what their machines said was pruned, or is not kept whole",
    "sealed": "what was seen is sealed under a key that is not here",
    "damaged": "what is kept of them is damaged",
}


@click.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Runs from this day on.")
@click.option("--content", type=click.Path(path_type=Path, file_okay=False),
              help="By these content folders; else by what the newest full run was judged by.")  # fmt: skip
@click.option("--baseline", metavar="ID", help="By this baseline; else each run by the ones it names.")
@SITE
def rejudge(since: datetime | None, content: Path | None, baseline: str | None, site: Path | None) -> int:
    """Judge every old full run again by the rules of now, and keep the result as a second series.

    What the runs said then is not touched; `pepperbird trend` and reports show both, each by its name. Of runs whose
    evidence was pruned nothing is made up. Contacts nothing; one entry of the ledger holds the digest of it all.

    Each run is kept as soon as it is judged: broken off, the same command goes on where it was.
    """
    from pepperbird.inventory.read import read_site
    from pepperbird.scan.clock import now
    from pepperbird.scan.pipeline import require_usable
    from pepperbird.scan.rejudge import Tell, Wanted
    from pepperbird.scan.rejudge import rejudge as judge_again

    root, at = site_directory(site), now()
    declared = read_site(root)
    from pepperbird.cli.sealing import read_sealing

    sealing = read_sealing(declared, at)
    store = open_store(root)
    try:
        with _content(store, content) as catalog:
            require_usable(state_directory() / STORE, catalog, declared, at, sealing)
            day = since.date().isoformat() if since else ""
            found = judge_again(store, Wanted(catalog, at, baseline, day), sealing, Tell(_begins, _progress))
    finally:
        store.close()
    for line in _lines(found):
        click.echo(line)
    return 0


@contextmanager
def _content(store: Store, content: Path | None) -> Iterator[Catalog]:
    from pepperbird.bundle.read import read_bundle
    from pepperbird.errors import UsageError
    from pepperbird.scan.again import stored_content

    if content is not None:
        from pepperbird.bundle.find import find_content

        yield read_bundle(find_content(content))
        return
    newest = store.full_runs(newest=1)
    if not newest:
        raise UsageError(f"no full run in {store.path} yet; `pepperbird scan --site DIRECTORY` makes one")
    with stored_content(store, newest[0].id) as catalog:
        yield catalog


def _begins(how: Beginning) -> None:
    if how.before:
        click.echo(f"going on: {how.before} of {count(how.total, 'run')} were judged before", err=True)
    if how.dropped is not None:
        why = "by other rules or days" if how.why == "other" else "but what is kept of it was changed or cannot be read"
        said = f"{how.dropped.done} of {count(len(how.dropped.runs), 'run')}"
        click.echo(
            f"beginning anew: one was begun on {how.dropped.about.at[:10]} {why}, and had not ended; what it had "
            f"({said}) is dropped",
            err=True,
        )


def _progress(done: int, total: int) -> None:
    click.echo(f"Judging run {done + 1} of {total}", err=True)


def _lines(found: Rejudged) -> Iterator[str]:
    one = found.series
    if one is None:
        yield "Every full run that is kept was judged by these rules: there is nothing to judge again."
        return
    rules = f"content {one.content[:19]}, {one.engine}" + (f", baseline {one.baseline}" if one.baseline else "")
    if not found.entry:
        yield f"All that can be judged was judged by these rules on {one.at[:10]} already ({rules})."
        return
    yield f"Judged again: {count(found.runs, 'full run')} by the rules of now ({rules})."
    for why, words in MISSING.items():
        runs = {name for name, reason in one.missing.items() if reason == why}
        if runs:
            yield f"Not judged again: {len(runs)}, as {words}. They stay as they were."
    yield f"Kept beside what they said then (ledger entry {found.entry}); `pepperbird trend` shows both."
