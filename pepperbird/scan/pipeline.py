"""A scan, read top to bottom: plan, keep the inputs, collect, judge, record.

Every scan ends in an answer: an endpoint that hangs, refuses or lies is a Gap in its transcript, and its pairs are
judged like all others.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pepperbird.bundle.archive import pack_content
from pepperbird.collect.interface import CollectOptions
from pepperbird.evaluate.pool import Judges
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import FULL, Plan
from pepperbird.model.run import Digests, Run
from pepperbird.model.site import Site
from pepperbird.scan.clock import new_run_id, now
from pepperbird.scan.collecting import Collecting, Progress
from pepperbird.scan.sealing import UNSIGNED, Sealing
from pepperbird.store.ready import require_master, require_store

if TYPE_CHECKING:
    from pepperbird.scan.judging import Judged, Previous
    from pepperbird.store.resuming import Begun
    from pepperbird.store.runs import Store
    from pepperbird.store.works import Work
    from pepperbird.trust.keylist import SignedKeys


def scan(
    catalog: Catalog, site: Site, plan: Plan, path: Path, options: CollectOptions, progress: Progress | None = None,
    *, sealing: Sealing = UNSIGNED,
) -> tuple[Run, Site]:  # fmt: skip
    """Carry out `plan`, record the run in the store at `path`, give it with the register that it was judged by.

    What is recorded is signed by `sealing`.

    What the probes said is in the store alone. Raises StoreError, CollectError, TrustError (an old key list) and
    UsageError (content that must be signed), never for what a target does. The store is tried before anybody is
    contacted; what is heavy to load is loaded while the machines answer.
    """
    require_usable(path, catalog, site, plan.at, sealing)
    with (
        Collecting(catalog, plan, options, progress) as collecting,
        Judges(catalog, (pair.control for pair in plan.pairs)) as judges,
    ):
        from pepperbird.store.runs import Store

        store = Store(path, sealing.master)
        try:
            begun = begin(store, catalog, site, plan, sealing)
            put = sealing.evidence(begun.run, catalog)
            importlib.import_module("pepperbird.scan.judging")  # as long as we wait
            asked: dict[str, Transcript] = {}
            for transcript in collecting.finished():
                store.add_transcript(begun.run.id, transcript, put)
                asked[transcript.endpoint] = transcript.bare
            run = end(store, catalog, begun, asked, sealing, judges)
        finally:
            store.close()
    return run, begun.site


def require_usable(path: Path, catalog: Catalog, site: Site, at: str, sealing: Sealing) -> None:
    """Raise what stands in the way of a scan, before anybody is contacted; keep a new key list."""
    require_store(path)
    require_master(path, sealing.master.id if sealing.master else None)
    if sealing.keys is not None:
        _record_keys(path, sealing.keys, at)
    if site.file.defaults.require_signed_content:
        _refuse_unsigned(path, catalog, site, at)


def begin(store: Store, catalog: Catalog, site: Site, plan: Plan, sealing: Sealing, work: Work | None = None) -> Begun:
    """Keep all that judging the run will need. `work` (its run is filled in) is for an executor to go on with."""
    from pepperbird.scan.declaring import declare
    from pepperbird.scan.digests import digests_of
    from pepperbird.store.resuming import Begun

    store.vault.seal_earlier(plan.at, sealing.put)
    site = register_of(declare(store, catalog, site, plan.at, sealing), plan)
    memory = store.memory(plan.agencies)
    sources, previous = standing_before(store, plan)
    run = _begun(plan, digests_of(catalog, site, plan, memory), store.unseen(plan.agencies))
    content = _archive(catalog, site)
    store.begin(run, site, memory, content, sources, work=work and replace(work, run=run.id))
    return Begun(run, site, memory, content, dict(previous))


def end(
    store: Store, catalog: Catalog, begun: Begun, asked: Mapping[str, Transcript], sealing: Sealing, judges: Judges
) -> Run:
    """Judge what every endpoint of the run said, which is recorded, and keep that: the run has ended in an answer.

    `asked` holds their transcripts, `bare`, and so does the run that it gives.

    It stands on the newest run before it that has ended by now, also where that ended while this one was asking.
    """
    from pepperbird.scan.digests import ENGINE
    from pepperbird.scan.falls import falls_of
    from pepperbird.scan.judging import judge
    from pepperbird.score.baseline import deadlines_of
    from pepperbird.store.past import MovedError

    while True:
        begun = store.stand(begun)
        run = replace(begun.run, digests=replace(begun.run.digests, engine=ENGINE))
        heard = partial(store.hear, run.id)
        judged = judge(catalog, begun.site, run.plan, heard, begun.memory, begun.previous, runner=judges)
        run = with_judgement(replace(run, ended=now(), transcripts=asked), judged)
        fell = falls_of(store, run, catalog, begun.previous)
        try:
            ended = store.finish(run, judged.memory_after, sealing.put, deadlines_of(catalog, run.plan), fell)
        except MovedError:
            continue
        return replace(run, record=ended.record, overtaken=ended.overtaken)


def _record_keys(path: Path, keys: SignedKeys, at: str) -> None:
    from pepperbird.store.runs import Store

    store = Store(path)
    try:
        store.ledger.record_keys(keys, at)
    finally:
        store.close()


def _refuse_unsigned(path: Path, catalog: Catalog, site: Site, at: str) -> None:
    from pepperbird.scan.declaring import refuse_unsigned

    refuse_unsigned(path, catalog, site, at)


def _archive(catalog: Catalog, site: Site) -> bytes:
    overlays = sorted((Path(site.root) / "baselines").glob("*.yaml")) if site.root else []
    return pack_content(Path(catalog.root), overlays)


def register_of(site: Site, plan: Plan) -> Site:
    """The register as a run keeps it: with what it says of the documents of the run's own agencies."""
    files = (one for one in site.attestations if one.agency_id in plan.agencies)
    records = (one for one in site.attested if one.agency in plan.agencies)
    return site.model_copy(
        update={
            "attestations": tuple(sorted(files, key=lambda one: one.agency_id)),
            "attested": tuple(sorted(records, key=lambda one: one.agency)),
        }
    )


def standing_before(store: Store, plan: Plan) -> tuple[Mapping[str, str], Previous]:
    """By which run each agency stood where; nothing for a partial run, whose result is never the agency's."""
    found = {agency: store.standing(agency) for agency in plan.agencies} if plan.scope == FULL else {}
    return {agency: run for agency, (run, _) in found.items()}, {agency: one for agency, (_, one) in found.items()}


def with_judgement(run: Run, judged: Judged) -> Run:
    """`run` with verdicts, posture and scores, and the digest of the verdicts."""
    from pepperbird.store.codec import verdicts_digest

    return replace(
        run,
        verdicts=judged.verdicts,
        posture=judged.posture,
        scores=judged.scores,
        nation=judged.nation,
        digests=replace(run.digests, verdicts=verdicts_digest(judged.verdicts)),
    )


def _begun(plan: Plan, digests: Digests, first: tuple[str, ...]) -> Run:
    return Run(
        id=new_run_id(plan.at), at=plan.at, ended="", scope=plan.scope, digests=digests, plan=plan, transcripts={},
        verdicts=(), posture=(), scores={}, nation=None, first=first,
    )  # fmt: skip
