"""A sample is the same for everybody who has the seed, and no part of the run is out of its reach."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from pepperbird.errors import UsageError
from pepperbird.model.state import Assurance, Enforcement, Severity, State
from pepperbird.model.verdict import Verdict
from pepperbird.scan.sample import draw, population

ONE = Verdict(
    "moh", "IS-20", "a0", "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, State.FAIL, "IS-20.1",
    Assurance.OBSERVED, (), "2026-11-23T12:00:00Z",
)  # fmt: skip
ALL = [replace(ONE, asset=f"a{n}", state=State.PASS if n % 2 else State.FAIL) for n in range(40)]


def test_the_draw_is_what_anybody_computes() -> None:
    def order(asset: str) -> str:
        return hashlib.sha256(f"2026-A\nmoh\nIS-20\n{asset}\n".encode()).hexdigest()

    assert [one.asset for one in draw(ALL, "2026-A", 5)] == sorted((one.asset for one in ALL), key=order)[:5]
    assert draw(ALL, "2026-A", 5) == draw(ALL[::-1], "2026-A", 5)
    assert draw(ALL, "2026-B", 5) != draw(ALL, "2026-A", 5)
    assert {one.asset for one in draw(ALL, "x", 1000)} == {one.asset for one in ALL}


def test_each_verdict_is_drawn_by_some_seed() -> None:
    assert {draw(ALL, str(seed), 1)[0].asset for seed in range(400)} == {one.asset for one in ALL}


def test_the_population_is_what_was_asked_for() -> None:
    assert len(population(ALL, states=[State.FAIL])) == 20
    assert population(ALL, agency="moe") == []
    with pytest.raises(UsageError, match="no such verdict"):
        draw([], "x", 1)
    with pytest.raises(UsageError, match="at least 1"):
        draw(ALL, "x", 0)
