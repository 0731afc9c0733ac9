"""Score, coverage and what was observed, as exact fractions; rounded once, when they are published.

    x_c = Σ v·credit / Σ v          over the assets that control c must be judged on, v by tier
    S   = 100 · Σ w_c·x_c / Σ w_c   control first, so that 200 web pages do not drown one database
    K   = S with credit replaced by "result is conclusive"
    U   = S + (100 − K)

Exact arithmetic makes the properties hold to the last digit: no sum depends on its order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pepperbird.model.catalog import Catalog
from pepperbird.model.scores import Figures
from pepperbird.model.state import Assurance, Enforcement, State, Tier
from pepperbird.model.verdict import PostureEntry
from pepperbird.score import weights
from pepperbird.score.observable import observable

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class Share:
    """Parts of one, each 0..1. `vouched` is the score less what others told us though we could have looked."""

    score: Fraction
    coverage: Fraction
    observed: Fraction
    vouched: Fraction

    @property
    def upper(self) -> Fraction:
        return self.score + ONE - self.coverage


NOTHING = Share(ZERO, ZERO, ZERO, ZERO)
"""Nothing earned and nothing seen."""


def counted(entry: PostureEntry) -> bool:
    """True for what stands in the denominator: required, and not proven not applicable."""
    return entry.enforcement is Enforcement.REQUIRED and entry.state is not State.NOT_APPLICABLE


def missing_kind(entry: PostureEntry) -> bool:
    """True for the pair (control, agency#kind) of a kind that the tier expects and the register lacks."""
    return entry.asset == f"{entry.agency}#{entry.kind}"


def mean(parts: Iterable[tuple[int, Share]]) -> Share | None:
    """The weighted mean; None of nothing."""
    score = coverage = observed = vouched = ZERO
    total = 0
    for weight, part in parts:
        total += weight
        score += weight * part.score
        coverage += weight * part.coverage
        observed += weight * part.observed
        vouched += weight * part.vouched
    return Share(score / total, coverage / total, observed / total, vouched / total) if total else None


def of_pair(entry: PostureEntry, catalog: Catalog) -> Share:
    """Credit of one pair (scoring, section 1): only a pass earns, only conclusive results count as covered."""
    passed = entry.state is State.PASS
    observed = passed and entry.assurance is Assurance.OBSERVED
    vouched = observed or (passed and not observable(catalog, entry.control, entry.kind))
    return Share(Fraction(passed), Fraction(entry.state.conclusive), Fraction(observed), Fraction(vouched))


def of_control(entries: Sequence[PostureEntry], catalog: Catalog) -> Share:
    """x_c of one control over its counted pairs.

    A control that lacks an expected kind counts as nothing seen, whatever its other assets show: with one more pair
    only, an agency could replace ten failing stores by one unchecked line and rise (P8).
    """
    if any(missing_kind(entry) and entry.state.unknown for entry in entries):
        return NOTHING
    return mean((weights.TIER[Tier(entry.tier)], of_pair(entry, catalog)) for entry in entries) or NOTHING


def of_controls(entries: Iterable[PostureEntry], catalog: Catalog) -> Share | None:
    """S, K and their kin over the controls that these pairs belong to; None where nothing is counted."""
    by_control: dict[str, list[PostureEntry]] = defaultdict(list)
    for entry in filter(counted, entries):
        by_control[entry.control].append(entry)
    return mean((weights.SEVERITY[ours[0].severity], of_control(ours, catalog)) for ours in by_control.values())


def of_asset(entries: Iterable[PostureEntry], catalog: Catalog) -> Share | None:
    """The same sum over the pairs of one asset."""
    return mean((weights.SEVERITY[entry.severity], of_pair(entry, catalog)) for entry in entries if counted(entry))


def percent(part: Fraction) -> float:
    """A part of one in percent with one decimal, a half rounded up."""
    return int(part * 1000 + Fraction(1, 2)) / 10


def published(share: Share | None, entries: Iterable[PostureEntry]) -> Figures:
    """What is printed; of no pair at all: nothing earned, nothing seen, all still open."""
    share = share or NOTHING
    ours = [entry for entry in entries if counted(entry)]
    return Figures(
        score=percent(share.score),
        upper=percent(share.upper),
        coverage=percent(share.coverage),
        observed=percent(share.observed),
        conclusive=sum(entry.state.conclusive for entry in ours),
        pairs=len(ours),
    )
