"""The keeping of time: a worker that never comes back is left behind, and nobody waits for it."""

from __future__ import annotations

import threading
import time

import pytest

from pepperbird.collect.collect import collect
from pepperbird.collect.endpoint import TRANSPORTS
from pepperbird.collect.interface import CollectOptions, Lifeline, Order, Sink, alone
from pepperbird.model.gap import GapReason
from pepperbird.model.site import Access
from tests.support.orders import call, endpoint, program

HELD = threading.Event()


class Deaf:
    """Does not come back when its time is over, as a name server that never answers."""

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        HELD.wait(30)


class Stuck:
    """Comes back when its lifeline is cut."""

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        cut = threading.Event()
        lifeline.closes(cut.set)
        lifeline.enter("connect", order.endpoint.connect_timeout)
        cut.wait(30)
        raise ConnectionResetError("closed under its feet")


@pytest.fixture(autouse=True)
def _transports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSPORTS, "ssh", f"{__name__}:Deaf")
    monkeypatch.setitem(TRANSPORTS, "tcp", f"{__name__}:Stuck")


def test_who_does_not_come_back_is_left_behind_and_the_next_is_served() -> None:
    deaf = [endpoint(Access(via="ssh", at="x"), [call("hello")], name=f"deaf{n}", deadline=1) for n in range(2)]
    fine = [endpoint(Access(via="local"), [call("hello", str(n))], name=f"fine{n}") for n in range(3)]
    begun = time.monotonic()
    try:
        done = collect([*deaf, *fine], {"shell": program()}, (), CollectOptions(parallel=1))
    finally:
        HELD.set()
    assert time.monotonic() - begun < 12
    for one in deaf:
        gap = done[one.id].gap
        assert gap is not None and gap.reason is GapReason.CONNECT_TIMEOUT and gap.remedy
        assert done[one.id].probes["test.hello"].gap == gap
    assert all(done[one.id].gap is None for one in fine)


def test_a_stage_has_its_own_time_and_its_own_words() -> None:
    one = endpoint(Access(via="tcp", at="x"), [call("hello")], deadline=20, connect_timeout=1)
    begun = time.monotonic()
    gap = collect([one], {"shell": b""}, (), CollectOptions())[one.id].gap
    assert time.monotonic() - begun < 5
    assert gap is not None and gap.reason is GapReason.CONNECT_TIMEOUT and "1 seconds" in gap.detail


def test_a_callback_that_fails_stops_the_run_and_closes_what_is_open() -> None:
    stuck = endpoint(Access(via="tcp", at="x"), [call("hello")], name="stuck", deadline=60, connect_timeout=60)
    fine = endpoint(Access(via="local"), [call("hello", "x")], name="fine")

    def full(_: object) -> None:
        raise OSError("disk full")

    before = threading.active_count()
    with pytest.raises(OSError, match="disk full"):
        collect([stuck, fine], {"shell": program()}, (), CollectOptions(), finished=full)
    end = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_a_lifeline_closes_last_first_and_late_comers_at_once() -> None:
    closed: list[int] = []
    lifeline = Lifeline.of(60)
    lifeline.closes(lambda: closed.append(1))
    lifeline.closes(lambda: 1 / 0)
    lifeline.closes(lambda: closed.append(2))
    lifeline.cut()
    lifeline.closes(lambda: closed.append(3))
    assert closed == [2, 1, 3]
    assert lifeline.cut_at == "connect"
    with alone(0.05) as short:
        time.sleep(0.3)
        assert short.cut_at == "connect"
