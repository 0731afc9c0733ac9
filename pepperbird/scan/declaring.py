"""What people signed and a scan meets for the first time is entered into the ledger, before the register is judged by.

Content that the site wants signed and that is not is refused before anybody is contacted.
"""

from __future__ import annotations

from pathlib import Path

from pepperbird.errors import SiteError, TrustError
from pepperbird.inventory.signed import read_signature
from pepperbird.model.catalog import Catalog
from pepperbird.model.declared import RegisterStanding
from pepperbird.model.site import Site
from pepperbird.scan.declared import declared
from pepperbird.scan.declared_content import require_signed, signed_content
from pepperbird.scan.declared_registers import check_register
from pepperbird.scan.sealing import Sealing
from pepperbird.store.runs import Store
from pepperbird.store.signed import About
from pepperbird.trust.envelope import envelope_of
from pepperbird.trust.statement import Kind


def declare(store: Store, catalog: Catalog, site: Site, at: str, sealing: Sealing) -> Site:
    """`site` as a run judges by it, with whatever is signed and new recorded."""
    content = signed_content(site, catalog, store.signed.all(), store.ledger.ring(), at)
    if content.fresh is not None:
        store.signed.add(content.fresh, About(Kind.CONTENT, "", "content"), at, sealing.put)
    faults = tuple(_seen_first(store, site, agency.id, at, sealing) for agency in site.agencies)
    site = site.model_copy(update={"content": content.standing, "registers": faults})
    return declared(site, store.signed.all(), store.ledger.ring(), at)


def _seen_first(store: Store, site: Site, agency: str, at: str, sealing: Sealing) -> RegisterStanding:
    """Record the signature that lies beside an agency's file; gives why it does not count, where it does not."""
    why = ""
    try:
        data = read_signature(Path(site.root), agency) if site.root else None
        if data is not None and data not in {one.data for one in store.signed.all(Kind.INVENTORY, agency)}:
            envelope = envelope_of(data)
            check_register(envelope, agency, store.signed.all(), store.ledger.ring(), at)
            store.signed.add(envelope, About(Kind.INVENTORY, agency, f"agencies/{agency}"), at, sealing.put)
    except (TrustError, SiteError) as error:
        why = str(error)
    return RegisterStanding(agency=agency, why=why)


def refuse_unsigned(path: Path, catalog: Catalog, site: Site, at: str) -> None:
    """Raises UsageError where the site wants its content signed, and this is not."""
    if not site.file.defaults.require_signed_content:
        return
    store = Store(path)
    try:
        require_signed(signed_content(site, catalog, store.signed.all(), store.ledger.ring(), at).standing)
    finally:
        store.close()
