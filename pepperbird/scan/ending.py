"""What ends soon: waivers, documents, leave to probe, declared absences, keys, and kits that did not come back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pepperbird.model.kit import Kit
from pepperbird.model.site import Agency, Site
from pepperbird.report.facts import name
from pepperbird.report.officer_view import Ending
from pepperbird.report.words import kind as kind_words
from pepperbird.trust.days import day_of
from pepperbird.trust.keylist import KeyList

Found = tuple[str, str, str, str]
"""(day, kind, agency, what)"""


def endings(
    site: Site, keys: KeyList | None, kits: Iterable[Kit], days: tuple[str, str], today: str
) -> tuple[Ending, ...]:
    """Everything that ends from the first of `days` to the second, the soonest first."""
    zone = site.file.time_zone
    found = [
        *_waivers(site),
        *_documents(site),
        *(one for agency in site.agencies for one in _declared(agency)),
        *_absences(site, zone),
        *_keys(keys, zone),
        *(
            (day_of(one.expires, zone), "kit", one.agency, f"the kit for {name(one.asset)} did not come back")
            for one in kits
        ),
    ]
    wanted = sorted({one for one in found if days[0] <= one[0] <= days[1]})
    names = {one.id: name(one.name) for one in site.agencies}
    return tuple(Ending(*one, names.get(one[2], name(one[2])), ended=one[0] < today) for one in wanted)


def _waivers(site: Site) -> Iterator[Found]:
    for one in site.waivers:
        if not one.void:
            yield one.until, "waiver", one.agency, f"the delay of {one.control} on {name(one.asset)}"


def _documents(site: Site) -> Iterator[Found]:
    for one in site.attested:
        if not one.refusal:
            of = f" of {name(one.asset)}" if one.asset else ""
            yield one.valid_until, "document", one.agency, f"{one.clause}{of}, signed by {name(one.signer)}"


def _declared(agency: Agency) -> Iterator[Found]:
    for leave in agency.authorisations:
        yield leave.until, "authorisation", agency.id, f"leave for {name(leave.probe)}, given by {name(leave.by)}"
    for absence in agency.absences:
        yield absence.until, "absence", agency.id, f"the declaration that there is no {kind_words(absence.kind)}"


def _absences(site: Site, zone: str) -> Iterator[Found]:
    """Those that were signed; one that the register declares too is told once where both end on one day."""
    for standing in site.registers:
        for one in standing.absences:
            yield (
                day_of(one.ends, zone),
                "absence",
                standing.agency,
                f"the declaration that there is no {kind_words(one.kind)}",
            )


def _keys(keys: KeyList | None, zone: str) -> Iterator[Found]:
    for one in keys.keys if keys else ():
        if one.revoked is None:
            yield day_of(one.until, zone), "key", one.agency or "", f"the key {one.name} of {name(one.holder)}"
