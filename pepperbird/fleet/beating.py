"""Beating: the executor says that it is alive, and watches that schedules end in answers, whatever it is busy with."""

from __future__ import annotations

import threading
from types import TracebackType

from pepperbird.errors import StoreError
from pepperbird.fleet.due import unanswered
from pepperbird.fleet.health import Health, undone, wanted
from pepperbird.fleet.moments import last_of, text_of
from pepperbird.fleet.office import Office
from pepperbird.fleet.sitefile import SiteWatch
from pepperbird.store.lease import Holder, LostError

_PER_TIME = 3
"""Beats in the time after which a holder without any is late."""


class Beating:
    """Beats while inside `with`, and gives the executor back at the end. `lost` is set once somebody else has it."""

    def __init__(self, office: Office, holder: Holder, site: SiteWatch, health: Health) -> None:
        self._office, self._holder, self._site, self._health = office, holder, site, health
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="pepperbird-beat", daemon=True)
        self._told: set[tuple[str, str]] = set()
        self.lost: LostError | None = None

    def __enter__(self) -> Beating:
        self.beat()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        try:
            self._office.store.lease.give_back(self._holder.token)
        except StoreError as failed:
            self._office.log.error("store-failing", said=str(failed))

    def _beat_on(self) -> None:
        while not self._over.wait(self._holder.seconds / _PER_TIME):
            self.beat()

    def beat(self) -> None:
        """One beat, and one look at what has no answer."""
        now = self._office.now()
        try:
            self._office.store.lease.beat(self._holder.token, text_of(now))
            self._watch()
        except LostError as error:
            self.lost = error
            self._office.log.error("executor-lost", said=str(error))
            self._office.stop.set()
        except StoreError as error:
            if not self._health.change(lease=str(error)).lease:
                self._office.log.error("beat-failing", said=str(error))
        else:
            if self._health.change(lease="", beat=text_of(now)).lease:
                self._office.log.info("beat-well")

    def _watch(self) -> None:
        """A schedule that did not end in an answer is told once, and is a figure until it did."""
        standings, missed = self._office.store.schedules.all(), self._office.store.schedules.missed()
        last = {name: last_of(standing) for name, standing in standings.items()}
        found = unanswered(self._site.known, last, self._office.now())
        duties = wanted(self._site.site.file.serve, self._office.store.duties.all())
        self._health.change(duties=duties, undone=undone(duties, self._office.now()))
        self._health.change(standings=standings, missed=missed, unanswered=found)
        for one in found:
            mark = (one.schedule, text_of(one.tick))
            if mark not in self._told:
                self._told.add(mark)
                self._office.log.error(
                    "schedule-unanswered", schedule=one.schedule, tick=text_of(one.tick), due_by=text_of(one.by)
                )
