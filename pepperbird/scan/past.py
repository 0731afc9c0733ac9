"""What changed and how it went, gathered from the store and from the content that its runs were judged by."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

from pepperbird.errors import ContentError, UsageError
from pepperbird.model.agreed import PlanChange
from pepperbird.model.catalog import Catalog
from pepperbird.model.history import PastRun
from pepperbird.model.run import Run
from pepperbird.model.text import clean
from pepperbird.scan.again import stored_content
from pepperbird.score.change import AgencyChange, compare
from pepperbird.score.plan_changes import weakened
from pepperbird.score.rules import BothRules, Rules, changed_rules, changed_tier
from pepperbird.store.history import Plans
from pepperbird.store.runs import Store

Wanted = tuple[str, PastRun, PastRun]
"""An agency, and two full runs that looked at it, the earlier first."""


class Contents:
    """The stored contents, each read once. A content that this version cannot read any more is None."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: dict[str, Catalog | None] = {}

    def know(self, run: PastRun, catalog: Catalog) -> None:
        """The content of that run, where it was read already."""
        self._read[run.content] = catalog

    def of(self, run: PastRun) -> Catalog | None:
        """The content that the run was judged by."""
        if run.content not in self._read:
            self._read[run.content] = self._open(run.id)
        return self._read[run.content]

    def _open(self, run_id: str) -> Catalog | None:
        with ExitStack() as stack:
            try:
                return stack.enter_context(stored_content(self._store, run_id))
            except ContentError:
                return None


def last_two(store: Store, agency: str | None) -> list[Wanted]:
    """Each agency (or that one) with its last two full runs; those with fewer are left out. Raises UsageError."""
    known = store.agencies_seen()
    require_agency(store, agency, known)
    found: list[Wanted] = []
    for one in known if agency is None else (agency,):
        runs = store.full_runs(one, newest=2)
        if len(runs) == 2:
            found.append((one, runs[0], runs[1]))
    if not found:
        whose = f"agency {clean(agency, 80)}" if agency is not None else "any agency"
        raise UsageError(f"there are not two full runs of {whose} yet to compare")
    return found


def both_of(store: Store, names: tuple[str, str], agency: str | None) -> list[Wanted]:
    """Each agency (or that one) that both runs looked at, with the two runs, the earlier first. Raises UsageError."""
    ids = sorted({store.find(name) for name in names})
    if len(ids) != 2:
        raise UsageError("these are one and the same run")
    for one in ids:
        store.require_full(one)
    then, now = (run for run in store.full_runs() if run.id in ids)
    both = [one for one in then.agencies if one in now.agencies]
    if agency is not None and agency not in both:
        raise UsageError(f"the two runs did not both look at agency {clean(agency, 80)}")
    if not both:
        raise UsageError("no agency was looked at by both runs")
    return [(one, then, now) for one in both if agency in (None, one)]


def require_agency(store: Store, agency: str | None, known: tuple[str, ...]) -> None:
    """Raises UsageError where there is no full run at all, or none of that agency."""
    if not known:
        raise UsageError(f"no full run in {store.path} yet; `pepperbird scan --site DIRECTORY` makes one")
    if agency is not None and agency not in known:
        listed = ", ".join(clean(one, 80) for one in known[:20])
        raise UsageError(f"no full run looked at agency {clean(agency, 80)}; there are: {listed}")


def changes(store: Store, wanted: list[Wanted], contents: Contents | None = None) -> list[AgencyChange]:
    """What changed for each agency between its two runs. `contents` spares reading those that were read before."""
    contents = contents or Contents(store)
    loaded = _loaded(store, wanted)
    plans = {run: store.plans(run) for run in loaded}
    found = [_change(store, contents, loaded, one) for one in wanted]
    return [replace(change, plan=_weakened(plans, loaded, one)) for change, one in zip(found, wanted, strict=True)]


def _weakened(plans: Mapping[str, Plans], loaded: Mapping[str, Run], wanted: Wanted) -> tuple[PlanChange, ...]:
    agency, then, now = wanted
    before, after = plans[then.id].of(agency), plans[now.id].of(agency)
    return weakened(before, after, loaded[now.id].posture, now.at)


def _loaded(store: Store, wanted: list[Wanted]) -> dict[str, Run]:
    """Each run that is needed, once, with what belongs to the agencies that need it."""
    whose: dict[str, set[str]] = {}
    for agency, *both in wanted:
        for past in both:
            whose.setdefault(past.id, set()).add(agency)
    return {run: store.load(run, heard=False, only=agencies) for run, agencies in whose.items()}


def _change(store: Store, contents: Contents, loaded: Mapping[str, Run], wanted: Wanted) -> AgencyChange:
    agency, then, now = wanted
    then_rules, now_rules = (Rules(contents.of(one), loaded[one.id].plan) for one in (then, now))
    before, after = (store.registered(one.id, (agency,)) for one in (then, now))
    changed = changed_rules(then.digests, now.digests) + changed_tier(before, after)
    rules = BothRules(then_rules, now_rules, changed)
    return compare(loaded[then.id], loaded[now.id], rules, agency, after[0].name if after else agency)
