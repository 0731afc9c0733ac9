"""The words of a trend: by whose rules a figure is, what a step is made of, what fell, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from pepperbird.report.diff_words import RULES
from pepperbird.report.words import count, date
from pepperbird.score.change import Cause
from pepperbird.score.trend import LATER, LEFT_OUT, Point, Step, Trend

THEN: Final = "by the rules of then"
MISSING: Final = {
    "pruned": "what their machines said is not kept any more",
    "sealed": "what was seen is sealed under a key that is not here",
    "damaged": "what is kept of them is damaged",
    LATER: "`pepperbird rejudge` was not called since they were made",
    LEFT_OUT: "they were left out of it",
}
"""Why runs are not in the second series."""
FALLEN: Final[dict[Cause, str]] = {
    Cause.FAILED: "failed",
    Cause.LINK: "dark by link",
    Cause.REFUSED: "refused",
    Cause.UNDECIDED: "undecided",
    Cause.DOCUMENT: "with a document missing or ended",
    Cause.NO_COLLECTOR: "with no collector yet",
    Cause.LEFT_OUT: "left out on purpose",
    Cause.REGISTER: "out of the register",
    Cause.RULES: "where the rules changed too",
}
"""What fell, in a few words for each cause."""


def now_words(trend: Trend) -> str:
    """By whose rules the second series is."""
    if trend.current or trend.series is None:
        return "by the rules of now"
    return "by other rules"


def rules_words(point: Point) -> str:
    """What differs of the rules since the point before."""
    return " and ".join(RULES[one] for one in point.rules)


def step_words(step: Step, trend: Trend) -> str:
    """What a step where the rules changed is made of."""
    whole = round(step.same + step.rules, 1)
    return (
        f"of the step of {whole:+.1f} the new rules are {step.rules:+.1f}, and what really changed is {step.same:+.1f} "
        f"({now_words(trend)})"
    )


def fell_words(fell: Mapping[str, int]) -> str:
    """`3 fell: 1 failed, 2 dark by link`; with no number where nothing fell."""
    total = sum(fell.values())
    if not total:
        return "nothing fell"
    parts = [f"{fell[cause]} {FALLEN[cause]}" for cause in Cause if fell.get(cause)]
    return f"{total} fell: {', '.join(parts)}"


def point_words(point: Point, trend: Trend) -> str:
    """What is to be said of one run beside its figures; '' where nothing is."""
    told = []
    if point.rules:
        told.append(f"other rules from here: {rules_words(point)}")
    if point.step is not None:
        told.append(step_words(point.step, trend))
    if point.fell and any(point.fell.values()):
        told.append(fell_words(point.fell))
    return "; ".join(told)


def fell_in_all(trend: Trend) -> str:
    """What fell in all points of which that is known; '' where it is known of none."""
    known = [one.fell for one in trend.points if one.fell is not None]
    if not known:
        return ""
    total: Counter[str] = Counter()
    for one in known:
        total.update(one)
    told = fell_words(total)
    left = len(trend.points) - 1 - len(known)
    more = f" Of {count(left, 'run')} it is not known." if left > 0 else ""
    link = " What is dark by link is no fault." if total[Cause.LINK] else ""
    return f"In all, {told}.{link}{more}"


def missing_words(trend: Trend) -> Iterator[str]:
    """Why runs have no figure in the second series."""
    counted = Counter(one.missing for one in trend.points if one.missing)
    for why, words in MISSING.items():
        if counted[why]:
            yield f"No figure {now_words(trend)} for {count(counted[why], 'run')}: {words}."


def series_words(trend: Trend) -> str:
    """What the second series is; '' where there is none."""
    one = trend.series
    if one is None:
        return ""
    rules = f"content {one.content[:19]}, {one.engine}" + (f", baseline {one.baseline}" if one.baseline else "")
    label = now_words(trend)
    return f"{label[0].upper()}{label[1:]}: the same evidence, judged again on {date(one.at)} ({rules})."


def overtaken_words(trend: Trend) -> str:
    """How many runs are left out; '' where none is."""
    if not trend.overtaken:
        return ""
    return f"{count(trend.overtaken, 'run')} that ended after a newer one: kept, and no point of this."
