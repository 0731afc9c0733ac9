"""Asking for a delay: checked as far as this machine can, signed or witnessed, and recorded or written to a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pepperbird.cli.common import write_atomically
from pepperbird.cli.signing import open_key, open_store
from pepperbird.errors import UsageError
from pepperbird.model.site import Site
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import Envelope, seal
from pepperbird.trust.keys import Purpose
from pepperbird.trust.persons import Witnessed
from pepperbird.trust.waiver import Request, waiver_id

if TYPE_CHECKING:
    from pepperbird.model.catalog import Catalog
    from pepperbird.store.runs import Store


@dataclass(frozen=True)
class Asked:
    """Where and when a delay is asked for."""

    folder: Path
    site: Site
    content: Path | None
    at: str


def ask(asked: Asked, control: str, asset: str, output: Path | None, **call: Any) -> str:
    """Ask; gives what to say. Raises UsageError for what could never be approved."""
    agency = call["agency"]
    if agency not in {one.id for one in asked.site.agencies}:
        raise UsageError(f"no agency {agency!r} in the site")
    signing = None
    if call["key"] is not None:
        signing = open_key(asked.folder, call["key"], call["passphrase"], Purpose.INVENTORY, agency, asked.at)
    by = call["by"] or (signing.entry.holder if signing else "")
    seen = None if signing else witnessed(call["witness"], call["seen_on"], call["paper"])
    if not by:
        raise UsageError("say who asks with --by, or sign with --key")
    try:
        request = Request(
            agency=agency, control=control, asset=asset, subject=call["subject"], reason=call["reason"],
            measure=call["measure"], until=call["until"], budget=call["budget"], by=by, at=asked.at, witnessed=seen,
        )  # fmt: skip
    except ValueError as error:
        raise UsageError(f"{control} on {asset}: write a control as DS-03, and say why and what is done") from error
    envelope = seal(request.statement(), *((signing.key,) if signing else ()))
    name = waiver_id(sha256(envelope.payload))
    with open_store(asked.folder, asked.at) as store:
        check(store, asked, request, on_paper_only=output is not None)
        if output is None:
            record(store, envelope, request, asked.at)
    if output is not None:
        write_atomically(output, envelope.to_bytes())
        return f"Wrote the request {name} to {output}; the programme office takes it with `pepperbird waiver import`."
    return f"Asked for {name}: {control} on {asset} until {request.until}. The programme office approves or refuses it."


def check(store: Store, asked: Asked, request: Request, *, on_paper_only: bool) -> None:
    """Raises UsageError for a request that could never be approved."""
    from pepperbird.scan.waiving import cases_in, check_terms, failing
    from pepperbird.trust.days import day_of

    catalog = read_content(asked.site, asked.content)
    if request.control not in catalog.controls:
        raise UsageError(f"the content has no control {request.control}")
    standing = None
    if not on_paper_only:
        standing = failing(store, request)
    today = day_of(asked.at, asked.site.file.time_zone)
    check_terms(asked.site, catalog, request, today, request.until, cases_in(store, asked.site), standing)


def read_content(site: Site, content: Path | None) -> Catalog:
    """The content with the site's overlays."""
    from pepperbird.bundle.find import find_content
    from pepperbird.bundle.read import read_bundle
    from pepperbird.inventory.read import overlays

    return read_bundle(find_content(content), overlays(Path(site.root)))


def record(store: Store, envelope: Envelope, request: Request, at: str) -> None:
    """Enter a request into the store and its ledger."""
    from pepperbird.store.signed import About
    from pepperbird.trust.statement import Kind

    name = f"{request.control}/{request.asset}"
    store.signed.add(envelope, About(Kind.REQUEST, request.agency, name), at)


def witnessed(witness: str | None, on: str | None, paper: Path | None) -> Witnessed:
    """Who saw the request on paper. Raises UsageError where something of it is missing."""
    if witness is None or on is None or paper is None:
        raise UsageError("sign with --key, or say who saw it on paper: --by, --witness, --on and --paper")
    try:
        digest = hashlib.sha256(paper.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(f"{paper}: cannot be read: {error.strerror}") from error
    return Witnessed(by=witness, on=on, paper_sha256=digest)
