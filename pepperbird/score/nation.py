"""The score of the nation: the mean over all registered agencies, weighted 1/2/4 by tier (scoring, section 2).

Made of the agencies' published figures, so that anyone can compute it again. An agency that was never scanned counts
0 with coverage 0, in mean, median and lowest decile, and as an E: silence never raises the nation (P6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from pepperbird.model.scores import AgencyScore, Figures, Grade, NationScore
from pepperbird.model.site import Site
from pepperbird.score import weights
from pepperbird.score.figures import percent

SILENT: Final = Figures(score=0.0, upper=100.0, coverage=0.0, observed=0.0, conclusive=0, pairs=0)


def score_nation(site: Site, scores: Mapping[str, AgencyScore]) -> NationScore:
    """The nation's figures over the agencies that the site registers; scores of others are left aside.

    `reporting` counts the agencies of which anything conclusive is known. The lowest decile is the score that the
    lowest tenth of the agencies does not exceed (nearest rank).
    """
    ours = [(weights.TIER[agency.tier], scores.get(agency.id)) for agency in site.agencies]
    figures = [(weight, score.figures if score else SILENT) for weight, score in ours]
    grades = [score.grade if score else Grade.E for _, score in ours]
    ranked = sorted(one.score for _, one in figures)
    return NationScore(
        figures=mean_figures(figures),
        median=_median(ranked),
        lowest_decile=ranked[-(-len(ranked) // 10) - 1] if ranked else 0.0,
        grades={str(grade): grades.count(grade) for grade in Grade},
        reporting=sum(1 for _, one in figures if one.conclusive),
        registered=len(ours),
    )


def mean_figures(figures: Sequence[tuple[int, Figures]]) -> Figures:
    """The weighted mean of published figures; of none: nothing earned and nothing seen."""
    if not figures:
        return SILENT
    total = sum(weight for weight, _ in figures)

    def over(values: Sequence[float]) -> float:
        parts = zip(figures, values, strict=True)
        return percent(sum((weight * _exact(value) for (weight, _), value in parts), Fraction(0)) / total)

    return Figures(
        score=over([one.score for _, one in figures]),
        upper=over([one.upper for _, one in figures]),
        coverage=over([one.coverage for _, one in figures]),
        observed=over([one.observed for _, one in figures]),
        conclusive=sum(one.conclusive for _, one in figures),
        pairs=sum(one.pairs for _, one in figures),
    )


def _median(ranked: Sequence[float]) -> float:
    if not ranked:
        return 0.0
    low, high = ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2]
    return percent((_exact(low) + _exact(high)) / 2)


def _exact(published: float) -> Fraction:
    """A published figure as a part of one, free of binary rounding."""
    return Fraction(round(published * 10), 1000)
