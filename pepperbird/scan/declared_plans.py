"""How far each agency's agreed plan is signed, from the records of people: by whom, and what was changed since.

Who moves a deadline accepts a delay, so the programme office signs: somebody who may sign waivers, and who is not the
agency's officer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pepperbird.errors import TrustError
from pepperbird.inventory.plans import FOLDER
from pepperbird.model.agreed import AgreedPlan, PlanStanding
from pepperbird.model.site import Site
from pepperbird.scan.holding import Signable, newest, refusal
from pepperbird.score.plan_changes import plan_changes
from pepperbird.store.signed import SignedRecord
from pepperbird.trust.agreed import digest_of_plan, signed_plan_of
from pepperbird.trust.keyring import KeyRing
from pepperbird.trust.keys import Purpose
from pepperbird.trust.persons import same_person
from pepperbird.trust.statement import PURPOSE, Kind


def signed_by_office(ring: KeyRing, key: str, agency: str, at: str) -> str:
    """The holder of a key that is not the agency's officer at `at`. Raises TrustError for him, and for no key."""
    if not key or ring.newest is None:
        raise TrustError("it is not signed by a key")
    keys = ring.newest.keys
    holder = keys.find(key).holder
    for one in keys.keys:
        officer = one.agency == agency and not one.refusal(Purpose.INVENTORY, at)
        if officer and same_person(one.holder, holder):
            raise TrustError(
                f"{holder} is the officer of {agency}, who signs its register; somebody of the programme office signs "
                "by when it mends what"
            )
    return holder


PLAN: Final = Signable(Kind.PLAN, "plan", FOLDER, signed_plan_of, signed_by_office)


def may_be_signed(ring: KeyRing, agency: str) -> bool:
    """True where the key list has a key for plans of this agency, also one that ended or was revoked since.

    Keys never leave the list, so nobody gets around the signature by letting the last such key run out.
    """
    keys = ring.newest.keys.keys if ring.newest else ()
    return any(PURPOSE[Kind.PLAN] in one.may and one.agency in (None, agency) for one in keys)


def plans(site: Site, records: Sequence[SignedRecord], ring: KeyRing) -> tuple[PlanStanding, ...]:
    """One standing an agency. `site.plans` may hold why the signature that lies in the site does not count."""
    by_agency: dict[str, list[SignedRecord]] = {}
    for record in records:
        by_agency.setdefault(record.agency, []).append(record)
    return tuple(plan_standing(site, one.id, by_agency.get(one.id, []), ring) for one in site.agencies)


def plan_standing(site: Site, agency: str, records: Sequence[SignedRecord], ring: KeyRing) -> PlanStanding:
    """How far the plan of that agency is signed, as it stands in the site; an empty one where it has none."""
    why = site.plan_standing(agency).why or refusal(PLAN, records, ring, agency)
    required = may_be_signed(ring, agency)
    plan = site.plan_of(agency) or AgreedPlan(agency=agency)
    held = newest(PLAN, records, ring, agency)
    if not held:
        return PlanStanding(agency=agency, state="void" if why else "unsigned", why=why, required=required)
    last = held[-1]
    same = last.said.digest == digest_of_plan(plan)
    against = last if not same else held[-2] if len(held) > 1 else None
    return PlanStanding(
        agency=agency,
        state="signed" if same else "changed",
        by=last.by,
        at=last.said.at,
        key=last.key,
        why=why,
        compared_with=against.said.at if against else "",
        changes=plan_changes(against.said.plan, plan) if against else (),
        required=required,
    )
