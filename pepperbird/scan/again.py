"""Judge a stored run again: with the content it was judged by, to the same bytes, or with other rules."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from pepperbird.bundle.archive import OVERLAYS, unpack_content
from pepperbird.bundle.read import read_bundle
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Memory
from pepperbird.model.plan import FULL
from pepperbird.model.run import Run
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.model.site import Site
from pepperbird.model.verdict import PostureEntry
from pepperbird.plan.replan import replan
from pepperbird.scan.digests import digests_of
from pepperbird.scan.judging import Previous, judge
from pepperbird.scan.pipeline import with_judgement
from pepperbird.store.codec import canonical
from pepperbird.store.runs import Store


@dataclass(frozen=True)
class Again:
    """A run judged again. `same` tells whether its verdicts are byte for byte those that were stored.

    `changed` names whatever else came out differently: posture, scores, nation, memory.
    """

    run: Run
    site: Site
    same: bool
    changed: tuple[str, ...] = ()


def evaluate_again(
    store: Store, run_id: str, catalog: Catalog, *, other_rules: bool = False, baseline: str | None = None
) -> Again:
    """Judge the stored evidence of a run with `catalog`. Raises UsageError and StoreError. Nothing is stored.

    Without `other_rules` and `baseline` the plan is the stored one, so that every verdict must come out the same.
    """
    stored = store.load(run_id, heard=False)
    site, memory, _ = store.inputs(run_id)
    plan = stored.plan
    if other_rules or baseline is not None:
        plan = replan(catalog, site, plan, baseline=baseline)
    full = plan.scope == FULL
    previous: Previous | None = store.previous(run_id)
    if previous is None or other_rules:
        previous = {agency: store.posture(agency, before=run_id) for agency in plan.agencies} if full else {}
    judged = judge(catalog, site, plan, partial(store.hear, run_id), memory, previous)
    record = stored.record if plan is stored.plan else None
    again = replace(stored, plan=plan, digests=digests_of(catalog, site, plan, memory), record=record)
    run = with_judgement(again, judged)
    same = run.digests.verdicts == stored.digests.verdicts
    return Again(run, site, same, _changed(stored, run, store.memory_after(run_id), judged.memory_after))


def _changed(stored: Run, run: Run, memory: Memory | None, memory_after: Memory) -> tuple[str, ...]:
    pairs: dict[str, tuple[Any, Any, Any]] = {
        "posture": (tuple[PostureEntry, ...], stored.posture, run.posture),
        "scores": (dict[str, AgencyScore], dict(stored.scores), dict(run.scores)),
        "the nation's score": (NationScore | None, stored.nation, run.nation),
        "what is remembered": (Memory | None, memory, memory_after),
    }
    return tuple(name for name, (kind, was, now) in pairs.items() if canonical(kind, was) != canonical(kind, now))


@contextmanager
def stored_content(store: Store, run_id: str) -> Iterator[Catalog]:
    """The content that a run was judged by, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pepperbird-") as folder:
        root = Path(folder)
        unpack_content(store.content(run_id), root)
        yield read_bundle(root, overlays=sorted((root / OVERLAYS).glob("*.yaml")))
