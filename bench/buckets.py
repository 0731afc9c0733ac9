"""Ten thousand buckets, asked and judged, beside a thousand: what more of them cost, and how much memory they take.

The other side is a small server in a process of its own. Each measurement has a process of its own too, because memory
that was once taken is seldom given back.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace

from bench.figure import Figure
from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.collect.endpoint import collect_one
from pepperbird.collect.interface import CollectOptions, alone
from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import Evidence, Memory
from pepperbird.model.plan import Selection
from pepperbird.model.site import Access, Agency, Asset, Site, SiteFile
from pepperbird.model.state import AssetKind, Tier
from pepperbird.observe.observe import observe
from pepperbird.plan.make import make_plan

AT = "2026-11-24T02:00:00Z"
FEW, MANY = 1_000, 10_000
ASKED = ("asked", "buckets", "account_block", "versioning")
"""One question of each bucket, of the fourteen: each further one costs as much again."""


def run() -> list[Figure]:
    """The ratio of costs, and the memory for the many."""
    few, many = _measured(FEW), _measured(MANY)
    words = f"{many['seconds'] / MANY * 1000:.2f} ms of CPU a bucket; {FEW:,} take {few['megabytes']:.0f} MB"
    return [
        Figure("cost of 10,000 buckets against 1,000", many["seconds"] / few["seconds"], "times", 11, detail=words),
        Figure("memory for 10,000 buckets", many["megabytes"], "MB", 400),
    ]


def _measured(count: int) -> dict[str, float]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.s3_stub", str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        try:
            url = server.stdout.readline().strip()
            done = subprocess.run(
                [sys.executable, "-m", "bench.buckets", url, str(count)], capture_output=True, text=True, check=True,
                timeout=600, env={**os.environ, "BENCH_SECRET": "bench"},
            )  # fmt: skip
        finally:
            server.kill()
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _one(url: str, count: int) -> dict[str, float]:
    """Ask, read and judge them, after what a run costs that has none."""
    catalog = read_bundle(find_content(None))
    access = Access.model_validate({"via": "s3", "at": url, "as": "BENCH", "secret": "env:BENCH_SECRET"})
    asset = Asset(id="objects", kind=AssetKind.S3_BUCKET, access=(access,))
    site = Site(file=SiteFile(name="bench"), agencies=(Agency(id="a", name="A", tier=Tier.STANDARD, assets=(asset,)),))
    plan = make_plan(catalog, site, Selection(), at=AT)
    probes = tuple(one for one in plan.endpoints[0].probes if one.id.partition(".")[2] in ASKED)
    endpoint = replace(plan.endpoints[0], probes=probes, deadline=600)
    started = time.process_time()
    with alone(600) as lifeline:
        transcript = collect_one(
            endpoint, catalog.programs["s3"], catalog.redactions, CollectOptions(), lifeline=lifeline
        )
    assert transcript.gap is None, transcript.gap
    seen = observe(catalog, endpoint, transcript)
    assert len(seen.facts["s3"]["buckets"]) == count
    verdicts = evaluate(catalog, plan, Evidence({seen.asset: seen}), Memory(), site=site, at=AT)
    subjects = {one.subject for verdict in verdicts for result in verdict.clauses for one in result.findings}
    assert len(subjects) >= count
    seconds = time.process_time() - started
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    print(json.dumps(_one(sys.argv[1], int(sys.argv[2]))))
