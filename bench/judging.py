"""Facts to verdicts on one core, Gap look-up and explained findings included, on small facts with a Gap in them."""

from __future__ import annotations

from bench.figure import Figure, best, cpu
from pepperbird.evaluate.compiled import Compiler
from pepperbird.evaluate.judge import judge_task, make_tasks
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset, Pair, Plan, Selection
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import AssetKind, Cadence, Enforcement, Tier
from tests.support.judging import AT, GOOD, ROOM, SERVER, catalog_of, check

CLAUSES = 30
ROUNDS = 1000


def run() -> list[Figure]:
    """One figure: clauses judged per second of CPU."""
    checks = [
        check(
            f"c{i}",
            expect=f'disk.mode == "good" && disk.other != "x{i}"',
            message="mode is {disk.mode}",
            expected="good",
        )
        for i in range(CLAUSES - 1)
    ]
    clauses = [{"id": f"DS-12.{i + 1}", "check": one.id, "on": SERVER} for i, one in enumerate([*checks, ROOM])]
    catalog = catalog_of(clauses, ROOM, *checks)
    asset = JudgedAsset(
        "moh", "srv", AssetKind.LINUX_SERVER, Tier.STANDARD, Cadence.ONLINE, "srv", "moh/srv/ssh", True, {"id": "srv"}
    )
    pair = Pair("moh", "DS-12", "srv", AssetKind.LINUX_SERVER, Tier.STANDARD, Enforcement.REQUIRED)
    plan = Plan(
        AT, Selection(), ("moh",), (), (asset,), (pair,), {"moh": {"id": "moh"}}, dict.fromkeys(Tier, "standard")
    )
    site = Site(file=SiteFile(name="t"), agencies=(Agency(id="moh", name="Health", tier=Tier.STANDARD),))
    facts = GOOD | {"updates": Gap(GapReason.DENIED, "sudo refused")}
    evidence = Evidence({"moh/srv": AssetEvidence("moh/srv", {"disk": facts}, AT)})
    (task,) = make_tasks(catalog, plan, evidence, Memory(), site=site, at=AT)
    compiler = Compiler(catalog)
    (verdict,) = judge_task(compiler, task)
    assert len(verdict.clauses) == CLAUSES
    seconds = best(lambda: cpu(lambda: [judge_task(compiler, task) for _ in range(ROUNDS)]))
    rate = CLAUSES * ROUNDS / seconds
    return [Figure("facts to verdicts, one core", rate, "clauses/s", 50_000, least=True)]
