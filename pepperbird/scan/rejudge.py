"""Judge the old runs again by other rules, and keep what they say then as a second series beside the first.

The first series is not touched. A run stands, as then, on the run that it stood on: on that one judged again, else as
it stood by the rules of then. What is not kept any more is named as missing, and nothing is put in its place.

Each run is kept as soon as it is judged. Broken off, the same rules go on after the last one, and come to the same
series and the same entry in the ledger, to the byte; other rules begin anew, and drop what was begun.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from pepperbird.errors import StoreError, UsageError
from pepperbird.evaluate.pool import Judges
from pepperbird.model.catalog import Catalog
from pepperbird.model.history import Series
from pepperbird.model.plan import Plan
from pepperbird.model.run import Run
from pepperbird.model.verdict import PostureEntry, by_agency
from pepperbird.plan.replan import part_of, replan
from pepperbird.scan.clock import now
from pepperbird.scan.digests import ENGINE, digests_of
from pepperbird.scan.falls import Fell
from pepperbird.scan.judging import Judged, Previous, judge
from pepperbird.scan.sealing import UNSIGNED, Sealing
from pepperbird.score.baseline import deadlines_of
from pepperbird.score.falls import falls
from pepperbird.score.rules import BothRules, Rules
from pepperbird.store.begun import Hand
from pepperbird.store.begun_rows import Step, Unfinished, step_of
from pepperbird.store.blobs import UnreadableError
from pepperbird.store.runs import Store
from pepperbird.store.standing import Around

PRUNED, SEALED, DAMAGED = "pruned", "sealed", "damaged"
OTHER, CHANGED = "other", "changed"


@dataclass(frozen=True, slots=True)
class Beginning:
    """How it begins: `before` of `total` runs were judged by a call that was broken off.

    `dropped` is a series that was not ended and is given up, and `why`: it was by OTHER rules or days, or it is not
    (all of it) as it was kept, CHANGED.
    """

    total: int
    before: int = 0
    dropped: Unfinished | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """Who is told how it goes: once how it begins, and of each run its number from 0, of how many."""

    begins: Callable[[Beginning], None] = lambda _: None
    run: Callable[[int, int], None] = lambda *_: None


@dataclass(frozen=True, slots=True)
class Rejudged:
    """`series` is None where there was nothing to judge; `entry` is its number in the ledger, 0 of an earlier one.

    `runs` counts what was judged again.
    """

    series: Series | None
    runs: int = 0
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """By which rules, since which day, and when that is."""

    catalog: Catalog
    at: str
    baseline: str | None = None
    since: str = ""


def rejudge(store: Store, wanted: Wanted, sealing: Sealing = UNSIGNED, tell: Tell = Tell()) -> Rejudged:
    """Judge every full run whose evidence is kept. Raises UsageError and StoreError; what was judged then stays kept.

    Nothing is judged where every run was judged by these rules, or is in a series of them already.
    """
    with store.rejudging.alone():
        begun = _go_on(store, wanted, sealing, tell)
        if begun is None:
            found = _all_of_it(store, wanted)
            if isinstance(found, Rejudged):
                return found
            dropped, why = _left(store, wanted)
            begun = store.rejudging.begin(found, _hand(sealing, wanted.at))
            tell.begins(Beginning(len(begun.runs), 0, dropped, why))
        begun = _judge_all(store, wanted, sealing, tell, begun)
        kept, entry, runs = store.rejudging.end(begun, _hand(sealing, now()))
    return Rejudged(kept, runs, entry.number)


def _hand(sealing: Sealing, at: str) -> Hand:
    return Hand(at, sealing.put, sealing.signer.key_id if sealing.signer is not None else "")


def _go_on(store: Store, wanted: Wanted, sealing: Sealing, tell: Tell) -> Unfinished | None:
    """The unfinished series of these rules, where it is as it was kept; else None."""
    begun = _unfinished(store)
    if begun is None or not _same(begun, wanted) or not store.rejudging.holds(begun, _hand(sealing, wanted.at)):
        return None
    tell.begins(Beginning(len(begun.runs), begun.done))
    return begun


def _unfinished(store: Store) -> Unfinished | None:
    try:
        return store.rejudging.get()
    except StoreError:
        return None  # damaged: it is dropped by the one that is begun


def _left(store: Store, wanted: Wanted) -> tuple[Unfinished | None, str]:
    """What is dropped by beginning, and why."""
    begun = _unfinished(store)
    if begun is None:
        return None, ""
    return begun, CHANGED if _same(begun, wanted) else OTHER


def _same(begun: Unfinished, wanted: Wanted) -> bool:
    rules = (begun.about.content, begun.about.baseline, begun.about.engine)
    return rules == (wanted.catalog.digest, wanted.baseline or "", ENGINE) and begun.since == wanted.since


def _all_of_it(store: Store, wanted: Wanted) -> Unfinished | Rejudged:
    """What is to be judged; or what there is already."""
    runs = store.judged_by(wanted.since)
    if not runs:
        when = f" since {wanted.since}" if wanted.since else " yet"
        raise UsageError(f"no full run is kept{when}, so there is nothing to judge again")
    if wanted.baseline is None and set(runs.values()) == {(wanted.catalog.digest, ENGINE)}:
        return Rejudged(None)
    missing = dict.fromkeys(sorted(store.marked_runs(wanted.since) - runs.keys()), PRUNED)
    heard = tuple(one for one in runs if store.heard(one))
    gone = dict.fromkeys(sorted(runs.keys() - set(heard)), PRUNED)
    about = Series(0, wanted.at, wanted.catalog.digest, wanted.baseline or "", ENGINE, max(runs), missing | gone)
    alike = [one for one in store.series.all() if one.same_rules(about)]
    if alike and set(heard) <= store.series.runs(alike):
        return Rejudged(alike[-1])
    return Unfinished(about, wanted.since, heard)


def _judge_all(store: Store, wanted: Wanted, sealing: Sealing, tell: Tell, begun: Unfinished) -> Unfinished:
    with Judges(wanted.catalog) as judges:
        again = _Again(store, wanted, judges)
        for number, run in enumerate(begun.runs[begun.done :], begun.done):
            tell.run(number, len(begun.runs))
            begun = store.rejudging.keep(begun, again.judged(run), _hand(sealing, now()))
    if not store.rejudging.any_rows(begun):
        store.rejudging.drop()
        raise UsageError(
            "nothing can be judged again: of every run what the machines said was pruned, is sealed or damaged"
        )
    return begun


@dataclass
class _Again:
    """Judges one run by the rules of now, standing on what is kept of those before it. Nothing is held in between."""

    store: Store
    wanted: Wanted
    judges: Judges
    missing: dict[str, str] = field(default_factory=dict)

    def judged(self, run_id: str) -> Step:
        """What the run says, without the agencies of which something cannot be read."""
        self.missing = {}
        if not self.store.heard(run_id):
            return Step(run_id, missing={run_id: PRUNED})  # since this series was begun
        plan = self.store.plan(run_id)
        readable = [agency for agency in plan.agencies if self._readable(run_id, agency)]
        if not readable:
            return Step(run_id, missing=self.missing)
        site, memory, _ = self.store.inputs(run_id, readable)
        plan = replan(self.wanted.catalog, site, plan, baseline=self.wanted.baseline)
        plan = plan if len(readable) == len(plan.agencies) else part_of(plan, readable)
        previous, ours = self._previous(run_id, plan)
        said = partial(self.store.hear, run_id)
        judged = judge(self.wanted.catalog, site, plan, said, memory, previous, runner=self.judges)
        run = Run(
            run_id, plan.at, "", plan.scope, digests_of(self.wanted.catalog, site, plan, memory), plan, {},
            judged.verdicts, judged.posture, judged.scores, judged.nation,
        )  # fmt: skip
        around = Around(deadlines_of(self.wanted.catalog, plan), self._fell(plan, judged, ours))
        return step_of(run, self.store.registered(run_id), around, self.missing)

    def _readable(self, run_id: str, agency: str) -> bool:
        try:
            self.store.inputs(run_id, (agency,))
            for _ in self.store.hear(run_id, agency):
                pass
        except StoreError as error:
            self.missing[f"{run_id}/{agency}"] = SEALED if isinstance(error, UnreadableError) else DAMAGED
            return False
        return True

    def _previous(self, run_id: str, plan: Plan) -> tuple[dict[str, tuple[PostureEntry, ...]], Previous]:
        """Where each agency stood before; and the part of it that is by the rules of now."""
        sources, stands = self.store.sources(run_id), self.store.rejudging.stands()
        ours, before = {}, {}
        for agency in plan.agencies:
            known = stands.get(agency, [])
            source = sources.get(agency, max(known, default=""))
            if source in known:
                ours[agency] = before[agency] = self.store.rejudging.standing(agency, source)
            else:
                before[agency] = self._of_then(run_id, agency)
        return before, ours

    def _of_then(self, run_id: str, agency: str) -> tuple[PostureEntry, ...]:
        """Where the agency stood before by the rules of then; nothing where that is not kept any more."""
        try:
            found = self.store.previous(run_id, (agency,))
            return self.store.posture(agency, before=run_id) if found is None else found.get(agency, ())
        except StoreError:
            return ()

    def _fell(self, plan: Plan, judged: Judged, ours: Previous) -> Fell:
        rules = Rules(self.wanted.catalog, plan)
        after, verdicts = by_agency(judged.posture), by_agency(judged.verdicts)
        same = BothRules(rules, rules, ())
        return {
            agency: falls(before, after[agency], verdicts[agency], same) for agency, before in ours.items() if before
        }
