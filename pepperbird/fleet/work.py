"""One run, begun and gone on with until it ends in an answer: what is recorded is never asked again.

A run goes on from what the store holds, so it makes no difference whether it waits for machines that could not be
reached, was stopped, or lost its process: each endpoint is recorded once, and the verdict is that of one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from pepperbird.collect import words
from pepperbird.collect.endpoint import left_behind
from pepperbird.evaluate.pool import Judges
from pepperbird.fleet.asked import Asked, how_of, how_with
from pepperbird.fleet.due import zone_of
from pepperbird.fleet.hours import Times, opens, times_of
from pepperbird.fleet.moments import moment_of, text_of
from pepperbird.fleet.office import Office
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Transcript
from pepperbird.model.gap import GapReason
from pepperbird.model.plan import EndpointPlan, Line
from pepperbird.model.run import Run
from pepperbird.scan.again import stored_content
from pepperbird.scan.collecting import Collecting
from pepperbird.scan.pipeline import begin, end, require_usable
from pepperbird.scan.sealing import Sealing
from pepperbird.store.resuming import Begun
from pepperbird.store.works import Work

RETRIED: Final = frozenset({GapReason.UNREACHABLE, GapReason.CONNECT_TIMEOUT})
_LONGEST_WAIT: Final = 1800


def begin_run(office: Office, asked: Asked, work: Work) -> Work:
    """Begin what is asked, as of now. Raises InputError, TrustError and StoreError; then nothing was begun."""
    at = _moment_of_its_own(office)
    ready = office.prepare(asked, at)
    require_usable(office.store.path, ready.catalog, ready.site, at, ready.sealing)
    work = replace(work, how=how_with(ready.options).to_text())
    begun = begin(office.store, ready.catalog, ready.site, ready.plan, ready.sealing, work)
    office.catalogs[begun.run.id] = ready.catalog
    return replace(work, run=begun.run.id)


def _moment_of_its_own(office: Office) -> str:
    """Now; a second later where a run began in this second already: which of two runs is the newer must be certain."""
    newest, now = office.store.runs(limit=1), office.now()
    return text_of(now + timedelta(seconds=1) if newest and newest[0].at == text_of(now) else now)


def go_on(office: Office, work: Work, *, last: bool = False) -> Run | datetime | None:
    """Ask everything of the run that is not recorded and may be asked now.

    Gives the run, once it ended in an answer; or when to go on with it; or None where the office was stopped. With
    `last` nothing is waited for any more.
    """
    begun = office.store.begun(work.run)
    if begun is None:
        return office.store.load(work.run, heard=False)
    with (
        _content(office, work.run) as catalog,
        Judges(catalog, (pair.control for pair in begun.run.plan.pairs)) as judges,
    ):
        root = how_of(work.how).root or ""
        sealing = office.keys(begun.site.model_copy(update={"root": root}), text_of(office.now()))
        asking = _Asking(office, work, begun, catalog, sealing, last=last)
        wake = asking.ask()
        if office.stop.is_set():
            return None
        if wake is not None:
            return wake
        return end(office.store, catalog, begun, asking.said, sealing, judges)


@contextmanager
def _content(office: Office, run_id: str) -> Iterator[Catalog]:
    catalog = office.catalogs.get(run_id)
    if catalog is not None:
        yield catalog
        return
    with stored_content(office.store, run_id) as stored:
        yield stored


class _Asking:
    """One time round the endpoints of a run that are left."""

    def __init__(
        self, office: Office, work: Work, begun: Begun, catalog: Catalog, sealing: Sealing, *, last: bool
    ) -> None:
        self._office, self._work, self._begun, self._catalog = office, work, begun, catalog
        self._until = office.now() if last else moment_of(work.until)
        self._zone = zone_of(begun.site.file.time_zone)
        self._put = sealing.evidence(begun.run, catalog)
        self.said: dict[str, Transcript] = dict(begun.run.transcripts)
        """What is recorded, `bare`."""

    def ask(self) -> datetime | None:
        """The moment at which to go on with what is left; None where all is recorded, or the office was stopped."""
        now, plan = self._office.now(), self._begun.run.plan
        times = {one.id: times_of(self._begun.site, one) for one in plan.endpoints if one.id not in self.said}
        left = {one.id: one for one in plan.endpoints if one.id in times}
        wakes = [self._closed(left.pop(name), hours) for name, hours in times.items() if not self._open(hours, now)]
        endpoints = tuple(lessened(left.values(), plan.endpoints, self.said))
        options = how_of(self._work.how).options()
        with Collecting(self._catalog, replace(plan, endpoints=endpoints), options, None) as collecting:
            came = collecting.finished(self._office.stop)
            wakes += [self._came(transcript, times[transcript.endpoint]) for transcript in came]
        return min((one for one in wakes if one is not None), default=None)

    def _open(self, times: Times, moment: datetime) -> bool:
        return times.open(moment.astimezone(self._zone))

    def _closed(self, endpoint: EndpointPlan, times: Times) -> datetime | None:
        now = self._office.now()
        moment = opens(times, self._zone, now, self._until)
        if moment is None:
            gap = words.outside_hours(times.powered(now.astimezone(self._zone)), text_of(self._until))
            self._record(left_behind(endpoint, text_of(now), gap))
        return moment

    def _came(self, transcript: Transcript, times: Times) -> datetime | None:
        if transcript.gap is not None and transcript.gap.reason in RETRIED:
            wait = min(self._office.patience * 2 ** min(self._work.tries, 20), _LONGEST_WAIT)
            moment = opens(times, self._zone, self._office.now() + timedelta(seconds=wait), self._until)
            if moment is not None:
                return moment
        self._record(transcript)
        return None

    def _record(self, transcript: Transcript) -> None:
        run = self._begun.run
        self._office.store.add_transcript(run.id, transcript, self._put)
        self.said[transcript.endpoint] = transcript.bare
        self._office.progress(run.id, len(self.said), len(run.plan.endpoints))


def lessened(
    left: Iterable[EndpointPlan], planned: Iterable[EndpointPlan], said: Mapping[str, Transcript]
) -> Iterator[EndpointPlan]:
    """`left` with what a run may still use of its thin lines: what those before them carried is gone."""
    used: dict[str, tuple[int, int]] = {}
    for one in planned:
        if one.line is not None and one.id in said:
            seconds, carried = used.get(one.line.id, (0, 0))
            transcript = said[one.id]
            took = moment_of(transcript.ended) - moment_of(transcript.started)
            carried += transcript.sent_bytes + transcript.received_bytes
            used[one.line.id] = seconds + int(took.total_seconds()), carried
    for one in left:
        yield one if one.line is None else replace(one, line=_less(one.line, *used.get(one.line.id, (0, 0))))


def _less(line: Line, seconds: int, carried: int) -> Line:
    room = None if line.bytes is None else max(line.bytes - carried, 0)
    return replace(line, seconds=max(line.seconds - seconds, 0), bytes=room)
