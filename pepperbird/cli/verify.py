"""`pepperbird verify`: hold what is stored against its signatures, the ledger, and the judging of it again."""

from __future__ import annotations

from pathlib import Path

import click

from pepperbird.cli.common import STORE, state_directory
from pepperbird.cli.opening import open_store
from pepperbird.errors import TrustError, UsageError
from pepperbird.model.text import clean
from pepperbird.scan.source import StoreSource
from pepperbird.scan.verify import Verified
from pepperbird.scan.verify import verify as verify_store
from pepperbird.scan.verify_pack import verify_pack
from pepperbird.trust.keys import KEY_ID
from pepperbird.trust.ledger import Checkpoint, checkpoint_of

HOLDS, DOES_NOT, UNREAD = 0, 1, 3


@click.command()
@click.argument("run", required=False, metavar="[RUN|PACK]")
@click.option("--all", "whole", is_flag=True, help="Every run of the store; the same as naming none.")
@click.option("--checkpoint", "checkpoints", multiple=True, metavar="N:sha256:HASH", help="As a report prints it.")
@click.option("--root", metavar="KEY-ID", help="The root key that you trust, from paper.")
@click.option("--no-judging", is_flag=True, help="Leave out judging the evidence again, which takes longest.")
@click.option(
    "--extract", type=click.Path(path_type=Path, file_okay=False), help="Write RUN's records for other tools."
)
def verify(
    run: str | None, whole: bool, checkpoints: tuple[str, ...], root: str | None, no_judging: bool, extract: Path | None
) -> int:
    """Verify RUN, or the whole store: signatures, ledger, digests, and judging the evidence again to the same bytes.

    PACK is a file that `pepperbird audit pack` wrote; it needs no store, no site and no network.

    Contacts nothing and changes nothing. Everything that does not match is named; exit status 1 where anything does
    not, 3 where some of it is sealed under a key that is not here. --checkpoint holds the ledger against what earlier
    reports printed: that shows a tail that was cut.
    """
    if run is not None and whole:
        raise UsageError("name a run or --all, not both")
    if extract is not None and run is None:
        raise UsageError("name the run whose records --extract writes")
    if root is not None and not KEY_ID.fullmatch(root):
        raise UsageError("--root is a key id: 64 hexadecimal digits, as `pepperbird keys list` prints them")
    kept = [_checkpoint(one) for one in checkpoints]
    if run is not None and Path(run).is_file():
        if extract is not None:
            raise UsageError("a pack is unpacked with tar; --extract is for a run of the store")
        found = verify_pack(Path(run), checkpoints=kept, root=root, judge=not no_judging)
    else:
        found = _stored(run, extract, kept, root, judge=not no_judging)
    _show(found, judged=not no_judging)
    return DOES_NOT if found.faults else UNREAD if found.unread else HOLDS


def _stored(
    run: str | None, extract: Path | None, kept: list[Checkpoint], root: str | None, *, judge: bool
) -> Verified:  # fmt: skip
    path = state_directory() / STORE
    if not path.exists():
        raise UsageError(f"{path}: no store, so nothing to verify")
    store = open_store()
    try:
        runs = None if run is None else [store.find(run)]
        found = verify_store(StoreSource(store), runs, checkpoints=kept, root=root, judge=judge)
        if extract is not None and runs is not None:
            from pepperbird.cli.extract import write_records

            click.echo(f"Records: {write_records(store, runs[0], extract)} files in {extract}")
    finally:
        store.close()
    return found


def _checkpoint(text: str) -> Checkpoint:
    try:
        return checkpoint_of(text)
    except TrustError as error:
        raise UsageError(str(error)) from None


def _show(found: Verified, *, judged: bool) -> None:
    book = found.book
    for run_id, key in found.signed.items():
        click.echo(f"run {run_id}: {f'signed by {key}' if key else 'unsigned'}")
    if book.head is not None:
        by = f"signed by {book.name(book.head_key)}" if book.head_key else "unsigned"
        click.echo(f"ledger: {book.head.count} entries, checkpoint {book.head} ({by})")
    for one in found.unread:
        click.echo(f"cannot be read: {clean(one, 1000)}", err=True)
    for note in found.notes:
        click.echo(f"to explain: {clean(note, 1000)}")
    for fault in found.faults:
        click.echo(f"DOES NOT MATCH: {clean(fault, 1000)}", err=True)
    again = ", judged again to the same bytes" if judged else ""
    if found.faults:
        click.echo(f"{len(found.faults)} things do not match", err=True)
    else:
        what = "What can be read" if found.unread else "All of it"
        click.echo(f"{what} matches: {len(found.signed)} runs with {found.evidence} pieces of evidence{again}.")
