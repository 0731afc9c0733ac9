"""A scan, read top to bottom: plan, keep the inputs, collect, judge, record.

Every scan ends in an answer: an endpoint that hangs, refuses or lies is a Gap in its transcript, and its pairs are
judged like all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pepperbird.bundle.archive import pack_content
from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions, Event
from pepperbird.evaluate.pool import Judges
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import FULL, Plan
from pepperbird.model.run import Digests, Run
from pepperbird.model.site import Site
from pepperbird.scan.clock import new_run_id, now
from pepperbird.scan.digests import digests_of
from pepperbird.scan.judging import Judged, Previous, judge
from pepperbird.store.codec import verdicts_digest
from pepperbird.store.runs import Store

Progress = Callable[[Event], None]


def scan(
    catalog: Catalog, site: Site, plan: Plan, store: Store, options: CollectOptions, progress: Progress | None = None
) -> Run:
    """Carry out `plan`, record the run, give it. Raises StoreError and CollectError, never for what a target does."""
    memory = store.memory()
    previous = previous_postures(store, plan)
    run = _begun(plan, digests_of(catalog, site, plan, memory))
    overlays = sorted((Path(site.root) / "baselines").glob("*.yaml")) if site.root else []
    with Judges(catalog) as judges:
        store.begin(run, site, memory, pack_content(Path(catalog.root), overlays))

        def finished(transcript: Transcript) -> None:
            store.add_transcript(run.id, transcript)

        transcripts = collect(
            plan.endpoints, catalog.programs, catalog.redactions, options, finished=finished, progress=progress
        )
        judged = judge(catalog, site, plan, transcripts, memory, previous, runner=judges)
    run = with_judgement(replace(run, ended=now(), transcripts=transcripts), judged)
    store.finish(run, judged.memory_after)
    return run


def previous_postures(store: Store, plan: Plan) -> Previous:
    """Where each agency stood; nothing for a partial run, whose result is never the agency's."""
    return {agency: store.posture(agency) for agency in plan.agencies} if plan.scope == FULL else {}


def with_judgement(run: Run, judged: Judged) -> Run:
    """`run` with verdicts, posture and scores, and the digest of the verdicts."""
    return replace(
        run,
        verdicts=judged.verdicts,
        posture=judged.posture,
        scores=judged.scores,
        nation=judged.nation,
        digests=replace(run.digests, verdicts=verdicts_digest(judged.verdicts)),
    )


def _begun(plan: Plan, digests: Digests) -> Run:
    return Run(
        id=new_run_id(plan.at), at=plan.at, ended="", scope=plan.scope, digests=digests, plan=plan, transcripts={},
        verdicts=(), posture=(), scores={}, nation=None,
    )  # fmt: skip
