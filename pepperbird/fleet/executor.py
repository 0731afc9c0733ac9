"""The executor: round after round it sees what is due or asked for, begins it, and goes on with what was begun.

Nothing that goes wrong ends it, but one thing: that somebody else is the executor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from pepperbird.errors import PepperbirdError
from pepperbird.fleet.asked import asked_by, asked_of
from pepperbird.fleet.due import Due, credible, due
from pepperbird.fleet.health import Health
from pepperbird.fleet.moments import last_of, moment_of, text_of
from pepperbird.fleet.office import Office
from pepperbird.fleet.pruning import prune_if_due
from pepperbird.fleet.sitefile import SiteWatch
from pepperbird.fleet.work import begin_run, go_on
from pepperbird.model.plan import FULL
from pepperbird.model.run import Run
from pepperbird.store.lease import LostError
from pepperbird.store.ready import FailingError
from pepperbird.store.schedules import FAILED, MISSED, Tick, missed_before
from pepperbird.store.works import Request, Work

ROUND: Final = 1.0
"""Seconds between two looks at what is due or asked for."""
TROUBLE: Final = 30.0
"""Seconds until what failed on this machine is tried again."""


class Executor:
    """One round after the other, in one thread. Methods raise LostError, and nothing else that is expected."""

    def __init__(self, office: Office, site: SiteWatch, health: Health) -> None:
        self._office, self.site, self._health = office, site, health
        self._pause: dict[str, datetime] = {}
        self._failing: dict[str, str] = {}
        self._open: frozenset[str] = frozenset()

    def run(self) -> None:
        """Go on until the office is stopped."""
        while not self._office.stop.is_set():
            self.round()
            self._office.stop.wait(self._trouble if self._health.now.store else ROUND)

    @property
    def _trouble(self) -> float:
        return min(TROUBLE, self._office.patience)

    def settle(self) -> bool:
        """Carry out all that is due or asked for now, and what waits no longer. False where something was wrong."""
        well = True
        while not self._office.stop.is_set():
            well = self.round()
            if not well or not self._left():
                break
        return well

    def round(self) -> bool:
        """One round. False where it could not be carried out, or a run can't be gone on with, which was told."""
        try:
            self._round()
        except FailingError as error:
            self._told("store", str(error))
            return False
        if self._health.change(store="").store:
            self._office.log.info("store-well")
        self._failing = {run: said for run, said in self._failing.items() if run in self._open}
        self._told("work", next(iter(self._failing.values()), ""))
        return not self._failing

    def _told(self, part: str, said: str) -> None:
        if getattr(self._health.change(**{part: said}), part) != said and said:
            self._office.log.error(f"{part}-failing", said=said)

    def _left(self) -> bool:
        works = self._office.store.works
        return bool(works.queued() or self._awake(works.open()))

    def _round(self) -> None:
        for work in self._awake(self._office.store.works.open()):
            self._go_on(work)
        for request in self._office.store.works.queued():
            if not self._office.stop.is_set():
                self._asked(request)
        for one in self._due():
            if not self._office.stop.is_set():
                self._begin_due(one)
        if not self._office.stop.is_set() and not self._left():
            prune_if_due(self._office, self.site.site)
        self._open = frozenset(one.run for one in self._office.store.works.open())
        self._health.change(waiting=len(self._open))

    def _awake(self, works: Sequence[Work]) -> list[Work]:
        now = self._office.now()
        return [
            one for one in works
            if (not one.wake or moment_of(one.wake) <= now) and self._pause.get(one.run, now) <= now
        ]  # fmt: skip

    def _due(self) -> tuple[Due, ...]:
        now, store = self._office.now(), self._office.store.schedules
        timed = self.site.schedules(self._office.log, self._health)
        known = store.all()
        for one in timed:
            if one.id not in known:
                store.see(one.id, text_of(now))
        last = {name: last_of(standing) for name, standing in known.items()}
        for name, standing in last.items():
            if credible(standing, now) != standing:
                store.see(name, text_of(now))
                self._office.log.warning("clock-was-wrong", schedule=name, noted=text_of(standing.tick))
        return due(timed, last, now)

    def _begin_due(self, one: Due) -> None:
        log, name, tick, noted = self._office.log, one.timed.id, text_of(one.tick), text_of(self._office.now())
        became = [missed_before(name, tick, one.missed, noted)] if one.missed else []
        if not one.begin:
            became.append(Tick(name, tick, MISSED, noted, 1, said="the run before it went on still"))
        if not one.begin:
            self._office.store.schedules.settle(*became)
            self._tell_missed(became)
            return
        try:
            work = self._begin(one)
        except (FailingError, LostError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the schedules that come after it must come
            said = _words(error)
            log.error("schedule-failed", schedule=name, tick=tick, said=said)
            self._office.store.schedules.settle(*became, Tick(name, tick, FAILED, noted, said=said))
            self._tell_missed(became)
        else:
            self._tell_missed(became)
            self._go_on(work)

    def _tell_missed(self, became: Sequence[Tick]) -> None:
        for one in became:
            self._office.log.warning("tick-missed", schedule=one.schedule, tick=one.tick, count=one.count, why=one.said)

    def _begin(self, one: Due) -> Work:
        schedule, tick = one.timed.schedule, text_of(one.tick)
        until = text_of(self._office.now() + timedelta(minutes=schedule.within))
        self._make_room(schedule.agencies)
        work = Work("", "", until, schedule=schedule.id, tick=tick, missed=one.missed)
        work = begin_run(self._office, asked_by(schedule), work)
        self._office.log.info("run-begun", run=work.run, schedule=schedule.id, tick=tick)
        self._health.count(begun=1)
        return work

    def _asked(self, request: Request) -> None:
        try:
            asked = asked_of(request.asked)
            self._make_room(asked.agencies)
            work = begin_run(self._office, asked, Work("", "", text_of(self._office.now()), request=request.id))
        except LostError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked is told, and others are not kept waiting
            said = str(error) if isinstance(error, PepperbirdError) else _words(error)
            self._office.store.works.refuse(request.id, said)
            self._office.log.warning("request-refused", request=request.id, said=said)
            return
        self._office.log.info("run-begun", run=work.run, request=request.id, asked_by=request.said_by)
        self._health.count(begun=1)
        self._go_on(work)

    def _make_room(self, agencies: Sequence[str]) -> None:
        """Runs that wait for machines of these agencies wait no longer: two runs must not stand on the same past."""
        for work in self._office.store.works.open():
            if not agencies or self._office.store.works.agencies(work.run) & set(agencies):
                self._go_on(work, last=True)

    def _go_on(self, work: Work, *, last: bool = False) -> None:
        if work.run not in self._office.catalogs:
            self._office.log.info("run-resumed", run=work.run)
        try:
            became = go_on(self._office, work, last=last)
        except (FailingError, LostError):
            raise
        except Exception as error:  # noqa: BLE001 - a run that can't be gone on with must not hold up the others
            self._pause[work.run] = self._office.now() + timedelta(seconds=self._trouble)
            self._failing[work.run] = f"run {work.run}: {_words(error)}"
            return
        finally:
            self._health.change(going=None)
        self._failing.pop(work.run, None)
        if isinstance(became, datetime):
            self._office.store.works.wait(replace(work, wake=text_of(became), tries=work.tries + 1))
            self._office.log.info("run-waits", run=work.run, until=text_of(became))
        elif isinstance(became, Run):
            self._office.store.works.close(work, self._to_deliver(work, became), text_of(self._office.now()))
            self._office.catalogs.pop(work.run, None)
            self._health.count(ended=1)
            gaps = sum(1 for one in self._office.store.works.recorded(work.run).values() if one)
            self._office.log.info(
                "run-ended", run=work.run, endpoints=len(became.plan.endpoints), gaps=gaps, schedule=work.schedule,
                verdicts=became.digests.verdicts,
            )  # fmt: skip
            for agency, newer in became.overtaken.items():
                self._office.log.warning("run-overtaken", run=work.run, agency=agency, newer=newer)

    def _to_deliver(self, work: Work, run: Run) -> Sequence[str]:
        """The agencies whose reports go out by themselves now: of a full run that a schedule asked for."""
        wanted = self.site.site.file.serve.deliver and work.schedule and run.scope == FULL
        return run.plan.agencies if wanted else ()


def _words(error: Exception) -> str:
    """What is wrong, in one line: in our words, or as a mistake of ours names itself."""
    said = str(error).partition("\n")[0]
    return said if isinstance(error, PepperbirdError) else f"{type(error).__name__}: {said}"
