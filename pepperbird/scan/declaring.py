"""What people signed and a scan meets for the first time is entered into the ledger, before the register is judged by.

Content that the site wants signed and that is not is refused before anybody is contacted.
"""

from __future__ import annotations

from pathlib import Path

from pepperbird.model.catalog import Catalog
from pepperbird.model.site import Site
from pepperbird.scan.declared import declared
from pepperbird.scan.declared_content import require_signed, signed_content
from pepperbird.scan.sealing import Sealing
from pepperbird.store.runs import Store
from pepperbird.store.signed import About
from pepperbird.trust.statement import Kind


def declare(store: Store, catalog: Catalog, site: Site, at: str, sealing: Sealing) -> Site:
    """`site` as a run judges by it, with whatever is signed and new recorded."""
    content = signed_content(site, catalog, store.signed.all(), store.ledger.ring(), at)
    if content.fresh is not None:
        store.signed.add(content.fresh, About(Kind.CONTENT, "", "content"), at, sealing.put)
    site = site.model_copy(update={"content": content.standing})
    return declared(site, store.signed.all(), store.ledger.ring(), at)


def refuse_unsigned(path: Path, catalog: Catalog, site: Site, at: str) -> None:
    """Raises UsageError where the site wants its content signed, and this is not."""
    if not site.file.defaults.require_signed_content:
        return
    store = Store(path)
    try:
        require_signed(signed_content(site, catalog, store.signed.all(), store.ledger.ring(), at).standing)
    finally:
        store.close()
