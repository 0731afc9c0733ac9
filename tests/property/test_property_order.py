"""Runs of one agency that begin and end in any order: it stands by the newest that ended, and no two spans overlap."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pepperbird.model.evidence import Memory
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.run import Run
from pepperbird.model.state import State, Tier
from pepperbird.model.verdict import PostureEntry
from pepperbird.scan.source import StoreSource
from pepperbird.scan.verify import verify
from pepperbird.store.past import MovedError
from pepperbird.store.resuming import Begun
from pepperbird.store.runs import Store
from tests.support.kept_spans import kept_spans
from tests.support.past import DEADLINES, RULES, a_site, agency_score, failing

MOH, MOF = "moh", "mof"
SITE = a_site({MOH: "Health", MOF: "Finance"})
CONTROLS = ("DS-01", "IS-20", "IS-21")


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pepperbird.db"
        Store(path).close()
        yield path


@dataclass(frozen=True)
class Made:
    """A run to be: whom it looks at, what it sees (the other pairs it could not reach), and when it ends: after how
    many later runs were begun; None: never."""

    agencies: tuple[str, ...]
    seen: dict[str, State]
    after: int | None


RUNS = some.lists(
    some.builds(
        Made,
        some.sampled_from([(MOH,), (MOH,), (MOF, MOH)]),
        some.dictionaries(some.sampled_from(CONTROLS), some.sampled_from([State.PASS, State.FAIL])),
        some.one_of(some.none(), some.integers(0, 4), some.integers(0, 4)),
    ),
    min_size=1,
    max_size=7,
)


@dataclass
class Office:
    """Begins and ends runs in a real store as the pipeline does, and remembers what ought to be."""

    store: Store
    begun: dict[int, Begun] = field(default_factory=dict)
    ended: dict[str, tuple[PostureEntry, ...]] = field(default_factory=dict)

    def begin(self, number: int, made: Made) -> None:
        at = f"2026-03-01T12:{number:02d}:00Z"
        plan = Plan(at, Selection(), made.agencies, (), (), (), baselines={tier: str(tier) for tier in Tier})
        run_id = f"20260301T12{number:02d}00Z-aaaa"
        stood = {one: self.store.standing(one) for one in made.agencies}
        run = Run(run_id, at, "", plan.scope, RULES, plan, {}, (), (), {}, None)
        self.store.begin(run, SITE, Memory(), b"", {one: source for one, (source, _) in stood.items()})
        self.begun[number] = Begun(run, SITE, Memory(), b"", {one: entries for one, (_, entries) in stood.items()})

    def end(self, number: int, made: Made) -> None:
        begun = self.store.stand(self.begun.pop(number))
        before = {agency: self.newest(agency, begun.run.id) for agency in made.agencies}
        assert {one: tuple(entries) for one, entries in begun.previous.items()} == before
        posture = tuple(one for agency in made.agencies for one in stepped(before[agency], made, agency, begun.run.at))
        scores = {agency: agency_score(agency, 50.0) for agency in made.agencies}
        run = replace(begun.run, ended="2026-03-02T00:00:00Z", posture=posture, scores=scores)
        newer = {one: self.newest_run(one) for one in made.agencies if self.newest_run(one) > run.id}
        assert self.store.finish(run, Memory(), deadlines=DEADLINES).overtaken == newer
        assert self.store.load(run.id).overtaken == newer
        self.ended[run.id] = posture

    def newest_run(self, agency: str, before: str = "~") -> str:
        whose = [run for run in self.ended if run < before and self.of(run, agency)]
        return max(whose, default="")

    def newest(self, agency: str, before: str = "~") -> tuple[PostureEntry, ...]:
        run = self.newest_run(agency, before)
        return self.of(run, agency) if run else ()

    def of(self, run: str, agency: str) -> tuple[PostureEntry, ...]:
        return tuple(one for one in self.ended[run] if one.agency == agency)

    def check(self) -> None:
        for agency in (MOH, MOF):
            stands = self.newest(agency)
            assert self.store.posture(agency) == stands
            spans = kept_spans(self.store, agency)
            lasting = {one.control: (one.state, one.since) for one in spans if not one.closed}
            assert lasting == {one.control: (one.state, one.failing_since) for one in stands}
            for control in CONTROLS:
                mine = sorted((one for one in spans if one.control == control), key=lambda one: one.opened_run)
                assert all(one.opened < one.closed for one in mine if one.closed)
                assert all(one.closed and one.closed <= two.opened for one, two in pairwise(mine))


def stepped(before: tuple[PostureEntry, ...], made: Made, agency: str, at: str) -> Iterator[PostureEntry]:
    """What was not reached stays as it stood; of what never stood nothing is known."""
    stood = {one.control: one for one in before}
    for control in CONTROLS:
        entry = stood.get(control, replace(failing(agency, "", control), state=State.UNCHECKED))
        state = made.seen.get(control)
        if state is State.FAIL:
            entry = replace(entry, state=state, since=at, failing_since=entry.failing_since or at)
        elif state is State.PASS:
            entry = replace(entry, state=state, since=at, failing_since="")
        yield entry


@settings(max_examples=60, deadline=None)
@given(runs=RUNS)
@pytest.mark.slow
def test_any_order_of_ends_gives_the_standing_of_the_newest_run(empty: Path, runs: list[Made]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pepperbird.db"
        shutil.copy(empty, path)
        office = Office(Store(path))
        try:
            for number, made in enumerate(runs):
                office.begin(number, made)
                for earlier, other in enumerate(runs[: number + 1]):
                    if other.after is not None and earlier + other.after == number:
                        office.end(earlier, other)
                        office.check()
            for left in list(office.begun):
                if runs[left].after is not None:
                    office.end(left, runs[left])
                    office.check()
            faults = verify(StoreSource(office.store), judge=False).faults
            assert not [one for one in faults if "stood" in one], faults
        finally:
            office.store.close()


def test_a_run_that_was_judged_on_less_than_ended_before_it_is_not_kept(empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "pepperbird.db"
    shutil.copy(empty, path)
    office = Office(Store(path))
    older, newer = Made((MOH,), {"IS-20": State.FAIL}, 0), Made((MOH,), {}, 0)
    office.begin(0, older)
    office.begin(1, newer)
    judged = office.begun[1].run
    office.end(0, older)
    with pytest.raises(MovedError, match="does not stand on the newest"):
        office.store.finish(replace(judged, ended="2026-03-02T00:00:00Z"), Memory())
    office.end(1, newer)
    office.check()
    assert {one.control: one.state for one in office.store.posture(MOH)}["IS-20"] is State.FAIL
    office.store.close()
