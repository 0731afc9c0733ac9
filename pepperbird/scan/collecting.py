"""Collecting in the background: machines take their time, which is used to get everything else ready."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from types import TracebackType

from pepperbird.collect.collect import each
from pepperbird.collect.endpoint import load_transports
from pepperbird.collect.interface import CollectOptions, Event
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import Plan

_TICK = 0.2
Progress = Callable[[Event], None]


class Collecting:
    """Starts to collect on entering; `finished` gives each transcript as it comes.

    Left early, it waits for nobody, and nobody is asked any more.
    """

    def __init__(self, catalog: Catalog, plan: Plan, options: CollectOptions, progress: Progress | None) -> None:
        self._call = (plan.endpoints, catalog.programs, catalog.redactions, options)
        self._progress = progress
        self._came: queue.SimpleQueue[Transcript | None] = queue.SimpleQueue()
        self._error: BaseException | None = None
        self._over = threading.Event()

    def __enter__(self) -> Collecting:
        load_transports(self._call[0])
        threading.Thread(target=self._collect, name="pepperbird-collecting", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()

    def finished(self, stop: threading.Event | None = None) -> Iterator[Transcript]:
        """Every transcript once, in the order in which endpoints end. Raises what collecting raised.

        Ends early once `stop` is set: whoever sets it looks at it afterwards.
        """
        while stop is None or not stop.is_set():
            try:
                transcript = self._came.get(timeout=None if stop is None else _TICK)
            except queue.Empty:
                continue
            if transcript is None:
                break
            yield transcript
        if self._error is not None:
            raise self._error

    def _collect(self) -> None:
        try:
            for transcript in each(*self._call, progress=self._progress, stop=self._over.is_set):
                self._came.put(transcript)
                del transcript  # it is whoever takes it who holds it, or nobody
        except BaseException as error:  # noqa: BLE001 - told to whoever waits, in the thread that can act on it
            self._error = error
        self._came.put(None)
