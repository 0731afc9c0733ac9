"""Second series of made-up runs (tests.support.past), whole or broken off in the middle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pepperbird.model.history import Series
from pepperbird.model.run import Run
from pepperbird.model.verdict import PostureEntry
from pepperbird.score.nation import score_nation
from pepperbird.store.begun import Hand
from pepperbird.store.begun_rows import Step, Unfinished, step_of
from pepperbird.store.runs import Store
from pepperbird.store.standing import Around
from tests.support.past import DEADLINES, RULES, Past, agency_score, failing, other_rules

NEW = other_rules(content="sha256:new")
HAND = Hand("2026-04-01T00:00:00Z")
Scores = Mapping[str, Mapping[str, float]]
"""By run and agency."""


def step(store: Store, past: Past, run_id: str, scores: Mapping[str, float], rules: str = NEW.content) -> Step:
    """What a run says judged again, where its agencies have these scores then."""
    first = store.load(run_id)
    found = {agency: agency_score(agency, score) for agency, score in scores.items()}
    nation = score_nation(past.site, found) if len(found) == len(past.site.agencies) else None
    posture: tuple[PostureEntry, ...] = first.posture or tuple(failing(one, first.at) for one in scores)
    run = Run(
        run_id, first.at, "", first.scope, replace(RULES, content=rules), first.plan, {}, (), posture, found, nation
    )
    around = Around(DEADLINES, {agency: {"": {"failed": 1}} for agency in scores})
    return step_of(run, store.registered(run_id), around, {})


def begun(
    store: Store, past: Past, scores: Scores, done: int, hand: Hand = HAND, *, rules: str = NEW.content,
    missing: Mapping[str, str] | None = None,
) -> Unfinished:  # fmt: skip
    """A series of these runs that was broken off after so many of them."""
    newest = max(store.marked_runs())
    about = Series(0, "2026-04-01T00:00:00Z", rules, "", RULES.engine, newest, missing or {})
    one = store.rejudging.begin(Unfinished(about, "", tuple(scores)), hand)
    for run_id in one.runs[:done]:
        one = store.rejudging.keep(one, step(store, past, run_id, scores[run_id], rules), hand)
    return one


def judged_again(store: Store, past: Past, scores: Scores, *, rules: str = NEW.content, **missing: str) -> Series:
    """Keep a series in which these runs have these scores."""
    one = begun(store, past, scores, len(scores), rules=rules, missing=missing)
    kept, entry, judged = store.rejudging.end(one, HAND)
    assert entry.details["runs"] == judged == len(scores)
    return kept
