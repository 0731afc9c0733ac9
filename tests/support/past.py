"""Full runs of made-up agencies one after the other, for tests of comparisons and trends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pepperbird.bundle.archive import pack_content
from pepperbird.model.evidence import Memory
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.policy import Deadlines
from pepperbird.model.run import Digests, Run
from pepperbird.model.scores import AgencyScore, Figures, Grade, Stage, StageStanding
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import Assurance, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import PostureEntry
from pepperbird.score.nation import score_nation
from pepperbird.store.runs import Store

ROOT = Path(__file__).resolve().parents[2]
DEADLINES = {tier: Deadlines(critical=7, high=30, medium=90, low=180) for tier in Tier}
RULES = Digests("sha256:c", "sha256:s", "sha256:b", "sha256:m", "pepperbird 0.1")


def figures(score: float, coverage: float = 80.0) -> Figures:
    return Figures(score, score + 100.0 - coverage, coverage, max(score - 10.0, 0.0), 8, 10)


def agency_score(agency: str, score: float, stage: Stage | None = Stage.SEEN) -> AgencyScore:
    some = figures(score)
    standards = {"DS": figures(score / 2), "IS": some, "DR": None}
    return AgencyScore(
        agency, some, Grade.D, "", None, StageStanding(stage, Stage.BASICS, ("more",)), 1, standards, {}, some.score
    )


def failing(agency: str, since: str, control: str = "IS-20") -> PostureEntry:
    return PostureEntry(
        agency, control, "srv", "linux-server", "standard", Severity.CRITICAL, Enforcement.REQUIRED, State.FAIL,
        Assurance.OBSERVED, since, failing_since=since,
    )  # fmt: skip


def a_site(names: Mapping[str, str]) -> Site:
    return Site(
        file=SiteFile(name="Liberia"),
        agencies=tuple(Agency(id=one, name=name, tier=Tier.STANDARD) for one, name in names.items()),
    )


class Past:
    """Writes runs of `names` (agency id to name) into a store, by the content of this checkout."""

    def __init__(self, store: Store, names: Mapping[str, str], content: bytes | None = None) -> None:
        self.store, self.site = store, a_site(names)
        self.content = pack_content(ROOT) if content is None else content

    def keep(
        self, day: str, scores: Mapping[str, float], *, posture: Sequence[PostureEntry] = (), rules: Digests = RULES,
        stage: Stage | None = Stage.SEEN, partial: bool = False,
    ) -> str:  # fmt: skip
        """A finished run on `day` (YYYY-MM-DD) after which the agencies have these scores. Gives its id."""
        at = f"{day}T12:00:00Z"
        baselines = {tier: str(tier) for tier in Tier}
        plan = Plan(at, Selection(adhoc=partial), tuple(scores), (), (), (), baselines=baselines)
        found = {agency: agency_score(agency, score, stage) for agency, score in scores.items()}
        nation = score_nation(self.site, found) if len(scores) == len(self.site.agencies) else None
        run_id = f"{day.replace('-', '')}T120000Z-{len(self.store.runs(1000)):04x}"
        run = Run(run_id, at, at, plan.scope, rules, plan, {}, (), tuple(posture), found, nation)
        self.store.begin(run, self.site, Memory(), self.content)
        self.store.finish(run, Memory(), deadlines=DEADLINES)
        return run_id


def other_rules(**parts: str) -> Digests:
    return replace(RULES, **parts)
