"""From what endpoints said to scores: observe, evaluate, posture, score. Used by a scan and by judging a run again.

One agency after the other: nothing is judged on what another agency's machines said, and what these said is let go of
before the next agency's is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pepperbird.evaluate.judge import Runner, evaluate, inline
from pepperbird.evaluate.memory import remember
from pepperbird.evaluate.sharing import Sharing
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Evidence, Memory, Transcript
from pepperbird.model.plan import FULL, Plan
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.model.site import Site
from pepperbird.model.state import AssetKind, State
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.observe.observe import observe
from pepperbird.plan.replan import by_agency
from pepperbird.score.agency import score_agency
from pepperbird.score.nation import score_nation
from pepperbird.score.posture import posture
from pepperbird.store.pieces import split_memory

Previous = Mapping[str, tuple[PostureEntry, ...]]
Said = Iterable[tuple[str, Transcript]]
"""What endpoints said, by their ids: each in turn, so that whoever reads it need not hold it."""
Heard = Callable[[str], Said]
"""What the endpoints of that agency said."""


@dataclass(frozen=True)
class Judged:
    """What a run came to. `nation` is None unless every registered agency was judged in full."""

    verdicts: tuple[Verdict, ...]
    posture: tuple[PostureEntry, ...]
    scores: Mapping[str, AgencyScore]
    nation: NationScore | None
    memory_after: Memory


def evidence_of(catalog: Catalog, plan: Plan, said: Said) -> Evidence:
    """Typed facts of every endpoint of the plan, by asset."""
    planned = {endpoint.id: endpoint for endpoint in plan.endpoints}
    seen = {name: observe(catalog, planned[name], transcript) for name, transcript in said if name in planned}
    return Evidence({one.asset: one for one in (seen[name] for name in planned)})


def judge(
    catalog: Catalog, site: Site, plan: Plan, heard: Heard, memory: Memory, previous: Previous,
    *, runner: Runner | None = None,
) -> Judged:  # fmt: skip
    """Judge and score at `plan.at`. `previous` is where each agency stood before; empty for a partial run."""
    known = split_memory(memory)
    runner = runner or inline(catalog)
    verdicts, sharing = list[Verdict](), Sharing()
    entries: list[PostureEntry] = []
    scores: dict[str, AgencyScore] = {}
    tracks = dict(memory.tracks)
    for agency, part in by_agency(plan).items():
        before = previous.get(agency, ())
        mine, after = _of_agency(catalog, site, part, heard(agency), known.get(agency, Memory()), runner)
        stands = _stands(catalog, site, part, agency, mine, before)
        verdicts += sharing.of(mine)
        entries += stands
        tracks |= after.tracks
        scores[agency] = score_agency(catalog, site, plan, stands, agency, at=plan.at)
    whole = plan.scope == FULL and len(plan.agencies) == len(site.agencies)
    nation = score_nation(site, scores) if whole else None
    verdicts.sort(key=lambda one: (one.agency, one.control, one.asset))
    return Judged(tuple(verdicts), tuple(entries), scores, nation, Memory(tracks))


def _of_agency(
    catalog: Catalog, site: Site, part: Plan, said: Said, memory: Memory, runner: Runner
) -> tuple[tuple[Verdict, ...], Memory]:
    """The verdicts on an agency's pairs, and what is remembered of it from now on."""
    evidence = evidence_of(catalog, part, said)
    verdicts = evaluate(catalog, part, evidence, memory, site=site, at=part.at, runner=runner)
    return verdicts, remember(catalog, memory, evidence, at=part.at, plan=part)


def _stands(
    catalog: Catalog, site: Site, part: Plan, agency: str, verdicts: Sequence[Verdict], before: Sequence[PostureEntry]
) -> tuple[PostureEntry, ...]:
    waivers = [waiver for waiver in site.waivers if waiver.agency == agency]
    gone = [one for one in site.decommissions if one.agency == agency]
    telling = _telling(part, agency, verdicts, before)
    return posture(before, telling, waivers, catalog, part, at=part.at, decommissions=gone)


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
