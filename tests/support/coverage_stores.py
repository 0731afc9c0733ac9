"""Which clauses of DS, DI, BR and DR are proved on captured reality, whatever they are about.

What a Linux server answers is in docs/coverage.md and is taken from there; the rest (databases, buckets, stores,
repositories, shares, the agency) is judged here, each captured sample with an agency declared around it.
`python -m tests.support.coverage_stores --write` writes docs/coverage-stores.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache

from pepperbird.evaluate.compiled import Compiler, Ready
from pepperbird.evaluate.judge import evaluate
from pepperbird.expression.joined import JOINED
from pepperbird.model.plan import Selection
from pepperbird.model.policy import Clause
from pepperbird.model.state import AssetKind, Tier
from pepperbird.model.verdict import Verdict
from pepperbird.plan.make import make_plan
from tests.support import coverage
from tests.support.coverage import Line, can_be_denied, catalog, one_compiler, row, shared_compiler, states
from tests.support.coverage_past import pasts, with_records
from tests.support.coverage_scenes import Scene, scenes, site_of
from tests.support.samples import ROOT, collectors

FILE = ROOT / "docs" / "coverage-stores.md"
STANDARDS = ("DS", "DI", "BR", "DR")
YEARS_LATER = "2031-11-24T02:00:00Z"


@cache
def lines() -> tuple[Line, ...]:
    """Every clause of the four standards but signed documents, with what proves it."""
    compiler = shared_compiler()
    ours: dict[tuple[str, AssetKind], Line] = {}
    for control in catalog().controls.values():
        for leaf in (leaf for clause in control.clauses for leaf in clause.leaves):
            if leaf.document is not None or control.id[:2] not in STANDARDS or AssetKind.LINUX_SERVER in leaf.on:
                continue
            line = _line(compiler, control.id, leaf)
            ours |= {(line.id, kind): line for kind in leaf.on}
    for name, verdicts in _judged({probe.partition(".")[0] for line in ours.values() for probe in line.probes}):
        for clause, verdict, state in states(verdicts):
            line = ours.get((clause, AssetKind(verdict.kind)))
            if line is not None and name not in line.seen.setdefault(state, []):
                line.seen[state].append(name)
    for line in ours.values():
        line.free = line.free or _free_for_all(line)
    servers = [line for line in coverage.lines() if line.id[:2] in STANDARDS]
    found = [*servers, *{id(line): line for line in ours.values()}.values()]
    return tuple(sorted(found, key=lambda line: (line.id, line.clause.on)))


def _line(compiler: Compiler, control: str, leaf: Clause) -> Line:
    if leaf.check is None:
        return Line(leaf, control)
    ready = compiler.check(leaf.check, control)
    probes = tuple(sorted({*filter(None, ready.source.split(", ")), *_joined(ready)}))
    return Line(leaf, control, probes, free=not any(can_be_denied(probe) for probe in probes))


def _free_for_all(line: Line) -> bool:
    """An account without any right was told, so that there is nothing that could be refused."""
    told = {name for state in ("good", "bad") for name in line.seen.get(state, [])}
    return "denied" not in line.seen and any(name.endswith("denied") for name in told)


def _joined(ready: Ready) -> Iterator[str]:
    """The probes behind what is joined from other assets."""
    reads = [*ready.expect.reads, *([ready.rows.path] if ready.rows else [])]
    for read in reads:
        for one in JOINED.get(read[1], ()) if read[0] == "asset" and len(read) > 1 else ():
            namespace, _, probe = one.partition(".")
            if namespace in collectors():
                yield from [one] if probe else (f"{namespace}.{name}" for name in collectors()[namespace].probes)


def _judged(namespaces: set[str]) -> Iterator[tuple[str, tuple[Verdict, ...]]]:
    """Each scene with what the clauses here read: by three tiers, declared whole and hardly at all; and years later."""
    for scene in scenes():
        if not namespaces & scene.facts.keys():
            continue
        for whole in (True, False):
            for tier in Tier:
                yield from _scene(scene, scene.at, whole, tier)
        yield from _scene(scene, YEARS_LATER, True, Tier.STANDARD)
        for store in dict.fromkeys(one["store"] for one in scene.rows("drills", "results") if one["store"]):
            yield from _scene(scene, scene.at, True, Tier.STANDARD, only=store)


def _scene(scene: Scene, at: str, whole: bool, tier: Tier, only: str = "") -> Iterator[tuple[str, tuple[Verdict, ...]]]:
    site = site_of(scene, whole=whole, tier=tier, only=only)
    site = with_records(site, scene, at, whole=whole)
    bare = site_of(scene, whole=False, tier=Tier.FOUNDATION)
    plan, fewer = (make_plan(catalog(), one, Selection(deep=True, controls=STANDARDS), at=at) for one in (site, bare))
    evidence = scene.evidence()
    for memory in pasts(scene, plan, fewer):
        yield scene.name, evaluate(catalog(), plan, evidence, memory, site=site, at=at, runner=one_compiler)


def page() -> str:
    """docs/coverage-stores.md."""
    all_ = lines()
    proved, built = sum(line.proved for line in all_), sum(line.clause.check is not None for line in all_)
    head = HEAD.format(all=len(all_), built=built, proved=proved, percent=100 * proved // len(all_))
    return "\n".join([head, *(row(line, about=", ".join(line.clause.on)) for line in all_)]) + "\n"


HEAD = """\
# Coverage: clauses about stores, backups and recovery

Written by `python -m tests.support.coverage_stores --write`; a test compares this page with what the samples give.

One line per clause of DS, DI, BR and DR, whatever it is about; signed documents are left out. What a Linux server
answers is proved as [coverage.md](coverage.md) says. For the others, an agency is declared around each sample that is
`origin: captured`: once with all that a register may say, once with as little as can be. Then the real judge looks at
it, at the values of each tier, and as of five years on. **Good**, **bad** and **denied** name a sample that gives that
state. Denied is *not needed* where the clause reads nothing that can be refused, or where an account without any right
was told all the same. A clause is proved when all three are there.

**{proved} of {all} clauses are proved ({percent} %); {built} are built.**

| clause | about | check | collector | good | bad | denied | not applicable | proved |
|---|---|---|---|---|---|---|---|---|"""

if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        FILE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
