"""Judge the old runs again by other rules, and keep what they say then as a second series beside the first.

The first series is not touched. A run stands, as then, on the run that it stood on: on that one judged again, else as
it stood by the rules of then. What is not kept any more is named as missing, and nothing is put in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from pepperbird.errors import StoreError, UsageError
from pepperbird.evaluate.pool import Judges
from pepperbird.model.catalog import Catalog
from pepperbird.model.history import PastRun, Series
from pepperbird.model.plan import Plan
from pepperbird.model.run import Run
from pepperbird.model.verdict import PostureEntry, by_agency
from pepperbird.plan.replan import part_of, replan
from pepperbird.scan.digests import ENGINE, digests_of
from pepperbird.scan.falls import Fell
from pepperbird.scan.judging import Judged, Previous, judge
from pepperbird.scan.sealing import UNSIGNED, Sealing
from pepperbird.score.baseline import deadlines_of
from pepperbird.score.falls import falls
from pepperbird.score.rules import BothRules, Rules
from pepperbird.store.blobs import UnreadableError
from pepperbird.store.runs import Store
from pepperbird.store.series import Collected
from pepperbird.store.standing import Around

PRUNED, SEALED, DAMAGED = "pruned", "sealed", "damaged"
Progress = Callable[[int, int], None]
_KEPT = 3
"""Standings held of each agency: a run stands on the one before it, or where runs overtook each other one further."""


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


def rejudge(store: Store, wanted: Wanted, sealing: Sealing = UNSIGNED, progress: Progress | None = None) -> Rejudged:
    """Judge every full run whose evidence is kept. Raises UsageError and StoreError; then nothing is kept.

    Nothing is judged where every run was judged by these rules, or is in a series of them already.
    """
    runs = [one for one in store.full_runs() if one.at >= wanted.since]
    if not runs:
        when = f" since {wanted.since}" if wanted.since else " yet"
        raise UsageError(f"no full run is kept{when}, so there is nothing to judge again")
    if wanted.baseline is None and all(_by_these(one, wanted) for one in runs):
        return Rejudged(None)
    missing = dict.fromkeys(sorted(store.marked_runs(wanted.since) - {one.id for one in runs}), PRUNED)
    heard = [one for one in runs if store.heard(one.id)]
    gone = {one.id: PRUNED for one in runs if one not in heard}
    about = Series(0, wanted.at, wanted.catalog.digest, wanted.baseline or "", ENGINE, runs[-1].id, missing | gone)
    alike = [one for one in store.series.all() if one.same_rules(about)]
    if alike and {one.id for one in heard} <= store.series.runs(alike):
        return Rejudged(alike[-1])
    with Judges(wanted.catalog) as judges:
        again = _Again(store, wanted, judges)
        for number, run in enumerate(heard):
            if progress is not None:
                progress(number, len(heard))
            again.add(run)
    if not again.collected.runs:
        raise UsageError(
            "nothing can be judged again: of every run what the machines said was pruned, is sealed or damaged"
        )
    about = replace(about, missing={**about.missing, **again.missing})
    key = sealing.signer.key_id if sealing.signer is not None else ""
    kept, entry = store.series.keep(about, again.collected, sealing.put, key)
    return Rejudged(kept, again.collected.runs, entry.number)


def _by_these(run: PastRun, wanted: Wanted) -> bool:
    return (run.digests.content, run.digests.engine) == (wanted.catalog.digest, ENGINE)


@dataclass
class _Again:
    """The runs in turn, with where each agency stands by the rules of now."""

    store: Store
    wanted: Wanted
    judges: Judges
    collected: Collected = field(default_factory=Collected)
    missing: dict[str, str] = field(default_factory=dict)
    stood: dict[str, dict[str, tuple[PostureEntry, ...]]] = field(default_factory=dict)

    def add(self, past: PastRun) -> None:
        """Judge one run, without the agencies of which something cannot be read."""
        plan = self.store.plan(past.id)
        readable = [agency for agency in plan.agencies if self._readable(past.id, agency)]
        if not readable:
            return
        site, memory, _ = self.store.inputs(past.id, readable)
        plan = replan(self.wanted.catalog, site, plan, baseline=self.wanted.baseline)
        plan = plan if len(readable) == len(plan.agencies) else part_of(plan, readable)
        previous, ours = self._previous(past.id, plan)
        said = partial(self.store.hear, past.id)
        judged = judge(self.wanted.catalog, site, plan, said, memory, previous, runner=self.judges)
        run = Run(
            past.id, past.at, "", plan.scope, digests_of(self.wanted.catalog, site, plan, memory), plan, {},
            judged.verdicts, judged.posture, judged.scores, judged.nation,
        )  # fmt: skip
        around = Around(deadlines_of(self.wanted.catalog, plan), self._fell(plan, judged, ours))
        self.collected.add(run, self.store.registered(past.id), around)
        self._stands(past.id, judged)

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
        sources = self.store.sources(run_id)
        ours, before = {}, {}
        for agency in plan.agencies:
            known = self.stood.get(agency, {})
            source = sources.get(agency, max(known, default=""))
            if source in known:
                ours[agency] = before[agency] = known[source]
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

    def _stands(self, run_id: str, judged: Judged) -> None:
        for agency, entries in by_agency(judged.posture).items():
            known = self.stood.setdefault(agency, {})
            known[run_id] = tuple(entries)
            for old in _oldest(known):
                del known[old]


def _oldest(known: dict[str, tuple[PostureEntry, ...]]) -> Iterator[str]:
    yield from sorted(known)[:-_KEPT]
