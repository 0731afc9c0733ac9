"""What people signed and a scan meets for the first time is entered into the ledger, before the register is judged by.

Content that the site wants signed and that is not is refused before anybody is contacted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pepperbird.errors import SiteError, TrustError
from pepperbird.inventory.signed import read_signature
from pepperbird.model.agreed import PlanStanding
from pepperbird.model.catalog import Catalog
from pepperbird.model.declared import RegisterStanding
from pepperbird.model.site import Site
from pepperbird.scan.declared import declared
from pepperbird.scan.declared_content import require_signed, signed_content
from pepperbird.scan.declared_plans import PLAN
from pepperbird.scan.declared_registers import REGISTER
from pepperbird.scan.holding import Signable, check
from pepperbird.scan.sealing import Sealing
from pepperbird.store.runs import Store
from pepperbird.store.signed import About
from pepperbird.trust.envelope import Envelope, envelope_of
from pepperbird.trust.statement import Kind


def declare(store: Store, catalog: Catalog, site: Site, at: str, sealing: Sealing) -> Site:
    """`site` as a run judges by it, with whatever is signed and new recorded."""
    content = signed_content(site, catalog, store.signed.all(), store.ledger.ring(), at)
    if content.fresh is not None:
        store.signed.add(content.fresh, About(Kind.CONTENT, "", "content"), at, sealing.put)
    registers = tuple(RegisterStanding(agency=a, why=w) for a, w in _seen_first(store, site, REGISTER, at, sealing))
    plans = tuple(PlanStanding(agency=a, why=w) for a, w in _seen_first(store, site, PLAN, at, sealing))
    site = site.model_copy(update={"content": content.standing, "registers": registers, "plans": plans})
    return declared(site, store.signed.all(), store.ledger.ring(), at)


def unrecorded(store: Store, site: Site, what: Signable[Any], agency: str, at: str) -> tuple[Envelope | None, str]:
    """The signature in the site that counts and is not recorded yet, else why the one that lies there does not count.

    Neither where there is none, or it was recorded before: then the records decide.
    """
    try:
        data = read_signature(Path(site.root), agency, what.folder) if site.root else None
        if data is None or data in {one.data for one in store.signed.all(what.kind, agency)}:
            return None, ""
        envelope = envelope_of(data)
        check(what, envelope, agency, store.signed.all(), store.ledger.ring(), at)
    except (TrustError, SiteError) as error:
        return None, str(error)
    return envelope, ""


def _seen_first(store: Store, site: Site, what: Signable[Any], at: str, sealing: Sealing) -> Iterator[tuple[str, str]]:
    """Record what is signed beside agencies' files; gives each agency with why its signature does not count, or ''."""
    for agency in site.agencies:
        envelope, why = unrecorded(store, site, what, agency.id, at)
        if envelope is not None:
            store.signed.add(envelope, About(what.kind, agency.id, f"{what.folder}/{agency.id}"), at, sealing.put)
        yield agency.id, why


def refuse_unsigned(path: Path, catalog: Catalog, site: Site, at: str) -> None:
    """Raises UsageError where the site wants its content signed, and this is not."""
    if not site.file.defaults.require_signed_content:
        return
    store = Store(path)
    try:
        require_signed(signed_content(site, catalog, store.signed.all(), store.ledger.ring(), at).standing)
    finally:
        store.close()
