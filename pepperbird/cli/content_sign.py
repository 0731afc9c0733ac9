"""Signing content, and holding content against its signature: file by file, without judging anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from pepperbird.bundle.files import read_files, sums_of
from pepperbird.cli.common import site_directory, write_atomically
from pepperbird.cli.signing import open_key, open_store
from pepperbird.errors import ContentError, TrustError, UsageError
from pepperbird.model.text import clean
from pepperbird.trust.content import NAME, differences, manifest_statement
from pepperbird.trust.envelope import seal
from pepperbird.trust.keys import Purpose


def sums(root: Path) -> dict[str, str]:
    """The SHA-256 of every file of the five folders. Raises ContentError where one does not belong there."""
    files, issues = read_files(root)
    if issues:
        raise ContentError(issues)
    return sums_of({one.path: one.data for one in files})


def sign(root: Path, site: Path | None, key: str, reference: str | None, output: Path | None, at: str) -> str:
    """Sign the content under `root`; gives what to say."""
    folder = site_directory(site)
    files = sums(root)
    signing = open_key(folder, key, reference, Purpose.CONTENT, None, at)
    if signing.entry.agency is not None:
        raise UsageError(
            f"the key {signing.entry.name} may sign for {signing.entry.agency} only; content is everybody's"
        )
    statement = manifest_statement(files, at)
    path = output or root / NAME
    write_atomically(path, seal(statement, signing.key).to_bytes())
    return f"Signed {len(files)} files, digest {statement.predicate['digest']}, as {signing.entry.holder}: {path}"


def verify(root: Path, site: Path | None, signature: Path | None, at: str) -> int:
    """Say whether the content is what was signed; every file that is not, by name. Exit status 0 or 1."""
    from pepperbird.scan.declared_content import signature_paths

    folder = site_directory(site)
    places = (signature,) if signature else signature_paths(str(folder), str(root))
    path = next((one for one in places if one.exists()), None)
    if path is None:
        click.echo(f"unsigned: no {NAME} in {' or '.join(str(one.parent) for one in places)}", err=True)
        return 1
    faults = list(_faults(root, folder, path, at))
    for fault in faults:
        click.echo(clean(f"DOES NOT MATCH: {fault}", 1000), err=True)
    return 1 if faults else 0


def _faults(root: Path, site: Path, path: Path, at: str) -> Iterator[str]:
    """What does not hold; where all does, it is said who signed."""
    from pepperbird.scan.declared_content import check_signature, read_envelope
    from pepperbird.trust.content import manifest_of

    found = sums(root)
    with open_store(site, at) as store:
        records, ring = store.signed.all(), store.ledger.ring()
    good = True
    try:
        envelope = read_envelope(path)
        for difference in differences(manifest_of(envelope.statement).files, found):
            good = False
            yield difference
        manifest, key = check_signature(envelope, records, ring, at)
    except TrustError as error:
        yield str(error)
        return
    if good and ring.newest is not None:
        holder = ring.newest.keys.find(key).holder
        click.echo(clean(f"signed by {holder} on {manifest.at}: {len(found)} files, digest {manifest.digest}", 1000))
