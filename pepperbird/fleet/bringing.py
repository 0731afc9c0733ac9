"""Bringing: an agency's report to those who get it after each run, and its digest to those who get it once a week.

What calls a person makes and what `serve` does by itself is the same here, down to the bytes, so that neither sends
what the other has sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pepperbird.errors import UsageError
from pepperbird.fleet.moments import moment_of
from pepperbird.fleet.parcels import Reported, digest_parcel, report_parcel, require_sent
from pepperbird.fleet.process import alive, identity
from pepperbird.fleet.weekly import last_run, mails_to, owed, turn
from pepperbird.model.catalog import Catalog
from pepperbird.model.delivery import Delivery, Way
from pepperbird.model.people import Contact
from pepperbird.model.site import Site
from pepperbird.notify.deliver import Delivered, Errand, Who, deliver, earlier_receipt
from pepperbird.notify.errands import Given, errands, folded, ways_of
from pepperbird.report.earlier import Earlier
from pepperbird.scan.earlier import earlier_of
from pepperbird.store.runs import Store

Secret = Callable[[str, str, Path], str]
"""What is behind a reference, named so and so in messages, of the site at that folder. Raises UsageError."""


@dataclass(frozen=True)
class Bringer:
    """`site` is that of now: its contacts and ways count, whatever they were at the time of the run."""

    store: Store
    site: Site
    settings: Delivery
    ways: tuple[Way, ...]
    given: Given
    clock: Callable[[], str]
    wait: Callable[[float], None]
    alone: bool = False
    """Nobody stands beside it: each recipient is tried once, and no run goes to anybody twice, whatever became of its
    bytes since."""

    def contacts(self, agency: str) -> tuple[Contact, ...]:
        return next((known.contacts for known in self.site.agencies if known.id == agency), ())

    def each_run(self, agency: str) -> tuple[Contact, ...]:
        """Who gets a mail after each run."""
        return tuple(one for one in self.contacts(agency) if one.digest is None)

    def weekly(self, agency: str) -> tuple[Contact, ...]:
        """Who gets a mail once a week: each address once, and none that gets one after each run."""
        taken = {folded(one.mail) for one in self.each_run(agency) if one.mail}
        found: dict[str, Contact] = {}
        for one in self.contacts(agency):
            if one.digest is not None and one.mail and folded(one.mail) not in taken:
                found.setdefault(folded(one.mail), one)
        return tuple(found.values())

    def reported(self, run: str, agency: str, catalog: Catalog) -> Reported:
        """A stored run, with what concerns that agency. `catalog` is what it was judged by."""
        return Reported(self.store.load(run, only=(agency,)), catalog, self.store.inputs(run, (agency,))[0])

    def report(self, told: Reported, agency: str, *, again: bool = False) -> Iterator[Delivered]:
        """On every way to all that get it after each run. Raises UsageError where the site says it wrongly."""
        earlier = self._earlier(told, agency, None)
        parcel = report_parcel(told, agency, self.settings, earlier)
        yield from self._carried(errands(parcel, self.each_run(agency), self.settings, self.ways, self.given), again)

    def digest(
        self, told: Reported, agency: str, contacts: Sequence[Contact], *, again: bool = False
    ) -> Iterator[Delivered]:
        """By mail to these contacts, with what changed since the last mail that each had. Raises likewise."""
        for one in contacts:
            since = last_run(self.store.receipts, agency, folded(one.mail), moment_of(self.clock()), told.run.id)
            earlier = self._earlier(told, agency, since) if since else {}
            parcel = digest_parcel(told, agency, self.settings, earlier)
            yield from self._carried(errands(parcel, (one,), self.settings, ("mail",), self.given), again)

    def owed(self, agency: str, run: str, now: datetime) -> tuple[Contact, ...]:
        """Those whose weekly mail is due: of `run`, the newest full one of the agency."""
        if "mail" not in self.ways:
            return ()
        day = turn(self.settings.digest, self.site.file.time_zone, now)
        found = ((one, mails_to(self.store.receipts, agency, folded(one.mail), now)) for one in self.weekly(agency))
        return tuple(one for one, mails in found if owed(mails, run, day))

    def due(self, agency: str, run: str, now: datetime) -> tuple[Contact, ...]:
        """Those who are owed the weekly mail of `run`, and those of whom nobody knows whether it arrived."""
        owed = self.owed(agency, run, now)
        doubt = {one.recipient for one in self.store.receipts.of(agency, run) if one.state in ("sending", "unsure")}
        return tuple(one for one in self.weekly(agency) if one in owed or folded(one.mail) in doubt)

    def _earlier(self, told: Reported, agency: str, since: str | None) -> dict[str, Earlier]:
        return earlier_of(self.store, told.run, (agency,), told.catalog, since=since)

    def _carried(self, wanted: Iterator[Errand], again: bool) -> Iterator[Delivered]:
        who = Who(identity(), alive)
        for errand in tuple(wanted):
            if not self.alone:
                yield deliver(errand, self.store.receipts, self.clock, self.wait, again=again, who=who)
                continue
            had = earlier_receipt(errand, self.store.receipts.of(errand.parcel.agency, errand.parcel.run))
            yield had or deliver(replace(errand, tries=1), self.store.receipts, self.clock, self.wait, who=who)


def given_of(settings: Delivery, root: Path, ways: tuple[Way, ...], secret: Secret | None) -> Given:
    """What only the process that delivers has. Raises UsageError where a secret is not there."""
    found: dict[Way, str] = {}
    if secret is None:
        return Given(root, found)
    if "mail" in ways and settings.mail is not None and settings.mail.secret is not None:
        found["mail"] = secret(settings.mail.secret, "site.yaml: delivery.mail.secret", root)
    if "s3" in ways and settings.s3 is not None:
        found["s3"] = secret(settings.s3.secret, "site.yaml: delivery.s3.secret", root)
    return Given(root, found)


def bringer(
    store: Store, site: Site, chosen: Sequence[Way], secret: Secret | None, clock: Callable[[], str],
    wait: Callable[[float], None], *, alone: bool = False,
) -> Bringer:  # fmt: skip
    """For the ways chosen, else all that the site has; without `secret` it can tell what is due, and bring nothing.

    Raises UsageError where the site says its ways wrongly, or none.
    """
    settings, root = site.file.delivery, Path(site.root)
    if settings is None:
        raise UsageError(f"{root / 'site.yaml'}: has no `delivery:`; docs/delivery.md says what to write")
    require_sent(settings.formats)
    ways = ways_of(settings, chosen)
    return Bringer(store, site, settings, ways, given_of(settings, root, ways, secret), clock, wait, alone)
