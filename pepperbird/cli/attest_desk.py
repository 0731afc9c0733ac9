"""What the attest commands share: the site with its content and records, keys, and entering a record."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pepperbird.cli.common import state_directory, write_atomically
from pepperbird.cli.signing import open_key
from pepperbird.cli.waiver_request import read_content
from pepperbird.errors import TrustError, UsageError
from pepperbird.inventory.read import read_site
from pepperbird.model.site import Agency
from pepperbird.model.text import clean
from pepperbird.plan.papers import Asked, asked_of
from pepperbird.scan.declared_attestations import FOLDER
from pepperbird.scan.drafts import file_digest
from pepperbird.trust.attestation import Attestation
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import Envelope, envelope_of
from pepperbird.trust.keyfile import read_key
from pepperbird.trust.keys import PrivateKey, Purpose
from pepperbird.trust.statement import Kind

if TYPE_CHECKING:
    from pepperbird.model.catalog import Catalog
    from pepperbird.model.site import Site
    from pepperbird.store.runs import Store
    from pepperbird.store.signed import SignedRecord

MAX_RECORD = 4 * 1024 * 1024
SHOWN = 12
"""How many digits of a record's id a list shows, and at least how many a command needs to find it."""


@dataclass(frozen=True)
class Desk:
    """A site with its content."""

    folder: Path
    site: Site
    catalog: Catalog

    @classmethod
    def at(cls, folder: Path, content: Path | None) -> Desk:
        site = read_site(folder)
        return cls(folder, site, read_content(site, content))

    def agency(self, name: str) -> Agency:
        """Raises UsageError."""
        try:
            return self.site.agency(name)
        except KeyError:
            known = ", ".join(one.id for one in self.site.agencies) or "none yet"
            raise UsageError(f"no agency {clean(name, 60)!r} in the site; it has: {known}") from None

    def asked(self, agency: str, at: str) -> tuple[Asked, ...]:
        """Raises UsageError."""
        return asked_of(self.catalog, self.site, self.agency(agency).id, at)[1]


def personal_key(
    folder: Path | None, name: str, reference: str | None, purpose: Purpose, agency: str, at: str
) -> tuple[PrivateKey, str]:
    """The open key, and its holder by the site's key list ('' away from the site). Raises UsageError."""
    if folder is not None:
        signing = open_key(folder, name, reference, purpose, agency, at)
        return signing.key, signing.entry.holder
    from pepperbird.cli.passphrase import passphrase

    path = Path(name).expanduser()
    if not path.exists():
        path = state_directory() / "keys" / f"{name}.pem"
    return read_key(path, passphrase(reference, f"the key {path}", None)), ""


def read_record(path: Path) -> Envelope:
    """The record in a file. Raises UsageError and TrustError, naming the file."""
    try:
        with path.open("rb") as file:
            return envelope_of(file.read(MAX_RECORD))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except TrustError as error:
        raise TrustError(f"{path}: {error}") from error


def about(said: Attestation) -> str:
    """The subject of an attestation's record."""
    return " ".join(f"{one.clause}" + (f"@{one.asset}" if one.asset else "") for one in said.answers)


def enter(store: Store, envelope: Envelope, agency: str, subject: str, at: str) -> int:
    """Record an envelope; gives the number of its entry. Raises TrustError where it may not be."""
    from pepperbird.store.signed import About

    return store.signed.add(envelope, About(envelope.statement.kind, agency, subject), at).number


def put_document(folder: Path, agency: str, document: Path, digest: str) -> Path:
    """Copy a document into the site. Raises UsageError where another one of that name is there."""
    target = folder / FOLDER / agency / document.name
    if target.exists() and target.samefile(document):
        return target
    if target.exists() and file_digest(target)[0] != digest:
        raise UsageError(f"{target}: another document of this name is there; rename yours, and make its draft anew")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        try:
            shutil.copyfile(document, target)
        except OSError as error:
            raise UsageError(f"{target}: cannot be written: {error.strerror}") from error
    return target


def find_record(store: Store, name: str) -> SignedRecord:
    """The attestation of that id, or whose id begins so. Raises UsageError."""
    wanted = name.removeprefix("sha256:")
    found = [one for one in store.signed.all(Kind.ATTESTATION) if one.digest.removeprefix("sha256:").startswith(wanted)]
    if len(wanted) < 6 or not found:
        raise UsageError(f"no record {clean(name, 80)!r}; `pepperbird attest list --all` shows them")
    if len(found) > 1:
        raise UsageError(f"several records begin with {clean(name, 80)!r}; give more of the id")
    return found[0]


def record_file(folder: Path, envelope: Envelope, subject: str) -> Path:
    """Write a record into `folder`, named by its kind, what it is about and its id."""
    kind = envelope.statement.kind
    digest = sha256(envelope.payload).removeprefix("sha256:")[:SHOWN]
    path = folder / f"{subject.split(maxsplit=1)[0]}-{digest}.{kind}.json"
    write_atomically(path, envelope.to_bytes())
    return path


def left_over(root: Path, document: Path, said: Attestation) -> str:
    """A note on sections that still hold the example of the form; '' where there are none."""
    from pepperbird.bundle.templates import read_templates
    from pepperbird.report.papers_left import examples_left

    templates = read_templates(root)
    mine = [templates[one.clause] for one in said.answers if one.clause in templates]
    left = [name for template in mine for name in examples_left(document, template)]
    return f"Note: {document.name} still holds the form's example in: {', '.join(dict.fromkeys(left))}." if left else ""
