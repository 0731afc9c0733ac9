"""From what endpoints said to scores: observe, evaluate, posture, score. Used by a scan and by judging a run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pepperbird.evaluate.judge import Runner, evaluate
from pepperbird.evaluate.memory import remember
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Evidence, Memory, Transcript
from pepperbird.model.plan import FULL, Plan
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.model.site import Site
from pepperbird.model.state import AssetKind, State
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.observe.observe import observe
from pepperbird.plan.replan import part_of
from pepperbird.score.agency import score_agency
from pepperbird.score.nation import score_nation
from pepperbird.score.posture import posture

Previous = Mapping[str, tuple[PostureEntry, ...]]


@dataclass(frozen=True)
class Judged:
    """What a run came to. `nation` is None unless every registered agency was judged in full."""

    verdicts: tuple[Verdict, ...]
    posture: tuple[PostureEntry, ...]
    scores: Mapping[str, AgencyScore]
    nation: NationScore | None
    memory_after: Memory


def evidence_of(catalog: Catalog, plan: Plan, transcripts: Mapping[str, Transcript]) -> Evidence:
    """Typed facts of every endpoint, by asset."""
    seen = [observe(catalog, endpoint, transcripts[endpoint.id]) for endpoint in plan.endpoints]
    return Evidence({one.asset: one for one in seen})


def judge(
    catalog: Catalog, site: Site, plan: Plan, transcripts: Mapping[str, Transcript], memory: Memory, previous: Previous,
    *, runner: Runner | None = None,
) -> Judged:  # fmt: skip
    """Judge and score at `plan.at`. `previous` is where each agency stood before; empty for a partial run."""
    at = plan.at
    evidence = evidence_of(catalog, plan, transcripts)
    verdicts = evaluate(catalog, plan, evidence, memory, site=site, at=at, runner=runner)
    entries: list[PostureEntry] = []
    scores: dict[str, AgencyScore] = {}
    for agency in plan.agencies:
        mine = _telling(plan, agency, verdicts, previous.get(agency, ()))
        waivers = [waiver for waiver in site.waivers if waiver.agency == agency]
        gone = [one for one in site.decommissions if one.agency == agency]
        part = part_of(plan, (agency,))
        entries += posture(previous.get(agency, ()), mine, waivers, catalog, part, at=at, decommissions=gone)
        scores[agency] = score_agency(catalog, site, plan, tuple(entries), agency, at=at)
    whole = plan.scope == FULL and len(plan.agencies) == len(site.agencies)
    nation = score_nation(site, scores) if whole else None
    return Judged(verdicts, tuple(entries), scores, nation, remember(catalog, memory, evidence, at=at, plan=plan))


def _telling(plan: Plan, agency: str, verdicts: Sequence[Verdict], before: Sequence[PostureEntry]) -> list[Verdict]:
    """The verdicts that say where the agency's pairs stand now. Of a run that took in what kits brought: those that
    rest on what they brought, those on the agency itself, which its documents and its register tell, and those on
    pairs of which nothing stands yet. All others leave what stands alone."""
    mine = [verdict for verdict in verdicts if verdict.agency == agency]
    if not plan.selection.kits:
        return mine
    servers = {name.partition("/")[2] for name in plan.selection.kits if name.startswith(f"{agency}/")}
    seen = {one.id for one in plan.assets if one.agency == agency and ({one.id, one.host} & servers)}
    stands = {(one.control, one.asset) for one in before}
    return [
        one
        for one in mine
        if one.asset in seen
        or ((one.kind == AssetKind.AGENCY or "#" in one.asset) and one.state is not State.UNREACHABLE)
        or (one.control, one.asset) not in stands
    ]
