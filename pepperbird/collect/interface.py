"""What the collector is told, what it tells of its progress, and what every transport must be able to do.

A transport carries one order to one machine and feeds an Answer with what comes back. It raises `Refused` where the
machine, the network or the site file stands in the way; `collect.collect` makes a Transcript of whatever happened.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pepperbird.collect.kit_bundle import Brought
from pepperbird.model.collector import RedactionRule
from pepperbird.model.gap import Gap
from pepperbird.model.plan import EndpointPlan
from pepperbird.model.site import Access


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """How a run is carried out.

    `root` is the folder that relative paths of the site (keys, recordings) are taken from; `known_hosts` the file that
    decides about host keys, None that of the user.
    """

    parallel: int = 32
    known_hosts: Path | None = None
    root: Path | None = None
    bundles: Mapping[str, Brought] | None = None
    """What kits brought, by endpoint. Where this is given nobody is contacted: every other endpoint is left out."""


@dataclass(frozen=True, slots=True)
class Event:
    """One endpoint is done. `done` of `total` counts endpoints; `gap` is why it could not be asked (to the end)."""

    done: int
    total: int
    endpoint: str
    gap: Gap | None


class Meter(Protocol):
    """Counts the bytes that went either way, while they go."""

    @property
    def sent(self) -> int: ...
    @property
    def received(self) -> int: ...


@dataclass(slots=True)
class Count:
    """A Meter that whoever moves the bytes keeps by hand."""

    sent: int = 0
    received: int = 0


class Refused(Exception):  # noqa: N818 - it is the machine that refuses; callers only ever see the Gap
    """Nothing (more) can be asked of this endpoint, for the reason in `gap`."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(gap.detail)
        self.gap = gap


@dataclass(slots=True)
class Lifeline:
    """The time an endpoint still has, and what must be closed when it is over. Safe to use from several threads.

    `due` and `stage_due` are moments of `time.monotonic()`. Somebody else keeps the time and calls `cut`, which closes
    everything: whoever waits on it then fails at once.
    """

    due: float
    stage: str = "connect"
    stage_due: float = math.inf
    cut_at: str | None = None
    cut_moment: float = math.inf
    meters: list[Meter] = field(default_factory=list)
    """What its connections carried: each way to the outside is counted once, where it leaves this computer."""
    _closers: list[Callable[[], object]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, seconds: float) -> Lifeline:
        return cls(time.monotonic() + seconds)

    def enter(self, stage: str, seconds: float = math.inf) -> None:
        """Begin a stage, which may take that long and no longer than all."""
        self.stage, self.stage_due = stage, time.monotonic() + seconds

    def over(self, moment: float) -> bool:
        return moment >= min(self.due, self.stage_due)

    def left(self) -> float:
        """Seconds until this stage must be over."""
        return max(min(self.due, self.stage_due) - time.monotonic(), 0.0)

    def closes(self, closer: Callable[[], object]) -> None:
        """Have `closer` called when time is up, at once if it already is."""
        with self._lock:
            self._closers.append(closer)
            late = self.cut_at is not None
        if late:
            _quietly(closer)

    def carried(self) -> tuple[int, int]:
        """Bytes sent and received until now, over all of its connections."""
        meters = list(self.meters)
        return sum(one.sent for one in meters), sum(one.received for one in meters)

    def cut(self) -> None:
        """Time is up: close all, last first, and remember in which stage."""
        with self._lock:
            if self.cut_at is None:
                self.cut_at, self.cut_moment = self.stage, time.monotonic()
        self.release()

    def release(self) -> None:
        """Close all, last first, because the work is done."""
        with self._lock:
            closers, self._closers = self._closers, []
        for closer in reversed(closers):
            _quietly(closer)


@contextlib.contextmanager
def alone(seconds: float) -> Iterator[Lifeline]:
    """A Lifeline that a timer of its own cuts, for one connection outside of a run."""
    lifeline = Lifeline.of(seconds)
    timer = threading.Timer(seconds, lifeline.cut)
    timer.daemon = True
    timer.start()
    try:
        yield lifeline
    finally:
        timer.cancel()
        lifeline.release()


def _quietly(closer: Callable[[], object]) -> None:
    with contextlib.suppress(Exception):  # whatever is wrong with it, the others must be closed too
        closer()


class Sink(Protocol):
    """Takes what a machine says. The answer False means: enough, stop reading."""

    def out(self, data: bytes) -> bool: ...

    def err(self, data: bytes) -> bool: ...

    def told(self, name: str, value: object) -> None:
        """A fact of the connection itself (see model.evidence.Transcript)."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """What is run on one machine: the bootstrap command, and the bytes for its standard input."""

    endpoint: EndpointPlan
    options: CollectOptions
    program: bytes
    frame: bytes
    redactions: Sequence[RedactionRule] = ()
    max_bytes: int = 1 << 20
    """No more than this is read from the machine in all."""

    @property
    def access(self) -> Access:
        return self.endpoint.access


class Transport(Protocol):
    """One way to a machine."""

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        """Carry out `order`. Raises Refused; any other exception is our own mistake and becomes a Gap too."""
        ...
