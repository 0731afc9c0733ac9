"""Which clauses are proved on captured reality: every captured sample through the real observe and judge.

A state of a clause counts as proved when raw output of a real tool, kept as a sample with `origin: captured`, gives it:
pass (good), fail (bad), or a Gap of reason denied. `python -m tests.support.coverage --write` writes docs/coverage.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from pepperbird.evaluate.compiled import Compiler
from pepperbird.evaluate.judge import Task, evaluate, judge_task
from pepperbird.evaluate.memory import remember
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Evidence, Memory, ProbeOutput, Transcript
from pepperbird.model.gap import GapReason
from pepperbird.model.kept import Kept
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.policy import Clause
from pepperbird.model.site import Access, Agency, Asset, Site, SiteFile, Store
from pepperbird.model.state import AssetKind, State, Tier
from pepperbird.model.verdict import Verdict
from pepperbird.observe.observe import observe
from pepperbird.plan.make import make_plan
from tests.support.coverage_impossible import IMPOSSIBLE
from tests.support.coverage_reasons import WHY_NOT
from tests.support.samples import ROOT, Sample, collectors, samples
from tests.support.shipped import shipped_catalog

FILE = ROOT / "docs" / "coverage.md"
KIND = AssetKind.LINUX_SERVER
AT = "2026-11-24T02:00:00Z"
LONG_BEFORE = "2026-08-20T00:00:00Z"
YEARS_LATER = "2031-11-24T02:00:00Z"
SITE = Site(
    file=SiteFile(name="coverage"),
    agencies=(
        Agency(
            id="sample", name="Sample", tier=Tier.STANDARD,
            assets=(
                Asset(
                    id="server", kind=KIND, public=("203.0.113.10",),
                    access=(Access.model_validate({"via": "replay", "at": "x", "as": "pepperbird"}),),
                    logs_to=Kept(on="keeper", path="/var/log/remote/sender"),
                    packages_to=Kept(on="keeper", path="/srv/build/sender.txt"),
                ),
                Asset(id="pub", kind=AssetKind.NFS_EXPORT, on="server", path="/srv/pub"),
                Asset(id="files", kind=AssetKind.NFS_EXPORT, on="server", path="/srv/files"),
                Asset(
                    id="keeper", kind=KIND,
                    access=(Access.model_validate({"via": "replay", "at": "y", "as": "pepperbird"}),),
                ),
            ),
            stores=(
                Store.model_validate({"id": "d", "asset": "server", "path": "/srv/data", "owner": "o", "class": "c"}),
            ),
        ),
    ),
)  # fmt: skip


@dataclass
class Line:
    """One clause, and by state the samples that gave it."""

    clause: Clause
    control: str
    probes: tuple[str, ...] = ()
    free: bool = False
    """No probe that it reads can be refused anything, so that there is no denied state to prove."""
    seen: dict[str, list[str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.clause.id or ""

    @property
    def lacking(self) -> tuple[str, ...]:
        """The states that no captured sample gives."""
        wanted = ("good", "bad") if self.free else ("good", "bad", "denied")
        return tuple(state for state in wanted if state not in self.seen)

    @property
    def proved(self) -> bool:
        return self.clause.check is not None and not self.lacking

    @property
    def why_not(self) -> str:
        """In words; '' where it is proved."""
        if self.proved:
            return ""
        if self.clause.pending is not None:
            return f"not built: {self.clause.pending}"
        words = f"no captured {' and '.join(self.lacking)} state"
        return f"{words}: {WHY_NOT[self.id]}" if self.id in WHY_NOT else words


@cache
def catalog() -> Catalog:
    return shipped_catalog()


@cache
def shared_compiler() -> Compiler:
    """All samples are judged by the same expressions: they are compiled once."""
    return Compiler(catalog())


def one_compiler(_: Catalog, tasks: Sequence[Task]) -> list[tuple[Verdict, ...]]:
    """Judges tasks with it; a runner of `evaluate`."""
    return [judge_task(shared_compiler(), task) for task in tasks]


@cache
def lines() -> tuple[Line, ...]:
    """Every clause that a Linux server answers by what can be seen on it, with what proves it."""
    compiler = shared_compiler()
    found = [
        _line(compiler, control.id, leaf)
        for control in catalog().controls.values()
        for clause in control.clauses
        for leaf in clause.leaves
        if KIND in leaf.on and leaf.document is None
    ]
    by_id = {line.id: line for line in found}
    for name, verdicts in _judged():
        for clause, verdict, state in states(verdicts):
            ours = verdict.asset == "server" and clause in by_id
            seen = by_id[clause].seen.setdefault(state, []) if ours else []
            if name not in seen:
                seen.append(name)
    return tuple(sorted(found, key=lambda line: line.id))


def _line(compiler: Compiler, control: str, leaf: Clause) -> Line:
    if leaf.check is None:
        return Line(leaf, control)
    source = compiler.check(leaf.check, control).source
    probes = tuple(source.split(", ")) if source else ()
    return Line(leaf, control, probes, free=not any(can_be_denied(probe) for probe in probes))


@cache
def can_be_denied(probe: str) -> bool:
    """Does a probe ask for root, or say 77 anywhere in the functions that it runs? A connection's own facts never."""
    namespace, _, name = probe.partition(".")
    collector = catalog().collectors[namespace]
    if not name:
        return False
    if collector.family in ("sql", "s3"):
        return bool(collector.probes[name].grants)
    if collector.family == "powershell":
        return True  # whether it may be refused, nobody has seen yet
    text = (ROOT / "collectors" / namespace / "probe.sh").read_text()
    bodies = dict(re.findall(r"^(\w+)\(\) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL))
    reached, todo = set[str](), [f"{namespace}_{name}"]
    while todo:
        body = bodies[todo.pop()]
        words = set(re.findall(r"\w+", re.sub(r"^\s*#.*", "", body, flags=re.MULTILINE)))
        if words & {"77", "as_root", "look_into", "whole_machine", "denied"}:
            return True
        todo += sorted((words & bodies.keys()) - reached)
        reached |= words & bodies.keys()
    return collector.probes[name].privilege != "none"


def _judged() -> Iterator[tuple[str, tuple[Verdict, ...]]]:
    """Each captured state, judged as seen for the first time, as seen long ago already, and as of years later."""
    plan = make_plan(catalog(), SITE, Selection(deep=True), at=AT)
    strict = SITE.model_copy(update={"agencies": (SITE.agencies[0].model_copy(update={"tier": Tier.CRITICAL}),)})
    strict_plan = _by_kit(make_plan(catalog(), strict, Selection(deep=True), at=AT))
    for name, outputs, connection, at in captured():
        theirs = {probe: outputs.pop(probe) for probe in list(outputs) if probe.startswith("kept.")}
        asked = ((outputs, connection), (theirs, {}))
        seen, keeper = (
            observe(catalog(), one, Transcript(one.id, at, at, told, said))
            for one, (said, told) in zip(plan.endpoints, asked, strict=True)
        )
        evidence = Evidence({seen.asset: seen, **({keeper.asset: keeper} if theirs else {})})
        for memory in (Memory(), remember(catalog(), Memory(), evidence, at=LONG_BEFORE)):
            yield name, evaluate(catalog(), plan, evidence, memory, site=SITE, at=at, runner=one_compiler)
        yield name, evaluate(catalog(), strict_plan, evidence, Memory(), site=strict, at=at, runner=one_compiler)
        old = replace(seen, collected_at=YEARS_LATER)
        late = Evidence({seen.asset: old})
        yield name, evaluate(catalog(), plan, late, Memory(), site=SITE, at=YEARS_LATER, runner=one_compiler)


def _by_kit(plan: Plan) -> Plan:
    """The same machines, looked at by a kit: some clauses are for these, others for those with a connection."""
    return replace(plan, assets=tuple(replace(one, declared={**one.declared, "via": "kit"}) for one in plan.assets))


def captured() -> Iterator[tuple[str, dict[str, ProbeOutput], Mapping[str, object], str]]:
    """Name, outputs, connection and time of each captured sample; those of one name are parts of one machine."""
    machines: dict[str, list[Sample]] = {}
    for sample in samples():
        ours = KIND in collectors()[sample.namespace].on
        if collectors()[sample.namespace].family == "connection" and sample.folder.name.startswith("standby-"):
            continue  # the clock of a database server
        if sample.origin == "captured" and ours:
            machines.setdefault(sample.folder.name, []).append(sample)
    for name, parts in sorted(machines.items()):
        outputs: dict[str, ProbeOutput] = {}
        connection: dict[str, object] = {"host_key_verified": True}
        for part in parts:
            outputs |= part.outputs()
            connection |= part.connection()
        yield name, outputs, connection, max(part.at or AT for part in parts)


def states(verdicts: tuple[Verdict, ...]) -> Iterator[tuple[str, Verdict, str]]:
    """Each clause that was judged, of which pair, and the state where it is one that counts."""
    names = {State.PASS: "good", State.FAIL: "bad", State.NOT_APPLICABLE: "not applicable"}
    for verdict in verdicts:
        for result in verdict.clauses:
            if result.state in names:
                yield result.clause, verdict, names[result.state]
            elif any(one.gap is not None and one.gap.reason is GapReason.DENIED for one in result.findings):
                yield result.clause, verdict, "denied"


def page() -> str:
    """docs/coverage.md."""
    all_ = lines()
    proved = sum(line.proved for line in all_)
    built = sum(line.clause.check is not None for line in all_)
    rows = [
        HEAD.format(all=len(all_), built=built, proved=proved, percent=100 * proved // len(all_)),
        "| clause | check | collector | good | bad | denied | not applicable | proved |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows += [row(line) for line in all_]
    return "\n".join([*rows, *_impossible()]) + "\n"


def row(line: Line, *, about: str = "") -> str:
    """The line of a table; with `about` it says what the clause is about."""
    denied = "not needed" if line.free and line.clause.check else _names(line, "denied")
    cells = (
        line.id, *([about] if about else []), line.clause.check or "",
        ", ".join(sorted({one.partition(".")[0] for one in line.probes})),
        _names(line, "good"), _names(line, "bad"), denied, _names(line, "not applicable"),
        "yes" if line.proved else f"no: {line.why_not}",
    )  # fmt: skip
    return "| " + " | ".join(cell or "–" for cell in cells) + " |"


def _impossible() -> Iterator[str]:
    """What stays an error on some machines although the account has all its rights."""
    clauses = {line.clause.check: line.id for line in lines() if line.clause.check}
    yield IMPOSSIBLE_HEAD
    for one in IMPOSSIBLE:
        names = ", ".join(f"{clauses[check]} {check}" for check in one.checks)
        yield f"| {one.machine} | {names} | {one.why} |"


def _names(line: Line, state: str) -> str:
    names = line.seen.get(state, [])
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return names[0] + more if names else ""


HEAD = """\
# Coverage: what is proved on captured reality

Written by `python -m tests.support.coverage --write`; a test compares this page with what the samples give today.

One line per clause that a Linux server answers by what can be seen on it (signed documents are left out). Each sample
that is `origin: captured`, the raw output of a real tool on a real machine, goes through the real parsers and the real
judge, at the values of the standard tier: as seen now for the first time, as seen three months ago already, and as
judged five years on (what was up to date then is not any more); and once at those of the critical tier, which asks for
more, as brought by a kit. **Good** names a sample that passes the clause, **bad**
one that fails it, **denied** one where the scanning account lacked a right and the clause became an error. Denied is
*not needed* where no probe that the clause reads asks for a right or can be refused one; a test runs those as an
account without any. A clause is proved when all three are there.

**{proved} of {all} clauses are proved ({percent} %); {built} are built.**
"""
IMPOSSIBLE_HEAD = """
## What some machines cannot show

On these machines a clause stays an error, with that reason, whatever the account may do. A test scans four real
machines in one run (three of Debian, one of busybox and dropbear alone) and allows no other error where the account has
its rights.

| the machine | clauses | why |
|---|---|---|"""

if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        Path(FILE).write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
