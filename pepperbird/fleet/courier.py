"""The courier: delivers by itself what is due, in a thread of its own, and tries again what failed.

It waits for nobody and nobody waits for it: runs are asked and judged meanwhile. What is due stands in the store, so
that a process that is killed leaves it to the next one; that nothing goes twice, receipts see to.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from types import TracebackType
from typing import Final

from pepperbird.errors import PepperbirdError, UsageError
from pepperbird.fleet.bringing import Bringer, Secret, bringer
from pepperbird.fleet.due import SLIP
from pepperbird.fleet.health import Health, undone, wanted
from pepperbird.fleet.moments import moment_of, text_of
from pepperbird.fleet.office import Office
from pepperbird.fleet.sitefile import SiteWatch
from pepperbird.fleet.weekly import turn
from pepperbird.model.catalog import Catalog
from pepperbird.model.site import Site
from pepperbird.model.text import clean
from pepperbird.notify.deliver import Delivered
from pepperbird.scan.again import stored_content
from pepperbird.store.duties import DIGEST, DONE, OPEN, PRUNE, REPORT, UNSURE, Duty
from pepperbird.store.lease import LostError

ROUND: Final = 5.0
"""Seconds between two looks at what is due."""
LOOK: Final = timedelta(minutes=1)
"""So long the answer holds whether a weekly mail is owed."""
LONGEST: Final = timedelta(hours=1)
"""The longest wait before what failed is tried again; the first is the patience of the office, each next one twice."""
STOPPING: Final = 45.0
"""Seconds that the one mail just handed over gets to end when the process is stopped."""


class Courier:
    """Delivers while inside `with`. Methods raise LostError, and nothing else that is expected."""

    def __init__(self, office: Office, site: SiteWatch, health: Health) -> None:
        self._office, self._site, self._health = office, site, health
        self._thread = threading.Thread(target=self._go_on, name="pepperbird-courier", daemon=True)
        self._looked: datetime | None = None

    def __enter__(self) -> Courier:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._office.stop.set()
        self._thread.join(STOPPING)

    def _go_on(self) -> None:
        while not self._office.stop.is_set():
            try:
                self.round()
            except LostError:
                return  # the beat tells it, and stops the office
            self._office.stop.wait(min(ROUND, self._office.patience))

    def round(self) -> bool:
        """Deliver what is due now. False where something could not be delivered, which was told."""
        site = self._site.site
        if not site.file.serve.deliver:
            return True
        try:
            well = self._deliver(site)
            duties = wanted(site.file.serve, self._office.store.duties.all())
            self._health.change(duties=duties, undone=undone(duties, self._office.now()))
        except LostError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, what comes due later must be delivered
            said = str(error) if isinstance(error, PepperbirdError) else f"{type(error).__name__}: {error}"
            return self._told(said.partition("\n")[0])
        self._told("")
        return well

    def _told(self, said: str) -> bool:
        if self._health.change(courier=said).courier != said and said:
            self._office.log.error("courier-failing", said=said)
        return not said

    def _deliver(self, site: Site) -> bool:
        self._expect_digests(self._bringer(site, None))
        due = sorted(self._due(), key=lambda one: (one.run, one.what != REPORT))
        if not due:
            return True
        ours, well = self._bringer(site, self._office.secret), True  # secrets are looked up only where they are needed
        for run, some in groupby(due, key=lambda one: one.run):
            for duty in self._with_content(ours, run, tuple(some)):
                well &= duty.state == DONE
        return well

    def _bringer(self, site: Site, secret: Secret | None) -> Bringer:
        def clock() -> str:
            return text_of(self._office.now())

        return bringer(self._office.store, site, (), secret, clock, lambda _: None, alone=True)

    def _due(self) -> Iterator[Duty]:
        now = self._office.now()
        for one in self._office.store.duties.all():
            if one.what != PRUNE and one.state != DONE and is_awake(one, now):
                yield one

    def _expect_digests(self, ours: Bringer) -> None:
        """Who is owed a weekly mail is looked up once a minute: only a new run or the day changes it."""
        now = self._office.now()
        if self._looked is not None and timedelta(0) <= now - self._looked < LOOK:
            return
        self._looked = now
        newest = self._office.store.newest_full()
        tick = text_of(turn(ours.settings.digest, ours.site.file.time_zone, now))
        for agency in (one.id for one in ours.site.agencies if one.id in newest):
            if ours.weekly(agency) and ours.owed(agency, newest[agency], now):
                self._office.store.duties.expect(DIGEST, agency, newest[agency], tick, text_of(now))

    def _with_content(self, ours: Bringer, run: str, some: Sequence[Duty]) -> Iterator[Duty]:
        """Each duty of a run, as it stands afterwards. Of a run that was pruned nothing can be delivered any more."""
        try:
            self._office.store.find(run)
        except UsageError:
            for duty in some:
                yield self._settled(replace(duty, state=DONE, said="the run was pruned before it could be delivered"))
            return
        with stored_content(self._office.store, run) as catalog:
            for duty in some:
                became = self._carried(ours, duty, catalog)
                if became is duty:
                    return  # stopped in the middle
                yield self._settled(became)

    def _settled(self, duty: Duty) -> Duty:
        self._office.store.duties.put(duty)
        if duty.state == DONE:
            self._health.count(delivered=1)
            self._office.log.info("delivered", agency=duty.agency, what=duty.what, run=duty.run)
        else:
            log, about = self._office.log, {"agency": duty.agency, "what": duty.what, "run": duty.run}
            if duty.wrong:
                log.error("delivery-failed", tries=duty.tries, again=duty.wake, said=duty.said, **about)
            else:
                log.warning("delivery-failed", tries=duty.tries, again=duty.wake, said=duty.said, **about)
        return duty

    def _carried(self, ours: Bringer, duty: Duty, catalog: Catalog) -> Duty:
        """How the duty stands after everything of it was tried once."""
        if not any(one.id == duty.agency for one in ours.site.agencies):
            return replace(duty, state=DONE, wake="", said="the agency left the register")
        failed: list[Delivered] = []
        try:
            for one in self._brought(ours, duty, catalog):
                if one.state not in ("sent", "earlier"):
                    failed.append(one)
                if self._office.stop.is_set():
                    return duty
        except PepperbirdError as error:
            if isinstance(error, LostError):
                raise
            return self._later(duty, OPEN, str(error).partition("\n")[0])
        if not failed and ours.ways == ("mail",) and not any(one.mail for one in ours.contacts(duty.agency)):
            return self._later(duty, OPEN, "the register names no contact with a mail address")
        if not failed:
            return replace(duty, state=DONE, wake="", said="")
        first = next((one for one in failed if one.state == "unsure"), failed[0])
        said = f"{first.errand.way} to {first.errand.recipient}: {first.said}"
        return self._later(duty, UNSURE if first.state == "unsure" else OPEN, said)

    def _brought(self, ours: Bringer, duty: Duty, catalog: Catalog) -> Iterator[Delivered]:
        told = ours.reported(duty.run, duty.agency, catalog)
        if duty.what == DIGEST:
            return ours.digest(told, duty.agency, ours.due(duty.agency, duty.run, self._office.now()))
        return ours.report(told, duty.agency)

    def _later(self, duty: Duty, state: str, said: str) -> Duty:
        wait = min(timedelta(seconds=self._office.patience * 2 ** min(duty.tries, 20)), LONGEST)
        wake = text_of(self._office.now() + wait)
        return replace(duty, state=state, tries=duty.tries + 1, wake=wake, said=clean(said, 400))


def is_awake(duty: Duty, now: datetime) -> bool:
    """Whether its time has come; one that lies too far ahead was noted by a clock that was wrong."""
    return not duty.wake or not now < moment_of(duty.wake) <= now + LONGEST + SLIP
