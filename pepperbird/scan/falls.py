"""What fell in a run since the one that it stands on, by cause: kept with its figures, so that a trend need not ask."""

from __future__ import annotations

from collections.abc import Mapping

from pepperbird.model.catalog import Catalog
from pepperbird.model.history import Named
from pepperbird.model.plan import FULL
from pepperbird.model.run import Run
from pepperbird.model.verdict import by_agency
from pepperbird.scan.judging import Previous
from pepperbird.scan.past import Contents
from pepperbird.score.falls import falls
from pepperbird.score.rules import BothRules, Rules, changed_rules, changed_tier
from pepperbird.store.runs import Store

Fell = dict[str, Mapping[str, Mapping[str, int]]]


def falls_of(store: Store, run: Run, catalog: Catalog, previous: Previous) -> Fell:
    """By agency and standard; without the agencies of which there was no full run before. `previous` is how they stood
    before, by the run that the store names."""
    if run.scope != FULL:
        return {}
    rules = _Both(store, run, catalog)
    after, verdicts = by_agency(run.posture), by_agency(run.verdicts)
    return {
        agency: falls(before, after[agency], verdicts[agency], rules.of(agency))
        for agency, before in previous.items()
        if before
    }


class _Both:
    """The rules of a run and of those that its agencies stood by; read only where they differ."""

    def __init__(self, store: Store, run: Run, catalog: Catalog) -> None:
        self._store, self._run, self._contents = store, run, Contents(store)
        self._now = Rules(catalog, run.plan)
        self._sources = store.sources(run.id)
        self._past = {one.id: one for one in store.full_runs(only=set(self._sources.values()))}
        self._catalog = catalog
        self._registers: dict[str, Mapping[str, Named]] = {}

    def of(self, agency: str) -> BothRules:
        """The rules of both for that agency."""
        past = self._past[self._sources[agency]]
        before, after = (self._register(one).get(agency) for one in (past.id, self._run.id))
        tier = changed_tier((before,), (after,)) if before and after else ()
        changed = changed_rules(past.digests, self._run.digests) + tier
        if not changed:
            return BothRules(self._now, self._now, ())
        if past.digests.content == self._run.digests.content:
            self._contents.know(past, self._catalog)
        plan = self._store.plan(past.id)
        return BothRules(Rules(self._contents.of(past), plan), self._now, changed)

    def _register(self, run_id: str) -> Mapping[str, Named]:
        if run_id not in self._registers:
            self._registers[run_id] = {one.id: one for one in self._store.registered(run_id)}
        return self._registers[run_id]
