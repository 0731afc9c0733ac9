"""The register as a run judges by it: what the site's files declare, and what people recorded in the store.

The run keeps the result as its snapshot, so that judging it again needs neither the site nor the records.
"""

from __future__ import annotations

from collections.abc import Sequence

from pepperbird.model.site import Site
from pepperbird.scan.declared_attestations import attested
from pepperbird.scan.declared_plans import plans
from pepperbird.scan.declared_registers import decommissions, registers
from pepperbird.scan.declared_waivers import waivers
from pepperbird.store.signed import SignedRecord
from pepperbird.trust.keyring import KeyRing


def declared(site: Site, records: Sequence[SignedRecord], ring: KeyRing, at: str) -> Site:
    """`site` with all that records of its agencies give at `at`."""
    known = {one.id for one in site.agencies}
    mine = [one for one in records if one.agency in known]
    more = {
        "attested": attested(site, mine, ring, at),
        "waivers": waivers(site, mine, ring, at),
        "registers": registers(site, mine, ring),
        "plans": plans(site, mine, ring),
        "decommissions": decommissions(site, mine, ring),
    }
    return site.model_copy(update=more)
