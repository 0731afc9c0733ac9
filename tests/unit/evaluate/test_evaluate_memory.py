"""What is remembered, what is forgotten, and what checks read of it."""

from __future__ import annotations

from typing import Any

from pepperbird.evaluate.memory import NEVER, history_of, remember
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.state import State
from tests.support.judging import GOOD, MODE, SERVER, catalog_of, check, state_of

CATALOG = catalog_of([{"id": "DS-12.1", "check": "disk.mode", "on": SERVER}], MODE)
DAY = "2026-11-{:02}T12:00:00Z"


def seen(memory: Memory, at: str, **facts: Any) -> Memory:
    evidence = Evidence({"moh/srv": AssetEvidence("moh/srv", {"disk": GOOD | facts}, at)})
    return remember(CATALOG, memory, evidence, at=at)


def updates(memory: Memory) -> dict[str, str]:
    rows = memory.tracks["moh/srv"]["disk.updates"]
    return {name: row["first_seen"] for name, row in rows.items()}


def test_first_seen_stays_and_what_is_gone_is_forgotten() -> None:
    first = seen(Memory(), DAY.format(1), updates=[{"name": "openssl"}])
    second = seen(first, DAY.format(5), updates=[{"name": "openssl"}, {"name": "bash"}])
    assert updates(second) == {"openssl": DAY.format(1), "bash": DAY.format(5)}
    third = seen(second, DAY.format(6), updates=[{"name": "bash"}])
    assert updates(third) == {"bash": DAY.format(5)}


def test_a_listing_that_could_not_be_read_forgets_nothing() -> None:
    first = seen(Memory(), DAY.format(1), updates=[{"name": "openssl"}])
    dark = seen(first, DAY.format(9), updates=Gap(GapReason.DENIED))
    assert updates(dark) == {"openssl": DAY.format(1)}


def trend(values: dict[int, int]) -> dict[str, int]:
    memory = Memory()
    for day, free in sorted(values.items()):
        memory = seen(memory, DAY.format(day), mounts=[{"target": "/a", "free": free}])
    row: dict[str, int] = history_of(CATALOG, memory.tracks["moh/srv"])["disk"]["mounts"]["/a"]
    return row


def test_a_straight_fall_says_when_it_reaches_zero() -> None:
    assert trend({1: 90, 11: 80, 21: 70}) == {"count": 3, "days": 20, "days_left": 70}


def test_growth_and_a_single_sample_never_run_out() -> None:
    assert trend({1: 70, 21: 90})["days_left"] == NEVER
    assert trend({1: 70}) == {"count": 1, "days": 0, "days_left": NEVER}


def test_one_sample_a_day() -> None:
    memory = seen(Memory(), "2026-11-01T08:00:00Z")
    memory = seen(memory, "2026-11-01T18:00:00Z")
    assert len(memory.tracks["moh/srv"]["disk.mounts"]["/a"]["samples"]) == 1


def test_a_check_reads_the_age_of_what_was_seen_first() -> None:
    old = check(
        "old", expect="age(history.disk.updates[u.name].first_seen) <= days(14)",
        for_each={"as": "u", "in": "disk.updates", "subject": "u.name", "on_empty": "pass"},
    )  # fmt: skip
    catalog = catalog_of([{"id": "DS-12.1", "check": "disk.old", "on": SERVER}], old)
    pending = GOOD | {"updates": [{"name": "openssl"}]}
    assert state_of(catalog, pending, at=DAY.format(1)) is State.PASS
    known = seen(Memory(), DAY.format(1), updates=[{"name": "openssl"}])
    assert state_of(catalog, pending, memory=known, at=DAY.format(15)) is State.PASS
    assert state_of(catalog, pending, memory=known, at=DAY.format(16)) is State.FAIL
