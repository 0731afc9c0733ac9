"""How far each agency's register is signed, from the records of people: what changed since, what was taken out of
service, and which declarations of absence stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pepperbird.errors import TrustError
from pepperbird.model.declared import DeclaredAbsence, Decommission, RegisterStanding
from pepperbird.model.site import Agency, Site
from pepperbird.scan.holding import Holding, Signable, newest
from pepperbird.store.signed import SignedRecord
from pepperbird.trust.canonical import canonical, sha256
from pepperbird.trust.days import day_of, days_after, end_of, later, plus_days
from pepperbird.trust.keyring import KeyRing
from pepperbird.trust.persons import same_person
from pepperbird.trust.register import (
    ReviewedAbsence,
    SignedRegister,
    absence_of,
    changes,
    decommissioned_of,
    form_of,
    register_of,
)
from pepperbird.trust.statement import Kind

TAIL_DAYS = 30
ABSENCE_DAYS = 90


def registers(site: Site, records: Sequence[SignedRecord], ring: KeyRing) -> tuple[RegisterStanding, ...]:
    """One standing an agency. `site.registers` may hold why the signature that lies in the site does not count."""
    by_agency: dict[str, list[SignedRecord]] = {}
    for record in records:
        by_agency.setdefault(record.agency, []).append(record)
    return tuple(_standing(site, agency, by_agency.get(agency.id, []), ring) for agency in site.agencies)


def decommissions(site: Site, records: Sequence[SignedRecord], ring: KeyRing) -> tuple[Decommission, ...]:
    """What the officers took out of service, by records that hold."""
    return tuple(_decommissions(site, records, ring))


def signed_by_officer(ring: KeyRing, key: str, agency: str) -> str:
    """The holder of a key that is the agency's own. Raises TrustError for every other key."""
    if not key or ring.newest is None:
        raise TrustError("it is not signed by a key")
    entry = ring.newest.keys.find(key)
    if entry.agency != agency:
        raise TrustError(f"the key {entry.name} ({key[:16]}) is not one of {agency} alone, so it is not its officer's")
    return entry.holder


def _officer(ring: KeyRing, key: str, agency: str, _: str) -> str:
    return signed_by_officer(ring, key, agency)


REGISTER: Final = Signable(Kind.INVENTORY, "register", "agencies", register_of, _officer)


def newest_of(records: Sequence[SignedRecord], ring: KeyRing, agency: str) -> list[Holding[SignedRegister]]:
    """The register of an agency that was recorded last of those that hold; before it the last that was another one."""
    return newest(REGISTER, records, ring, agency)


def _standing(site: Site, agency: Agency, records: Sequence[SignedRecord], ring: KeyRing) -> RegisterStanding:
    why = site.register(agency.id).why
    held = newest_of(records, ring, agency.id)
    if not held:
        return RegisterStanding(agency=agency.id, state="void" if why else "unsigned", why=why)
    last, form = held[-1], form_of(agency)
    same = last.said.digest == sha256(canonical(form))
    against = last if not same else held[-2] if len(held) > 1 else None
    return RegisterStanding(
        agency=agency.id,
        state="signed" if same else "changed",
        by=last.by,
        at=last.said.at,
        key=last.key,
        why=why,
        compared_with=against.said.at if against else "",
        changes=changes(against.said.form, form) if against else (),
        absences=tuple(_absences(site, agency, last, records, ring)),
    )


def _absences(
    site: Site, agency: Agency, signed: Holding[SignedRegister], records: Sequence[SignedRecord], ring: KeyRing
) -> Iterator[DeclaredAbsence]:
    """Declarations that stand in the signed register as they do now, and that another person reviewed."""
    rows: list[Any] = list(signed.said.form.get("absences", ()))
    zone = site.file.time_zone
    for one in agency.absences:
        declared = one.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        if declared not in rows:
            continue
        for record in records:
            review = _review(record, agency.id, signed, ring)
            if review is not None and review.declared == declared:
                last = min(one.until, plus_days(day_of(record.at, zone), ABSENCE_DAYS))
                yield DeclaredAbsence(kind=one.kind, reason=one.reason, ends=end_of(last, zone), reviewed_by=review.by)


def _review(
    record: SignedRecord, agency: str, signed: Holding[SignedRegister], ring: KeyRing
) -> ReviewedAbsence | None:
    """A review that holds, of another person than the officer; else None."""
    if record.kind is not Kind.ABSENCE or record.agency != agency or ring.newest is None:
        return None
    try:
        key = record.signer(ring)
        review = absence_of(record.envelope.statement)
        keys = ring.newest.keys
        officer, reviewer = keys.find(signed.key).holder, keys.find(key).holder
    except TrustError:
        return None
    other = key != signed.key and not same_person(officer, reviewer) and same_person(reviewer, review.by)
    return review if other and review.agency == agency else None


def _decommissions(site: Site, records: Sequence[SignedRecord], ring: KeyRing) -> Iterator[Decommission]:
    for record in records:
        if record.kind is not Kind.DECOMMISSION:
            continue
        try:
            said = decommissioned_of(record.envelope.statement)
            holder = signed_by_officer(ring, record.signer(ring), record.agency)
            known_until = later(end_of(said.on, site.file.time_zone), record.at)
        except TrustError:
            continue
        if said.agency == record.agency and same_person(holder, said.by):
            yield Decommission(
                agency=said.agency, asset=said.asset, kind=said.kind, on=said.on, reason=said.reason,
                sanitisation=said.sanitisation, by=said.by, known_until=known_until,
                tail_ends=days_after(known_until, TAIL_DAYS),
            )  # fmt: skip
