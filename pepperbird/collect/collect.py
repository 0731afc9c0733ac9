"""Collect: every endpoint asked at the same time as others, each within its own deadline, each with a Transcript.

Nothing that a target does raises here or delays another: a worker that does not come back in time is left behind, its
endpoint gets its Gap, and a new worker takes the next. Callbacks are called in the caller's thread.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from pepperbird.collect import words
from pepperbird.collect.chain import Chain, chains
from pepperbird.collect.endpoint import collect_one, left_behind, now
from pepperbird.collect.interface import CollectOptions, Event, Lifeline
from pepperbird.collect.redact import redactor_of
from pepperbird.model.collector import RedactionRule
from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import EndpointPlan

_GRACE: Final = 1.5
"""Seconds after its deadline in which a worker may still hand in what it has."""
_TICK: Final = 0.1


def collect(
    endpoints: Sequence[EndpointPlan],
    programs: Mapping[str, bytes],
    redactions: Sequence[RedactionRule],
    options: CollectOptions,
    *,
    finished: Callable[[Transcript], None] | None = None,
    progress: Callable[[Event], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Transcript]:
    """What `each` gives, by endpoint, once all have ended."""
    done: dict[str, Transcript] = {}
    for transcript in each(endpoints, programs, redactions, options, progress=progress, stop=stop):
        done[transcript.endpoint] = transcript
        if finished is not None:
            finished(transcript)
    return done


def each(
    endpoints: Sequence[EndpointPlan],
    programs: Mapping[str, bytes],
    redactions: Sequence[RedactionRule],
    options: CollectOptions,
    *,
    progress: Callable[[Event], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Transcript]:
    """Ask every endpoint its probes. Never raises for what a target does; always a Transcript for every endpoint, in
    the order in which they end.

    Once `stop` says so all connections are closed, and what has not answered has no Transcript.
    """
    redactor_of(redactions)  # a bad rule is found before anything is connected to
    fleet = _Fleet(endpoints, programs, redactions, options)
    for number, transcript in enumerate(fleet.transcripts(stop), 1):
        if progress is not None:
            progress(Event(number, len(endpoints), transcript.endpoint, transcript.gap))
        yield transcript


class _Fleet:
    """The workers, and the one thread (the caller's) that keeps everybody's time."""

    def __init__(
        self,
        endpoints: Sequence[EndpointPlan],
        programs: Mapping[str, bytes],
        redactions: Sequence[RedactionRule],
        options: CollectOptions,
    ) -> None:
        self._programs, self._redactions, self._options = programs, redactions, options
        self._todo: queue.SimpleQueue[Chain] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Transcript] = queue.SimpleQueue()
        self._running: dict[str, tuple[EndpointPlan, Lifeline, str, Chain]] = {}
        self._lock = threading.Lock()
        self._left = len(endpoints)
        for chain in chains(endpoints):
            self._todo.put(chain)
        for _ in range(min(max(options.parallel, 1), len(endpoints))):
            self._hire()

    def transcripts(self, stop: Callable[[], bool]) -> Iterator[Transcript]:
        """Each endpoint's Transcript as it comes. Stops all work when it is closed early."""
        try:
            while self._left and not stop():
                try:
                    transcript = self._done.get(timeout=_TICK)
                except queue.Empty:
                    pass
                else:
                    self._left -= 1
                    yield transcript
                self._keep_time()
        finally:
            self._stop()

    def _hire(self) -> None:
        threading.Thread(target=self._work, name="pepperbird-collect", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._todo.empty():
                    return
                chain = self._todo.get()
            while chain.left:
                if not self._ask_next(chain):
                    return

    def _ask_next(self, chain: Chain) -> bool:
        """False where the worker took so long that it was left behind: another goes on with the chain then."""
        with self._lock:
            endpoint = chain.left.popleft()
            gap = chain.no_room(endpoint)
            lifeline = Lifeline.of(endpoint.deadline)
            if gap is None:
                self._running[endpoint.id] = (endpoint, lifeline, now(), chain)
        if gap is not None:
            self._done.put(left_behind(endpoint, now(), gap))
            return True
        program = self._programs.get(endpoint.family)
        transcript = collect_one(endpoint, program, self._redactions, self._options, lifeline=lifeline)
        with self._lock:
            late = self._running.pop(endpoint.id, None) is None
        if late:
            return False
        chain.used(lifeline)
        self._done.put(transcript)
        return True

    def _keep_time(self) -> None:
        """Cut who is over time; leave behind who does not come back even so."""
        moment = time.monotonic()
        with self._lock:
            running = list(self._running.values())
        for endpoint, lifeline, started, chain in running:
            if lifeline.cut_at is None and lifeline.over(moment):
                lifeline.cut()
            if moment > lifeline.cut_moment + _GRACE:
                self._leave(endpoint, lifeline, started, chain)

    def _leave(self, endpoint: EndpointPlan, lifeline: Lifeline, started: str, chain: Chain) -> None:
        with self._lock:
            if self._running.pop(endpoint.id, None) is None:
                return
            chain.used(lifeline)
            if chain.left:
                self._todo.put(chain)
        gap = words.deadline(endpoint, lifeline.cut_at or lifeline.stage)
        self._done.put(left_behind(endpoint, started, gap, lifeline.carried()))
        self._hire()

    def _stop(self) -> None:
        with self._lock:
            while not self._todo.empty():
                self._todo.get()
            running = list(self._running.values())
            self._running.clear()
        for _, lifeline, _, _ in running:
            lifeline.cut()
