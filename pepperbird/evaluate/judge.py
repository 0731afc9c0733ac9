"""Facts and Gaps to verdicts.

A check whose facts are missing is an error, unreachable or unchecked, never a pass. Nothing here reads the clock, the
disk or the network: `at` is the time that decides, and the same arguments always give the same verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pepperbird.evaluate.absence import absent
from pepperbird.evaluate.compiled import Compiler
from pepperbird.evaluate.document import Papers
from pepperbird.evaluate.joined import joined_of
from pepperbird.evaluate.memory import history_of, remember
from pepperbird.evaluate.pair import REQUIRED, Subject, judge_pair
from pepperbird.evaluate.recovery import recovery_of
from pepperbird.expression.lookup import gaps_in
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset, Pair, Plan
from pepperbird.model.site import Site
from pepperbird.model.state import SERVERS, Assurance, State
from pepperbird.model.verdict import ClauseResult, Finding, Verdict


@dataclass(frozen=True, slots=True)
class Task:
    """One asset with its pairs and all that judging it needs, apart from content: it can be sent to another process.

    `asset` is None for a kind that the tier expects and the register lacks.
    """

    asset: JudgedAsset | None
    pairs: tuple[Pair, ...]
    own: AssetEvidence | Gap
    host: AssetEvidence | Gap
    history: Mapping[str, Any]
    register: Mapping[str, object]
    baselines: Mapping[str, str]
    papers: Papers
    endpoint: str
    at: str
    joined: dict[str, Any] = field(default_factory=dict)
    """What could be seen of it on all machines of its agency: copies, runs, drills, what it keeps on another."""
    signed: bool = False
    """True where the agency's officer signed the register as it is."""
    absent: Gap | str = ""
    """Of a kind that the register lacks: why it is not applicable, or what leaves it unknown."""
    assurance: Assurance = Assurance.OBSERVED
    """The weakest by which anything was seen that this is judged on."""
    recovery: dict[str, Any] = field(default_factory=dict)
    """What is joined over the agency beside these: standbys, exercises, backups, changes of the register."""


Runner = Callable[[Catalog, Iterable[Task]], Iterable[tuple[Verdict, ...]]]
"""Judges tasks; one tuple of verdicts per task, in order. `inline` gives one, `pool.Judges` is another."""


def evaluate(
    catalog: Catalog,
    plan: Plan,
    evidence: Evidence,
    memory: Memory,
    *,
    site: Site,
    at: str,
    runner: Runner | None = None,
) -> tuple[Verdict, ...]:
    """A verdict for every pair of the plan, sorted by agency, control, asset."""
    tasks = make_tasks(catalog, plan, evidence, memory, site=site, at=at)
    judged = (runner or inline(catalog))(catalog, tasks)
    verdicts = [verdict for group in judged for verdict in group]
    return tuple(sorted(verdicts, key=lambda one: (one.agency, one.control, one.asset)))


def inline(catalog: Catalog) -> Runner:
    """What judges in this process by `catalog`, each check compiled once."""
    compiler = Compiler(catalog)
    return lambda _, tasks: (judge_task(compiler, task) for task in tasks)


def make_tasks(
    catalog: Catalog, plan: Plan, evidence: Evidence, memory: Memory, *, site: Site, at: str
) -> Iterator[Task]:
    """The work of `evaluate`, a task per asset, each made as it is asked for. History includes what was seen now."""
    known = remember(catalog, memory, evidence, at=at, plan=plan)
    pairs: dict[tuple[str, str], list[Pair]] = {}
    for pair in plan.pairs:
        pairs.setdefault((pair.agency, pair.asset), []).append(pair)
    assets = {(asset.agency, asset.id): asset for asset in plan.assets}
    baselines = {str(tier): name for tier, name in plan.baselines.items()}
    histories: dict[str, Mapping[str, Any]] = {}
    for (agency, name), mine in pairs.items():
        asset = assets.get((agency, name))
        host = f"{agency}/{asset.host}" if asset and asset.host else ""
        key = f"{agency}/{name}" if host == f"{agency}/{name}" or not host else host
        if key not in histories:
            histories[key] = history_of(catalog, known.tracks.get(key, {}))
        own = _own(evidence, agency, asset)
        yield Task(
            asset, tuple(mine), own, _host(evidence, assets, asset), histories[key],
            plan.registers.get(agency, {}), baselines,
            _papers(site, agency),
            _endpoint(assets, asset), at, joined_of(plan, evidence, asset, own, at) if asset else {},
            site.register(agency).is_signed,
            "" if asset else absent(site, agency, mine[0].kind, evidence, catalog.lists.get("os_mounts", ()), at),
            _assurance(evidence, agency, name, asset),
            recovery_of(plan, evidence, known, _papers(site, agency), asset, at) if asset else {},
        )  # fmt: skip


def _assurance(evidence: Evidence, agency: str, name: str, asset: JudgedAsset | None) -> Assurance:
    """The weaker of its own facts and its host's; of what is joined over machines, the weakest of the whole agency."""
    own = {f"{agency}/{name}", f"{agency}/{asset.host if asset else name}"}
    kits = {key for key, one in evidence.assets.items() if one.assurance is Assurance.SELF_COLLECTED}
    ours = {key for key in kits if key.startswith(f"{agency}/")}
    joined = asset is not None and (
        asset.kind not in SERVERS or any(asset.declared.get(one) for one in ("logs_to", "packages_to"))
    )
    return Assurance.SELF_COLLECTED if own & ours or (joined and ours) else Assurance.OBSERVED


def _papers(site: Site, agency: str) -> Papers:
    return Papers(
        tuple(one for one in site.attested if one.agency == agency),
        tuple(one for one in site.attestations if one.agency_id == agency),
    )


def _own(evidence: Evidence, agency: str, asset: JudgedAsset | None) -> AssetEvidence | Gap:
    found = evidence.assets.get(f"{agency}/{asset.id}") if asset else None
    return found or Gap(
        GapReason.NO_CREDENTIAL,
        "No way to reach it is declared that pepperbird can use.",
        f"add `access:` to it in agencies/{agency}.yaml, for example [{{via: ssh, at: HOST, as: pepperbird}}]",
    )


def _host(
    evidence: Evidence, assets: Mapping[tuple[str, str], JudgedAsset], asset: JudgedAsset | None
) -> AssetEvidence | Gap:
    if asset is None or asset.host is None:
        return Gap(
            GapReason.NO_CREDENTIAL,
            "The register does not say on which machine it stands.",
            "add `on:` (for a store: `asset:`) with the id of the server",
        )
    found = evidence.assets.get(f"{asset.agency}/{asset.host}")
    return found or _own(evidence, asset.agency, assets.get((asset.agency, asset.host)))


def _endpoint(assets: Mapping[tuple[str, str], JudgedAsset], asset: JudgedAsset | None) -> str:
    if asset is None:
        return ""
    host = assets.get((asset.agency, asset.host)) if asset.host else None
    return asset.endpoint or (host.endpoint if host is not None else None) or ""


def judge_task(compiler: Compiler, task: Task) -> tuple[Verdict, ...]:
    """The verdicts of one asset."""
    compiler.scope.clock.set(task.at)
    catalog = compiler.catalog
    if task.asset is None:
        return tuple(_missing(catalog, pair, task.absent, task.at) for pair in task.pairs)
    bindings, gaps = _bindings(catalog, task, task.asset)
    seen = task.own if isinstance(task.own, AssetEvidence) else task.host
    read_at = seen.collected_at if isinstance(seen, AssetEvidence) else ""
    subject = Subject(bindings, gaps, task.papers, task.endpoint, read_at, task.at, task.signed, task.assurance)
    verdicts = []
    for pair in task.pairs:
        baseline = catalog.baselines[task.baselines[str(pair.tier)]]
        verdicts.append(judge_pair(compiler, pair, subject, _values(baseline.controls[pair.control].params)))
    return tuple(verdicts)


def _values(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in params.items()}


def _bindings(catalog: Catalog, task: Task, asset: JudgedAsset) -> tuple[dict[str, Any], list[tuple[Any, Gap]]]:
    """Everything a check may name but its parameters; only facts can hold Gaps."""
    own = _namespaces(catalog, task.own)
    same = asset.host == asset.id
    host: Any = own if same else _namespaces(catalog, task.host)
    gaps = gaps_in(own)
    gaps += [(("host", *path), gap) for path, gap in (gaps if same else gaps_in(host))]
    joined = {**task.joined, **task.recovery}
    gaps += gaps_in(joined, ("asset",))
    bindings = {
        **own, "host": host, "asset": {**asset.declared, **joined}, "agency": task.register,
        "lists": catalog.lists, "history": task.history,
    }  # fmt: skip
    return bindings, gaps


def _namespaces(catalog: Catalog, seen: AssetEvidence | Gap) -> dict[str, Any]:
    if isinstance(seen, Gap):
        return dict.fromkeys(catalog.collectors, seen)
    unseen = Gap(GapReason.NO_COLLECTOR, "No collector was run for this.")
    return {name: seen.facts.get(name, unseen) for name in catalog.collectors}


def _missing(catalog: Catalog, pair: Pair, absent: Gap | str, at: str) -> Verdict:
    """A kind that every agency of the tier has, and that the register does not: unchecked, so that it is no way out."""
    if isinstance(absent, Gap):
        return unknown_verdict(catalog, pair, absent, "the register", at)
    state = State.NOT_APPLICABLE
    finding = Finding(pair.agency, pair.control, pair.asset, "", "pending", "", state, absent, "", "the register")
    result = ClauseResult("", REQUIRED, state, (finding,), Assurance.ATTESTED)
    return Verdict(
        pair.agency, pair.control, pair.asset, str(pair.kind), str(pair.tier), catalog.controls[pair.control].severity,
        pair.enforcement, state, "", Assurance.ATTESTED, (result,), at,
    )  # fmt: skip


def unknown_verdict(catalog: Catalog, pair: Pair, gap: Gap, source: str, at: str) -> Verdict:
    """A pair that one Gap keeps from being judged."""
    finding = Finding(pair.agency, pair.control, pair.asset, "", "pending", "", gap.state, gap.detail, "", source, gap)
    return Verdict(
        pair.agency, pair.control, pair.asset, str(pair.kind), str(pair.tier), catalog.controls[pair.control].severity,
        pair.enforcement, gap.state, "", Assurance.OBSERVED,
        (ClauseResult("", REQUIRED, gap.state, (finding,)),), at,
    )  # fmt: skip
