"""What a run says of one agency, looked up once: pairs with their state, findings, endpoints, waivers.

Every text that a target, a file or the register put there comes out bounded and with nothing in it that acts
(`shown`); escaping for the format belongs to whoever prints. Content (titles, fixes) is ours and stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pepperbird.model.catalog import Catalog, ResolvedBaseline
from pepperbird.model.declared import Waiver
from pepperbird.model.plan import PARTIAL, JudgedAsset
from pepperbird.model.policy import Control
from pepperbird.model.run import Run
from pepperbird.model.scores import AgencyScore
from pepperbird.model.site import Agency, Site
from pepperbird.model.state import Enforcement, State, Tier
from pepperbird.model.text import clean
from pepperbird.model.verdict import Finding, PostureEntry, Verdict
from pepperbird.report.earlier import NOTHING, Earlier
from pepperbird.score.baseline import baseline_of
from pepperbird.score.waiver import void_reason

WORST_FIRST = (
    State.FAIL, State.WAIVED, State.ERROR, State.UNREACHABLE, State.UNCHECKED, State.STALE, State.PASS,
    State.NOT_APPLICABLE,
)  # fmt: skip
LONG = 1000
SHORT = 200


def shown(text: str) -> str:
    """Prose from outside, on one line, of at most 1000 characters."""
    return clean(text, LONG)


def name(text: str) -> str:
    """A name from outside (an asset, a subject), on one line, of at most 200 characters."""
    return clean(text, SHORT)


def tally(states: Iterable[State]) -> tuple[tuple[State, int], ...]:
    """How many of each state, worst first."""
    counted = Counter(states)
    return tuple((state, counted[state]) for state in WORST_FIRST if counted[state])


@dataclass(frozen=True)
class AgencyFacts:
    """The part of a run that concerns one agency."""

    run: Run
    catalog: Catalog
    site: Site
    id: str
    earlier: Earlier = NOTHING

    @property
    def partial(self) -> bool:
        return self.run.scope == PARTIAL

    @cached_property
    def agency(self) -> Agency | None:
        """None for targets named on the command line, which no register knows."""
        return next((one for one in self.site.agencies if one.id == self.id), None)

    @property
    def score(self) -> AgencyScore | None:
        return self.run.scores.get(self.id)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """By control and asset those of this run, and that of an earlier one where a fail stands by it."""
        own = {(one.control, one.asset): one for one in self.run.verdicts if one.agency == self.id}
        return tuple(one for _, one in sorted((own | self.standing).items()))

    @cached_property
    def standing(self) -> dict[tuple[str, str], Verdict]:
        """Of each fail that this run could not look at again, the verdict of the run that saw it last."""
        return {(one.control, one.asset): one for one in self.earlier.standing}

    @cached_property
    def posture(self) -> dict[tuple[str, str], PostureEntry]:
        """Where each pair stands, which may rest on an earlier run."""
        return {(one.control, one.asset): one for one in self.run.posture if one.agency == self.id}

    @cached_property
    def verdict(self) -> dict[tuple[str, str], Verdict]:
        return {(one.control, one.asset): one for one in self.verdicts}

    @cached_property
    def states(self) -> dict[tuple[str, str], State]:
        """The state of each pair: that of the posture, else of this run's verdict."""
        judged = {key: verdict.state for key, verdict in self.verdict.items()}
        return dict(sorted((judged | {key: entry.state for key, entry in self.posture.items()}).items()))

    def findings(self) -> Iterator[Finding]:
        """Of all verdicts, by control and asset."""
        return _findings(self.verdicts)

    def findings_of_now(self) -> Iterator[Finding]:
        """Of this run alone: what it could not see is among them, also where a fail stands by an earlier one."""
        return _findings(one for one in self.run.verdicts if one.agency == self.id)

    @cached_property
    def assets(self) -> dict[str, JudgedAsset]:
        return {asset.id: asset for asset in self.run.plan.assets if asset.agency == self.id}

    @cached_property
    def _endpoint_of(self) -> dict[str, str]:
        return {one.asset: one.id for one in self.run.plan.endpoints if one.agency == self.id}

    def endpoint(self, asset: str) -> str:
        """The id of the access path through which an asset's facts come; '' where there is none."""
        judged = self.assets.get(asset)
        if judged is None:
            return ""
        return judged.endpoint or self._endpoint_of.get(judged.host or "", "")

    @cached_property
    def waivers(self) -> tuple[Waiver, ...]:
        return tuple(sorted((one for one in self.site.waivers if one.agency == self.id), key=lambda one: one.id))

    def applied(self, waiver: Waiver) -> bool:
        """True where the waiver lies over a fail of this run's posture."""
        return any(entry.waiver == waiver.id for entry in self.posture.values())

    def void(self, waiver: Waiver) -> str:
        """Why the waiver does not hold, whatever its days; '' where it may."""
        entry = self.posture.get((waiver.control, waiver.asset))
        return void_reason(waiver, self.catalog, entry.failing_since if entry else "")

    @cached_property
    def baselines(self) -> tuple[tuple[Tier, ResolvedBaseline], ...]:
        """The baseline of each tier that a pair of the agency has."""
        tiers = {verdict.tier for verdict in self.verdicts} | {entry.tier for entry in self.posture.values()}
        return tuple((tier, self.baseline(tier)) for tier in Tier if str(tier) in tiers)

    def baseline(self, tier: Tier) -> ResolvedBaseline:
        return baseline_of(self.catalog, self.run.plan, tier)

    def control(self, control_id: str) -> Control:
        return self.catalog.controls[control_id]

    def required(self, control: str, asset: str) -> bool:
        """False where the pair is advisory: shown, not scored."""
        found = self.posture.get((control, asset)) or self.verdict[(control, asset)]
        return found.enforcement is Enforcement.REQUIRED


def _findings(verdicts: Iterable[Verdict]) -> Iterator[Finding]:
    for verdict in verdicts:
        for clause in verdict.clauses:
            yield from clause.findings
