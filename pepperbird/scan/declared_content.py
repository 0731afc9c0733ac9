"""Who signed the content that judges, whether it is what was signed, and whether it is older than what was in use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pepperbird.errors import TrustError, UsageError
from pepperbird.model.catalog import Catalog
from pepperbird.model.declared import ContentStanding
from pepperbird.model.site import Site
from pepperbird.store.signed import SignedRecord
from pepperbird.trust.canonical import sha256
from pepperbird.trust.content import NAME, Manifest, manifest_of
from pepperbird.trust.days import still_to_come
from pepperbird.trust.envelope import Envelope, envelope_of
from pepperbird.trust.keyring import NEXT, KeyRing
from pepperbird.trust.statement import Kind

MOST = 16 * 1024 * 1024


@dataclass(frozen=True)
class Signed:
    """What stands of the content's signature. `fresh` is its envelope where it holds and is not recorded yet."""

    standing: ContentStanding
    fresh: Envelope | None = None


def signed_content(site: Site, catalog: Catalog, records: Sequence[SignedRecord], ring: KeyRing, at: str) -> Signed:
    """How far the content is signed. `records` are all of the store. Never raises for what a signature says."""
    required = site.file.defaults.require_signed_content
    paths = [path for path in signature_paths(site.root, catalog.root) if path.exists()]
    found = [_signed(path, catalog.digest, records, ring, at, required=required) for path in paths]
    if found:
        return next((one for one in found if one.standing.state == "signed"), found[0])
    before = newest_signed(records, ring)
    why = (
        f"nobody signed it, although content signed on {before.at} was in use before" if before else "nobody signed it"
    )
    return Signed(ContentStanding(required=required, why=why))


def require_signed(standing: ContentStanding) -> None:
    """Raises UsageError where the site asks for signed content and this is not."""
    if standing.required and standing.state != "signed":
        raise UsageError(
            f"the site requires signed content, and this is not: {standing.why}. Nobody was contacted. "
            "See `pepperbird content verify`"
        )


def signature_paths(site: str, content: str) -> tuple[Path, ...]:
    """Where a signature may lie: in the site, else beside the five folders."""
    return tuple(Path(folder) / NAME for folder in (site, content) if folder)


def read_envelope(path: Path) -> Envelope:
    """Raises TrustError where the file cannot be read, or is none."""
    try:
        with path.open("rb") as file:
            return envelope_of(file.read(MOST + 1))
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}") from error
    except TrustError as error:
        raise TrustError(f"{path}: {error}") from error


def newest_signed(records: Sequence[SignedRecord], ring: KeyRing) -> Manifest | None:
    """The manifest that was signed last among the recorded ones that hold."""
    found = list(_recorded(records, ring))
    return max(found, key=lambda one: one.at) if found else None


def check_signature(
    envelope: Envelope, records: Sequence[SignedRecord], ring: KeyRing, at: str
) -> tuple[Manifest, str]:
    """The manifest and the id of its key. Raises TrustError, also for one that is older than a recorded one."""
    manifest = manifest_of(envelope.statement)
    data = envelope.to_bytes()
    record = next((one for one in records if one.kind is Kind.CONTENT and one.data == data), None)
    key = record.signer(ring) if record else ring.signer(envelope, Kind.CONTENT, at, NEXT, "")
    if not key:
        raise TrustError("it is not signed by a key")
    if still_to_come(manifest.at, at):
        raise TrustError(f"it says that it is signed at {manifest.at}, which is still to come")
    newest = newest_signed(records, ring)
    if newest is not None and newest.at > manifest.at:
        raise TrustError(f"it is old: signed on {manifest.at}, and content signed on {newest.at} was used already")
    return manifest, key


def _signed(
    path: Path, found: str, records: Sequence[SignedRecord], ring: KeyRing, at: str, *, required: bool
) -> Signed:
    try:
        envelope = read_envelope(path)
        manifest, key = check_signature(envelope, records, ring, at)
        if manifest.digest != found:
            raise TrustError(f"it was changed since it was signed on {manifest.at}")
    except TrustError as error:
        return Signed(ContentStanding(state="void", why=str(error), required=required))
    by = ring.newest.keys.find(key).holder if ring.newest else ""
    known = {one.digest for one in records}
    standing = ContentStanding(state="signed", by=by, at=manifest.at, key=key, required=required)
    return Signed(standing, None if sha256(envelope.payload) in known else envelope)


def _recorded(records: Sequence[SignedRecord], ring: KeyRing) -> Iterator[Manifest]:
    for record in records:
        if record.kind is Kind.CONTENT:
            try:
                if record.signer(ring):
                    yield manifest_of(record.envelope.statement)
            except TrustError:
                continue
