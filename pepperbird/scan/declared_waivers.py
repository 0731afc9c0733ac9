"""Waivers from the records of people, as values that judging takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pepperbird.errors import TrustError
from pepperbird.model.declared import Waiver
from pepperbird.model.site import Site
from pepperbird.scan.cases import cases_of
from pepperbird.store.signed import SignedRecord
from pepperbird.trust.days import begin_of, end_of
from pepperbird.trust.keyring import KeyRing

ONLY_A_FILE = "it is only a file: where a site has keys, a waiver is a signed record (`pepperbird waiver request`)"


def waivers(site: Site, records: Sequence[SignedRecord], ring: KeyRing, at: str) -> tuple[Waiver, ...]:
    """The waivers of the site at `at`: those of records, and those of files.

    What does not hold stands there with the reason (`void`), so that reports show it; what is over is left out. Files
    hold only in a site without a key list, and say that nobody signed them.
    """
    zone = site.file.time_zone
    found = [case.waiver for case in cases_of(site.file, records, ring) if case.waiver is not None]
    found += _files(site, ring)
    return tuple(one for one in found if _current(one, zone, at))


def _files(site: Site, ring: KeyRing) -> Iterator[Waiver]:
    for one in site.waivers:
        try:
            moments = {
                "begins": begin_of(one.since, site.file.time_zone),
                "ends": end_of(one.until, site.file.time_zone),
            }
        except TrustError as error:
            yield one.model_copy(update={"void": str(error)})
            continue
        void = ONLY_A_FILE if ring.newest is not None else ""
        yield one.model_copy(update={**moments, "void": void})


def _current(waiver: Waiver, zone: str, at: str) -> bool:
    try:
        return datetime.fromisoformat(at) < datetime.fromisoformat(end_of(waiver.until, zone))
    except TrustError:
        return True
