"""The keeping of time: a worker that never comes back is left behind, and nobody waits for it."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from pepperbird.collect.collect import collect
from pepperbird.collect.endpoint import TRANSPORTS
from pepperbird.collect.interface import CollectOptions, Count, Lifeline, Order, Sink, alone
from pepperbird.model.gap import GapReason
from pepperbird.model.plan import Cost, Line
from pepperbird.model.site import Access
from tests.support.orders import call, endpoint, program

HELD = threading.Event()
BUSY: list[str] = []
TOGETHER: list[int] = []


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


class Counted:
    """Says nothing, carries a little, and notes who is asked at the same time."""

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        BUSY.append(order.endpoint.id)
        lifeline.meters.append(Count(600, 400))
        time.sleep(0.1)
        TOGETHER.append(len([one for one in BUSY if "/thin" in one]))
        BUSY.remove(order.endpoint.id)


@pytest.fixture(autouse=True)
def _transports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSPORTS, "ssh", f"{__name__}:Deaf")
    monkeypatch.setitem(TRANSPORTS, "tcp", f"{__name__}:Stuck")
    monkeypatch.setitem(TRANSPORTS, "dns", f"{__name__}:Counted")


@pytest.mark.slow
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


def test_those_behind_a_line_are_asked_one_at_a_time_while_it_has_room_for_them() -> None:
    line = Line("agency/dish", 64, 600, 4_500)
    thin = [
        replace(
            endpoint(Access(via="dns", at="x"), [call("hello")], name=f"thin{n}"),
            line=line, cost=Cost(500, 500, 5, known=True),
        )
        for n in range(6)
    ]  # fmt: skip
    wide = [endpoint(Access(via="dns", at="x"), [call("hello")], name=f"wide{n}") for n in range(3)]
    TOGETHER.clear()
    done = collect([*thin, *wide], {"shell": b""}, (), CollectOptions(parallel=8))
    assert max(TOGETHER) == 1
    # What each truly carried counts, and not what was expected: four have 4,000 bytes gone, a fifth needs 1,000.
    left_out = [one.id for one in thin if (gap := done[one.id].gap) and gap.reason is GapReason.NOT_ASKED]
    assert left_out == [one.id for one in thin[4:]]
    gap = done[thin[4].id].gap
    assert gap is not None and "agency/dish had" in gap.detail and "500 bytes" in gap.detail and gap.remedy
    assert [(one.sent_bytes, one.received_bytes) for one in done.values() if one.gap is gap] == [(0, 0)]
    assert all(done[one.id].received_bytes == 400 for one in (*thin[:4], *wide))


@pytest.mark.slow
def test_one_that_hangs_on_a_line_is_left_behind_and_the_next_has_its_turn() -> None:
    line = Line("agency/dish", 64, 600)
    way = [Access(via="ssh", at="x"), Access(via="local"), Access(via="local")]
    thin = [
        replace(endpoint(one, [call("hello", "a")], name=f"thin{n}", deadline=1 if n == 0 else 20), line=line)
        for n, one in enumerate(way)
    ]
    HELD.clear()
    try:
        done = collect(thin, {"shell": program()}, (), CollectOptions(parallel=4))
    finally:
        HELD.set()
    assert [done[one.id].gap is None for one in thin] == [False, True, True]
