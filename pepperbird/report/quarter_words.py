"""The words of the quarterly report: what each indicator is called, how it was found out, and what a minister reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pepperbird.report.words import TIER, count, date
from pepperbird.score.indicators import Indicator, Value
from pepperbird.score.quarter import SMALL, Bar, Fixed, QuarterReport, differ
from pepperbird.score.trend import LATER, LEFT_OUT

TITLES: Final[dict[str, tuple[str, str]]] = {
    "onboarded": (
        "Agencies onboarded",
        "agencies of the register that a full run looked at, ever; runs in the signed ledger",
    ),
    "seen": ("Agencies seen this quarter", "those of which a full run of the quarter learnt anything; signed ledger"),
    "restores": (
        "Data stores with a proven restore",
        "control BR-12 passes: a restore was done, and its record is kept",
    ),
    "repositories": (
        "Backup repositories verified",
        "control BR-11 passes: the whole repository was read and compared",
    ),
    "patched": ("Machines patched in time", "control IS-21 passes: the machine's own package manager was asked"),
    "supported": ("Systems that are still supported", "control DS-15 passes: versions seen, against the makers' dates"),
    "critical_open": ("Critical findings open", "required controls of severity critical that were seen to fail"),
    "days_to_fix": (
        "Median days to fix",
        "from first seen to fail until seen in order, of what was fixed in the quarter",
    ),
    "coverage": ("Coverage in percent", "the share of what counts that has a known result; last run of all agencies"),
}
ESTATE: Final = {
    "servers": "servers only",
    "databases": "with databases",
    "buckets": "with object storage",
    "other": "neither servers nor databases",
}
UNJUDGED: Final = {
    "": "its runs were not judged again",
    "pruned": "what its machines said is not kept any more",
    "sealed": "what was seen is sealed under a key that is not here",
    "damaged": "what is kept of it is damaged",
    LATER: "it was not judged again since",
    LEFT_OUT: "it was left out when old runs were judged again",
}
"""Why a quarter has no score by the rules of now."""
NOT_SET: Final = "not set"
UNKNOWN: Final = "not known"


def cohort_words(name: str) -> str:
    """`Standard tier, with databases`."""
    tier, _, estate = name.partition("/")
    known = {str(one): words for one, words in TIER.items()}
    return "Small cohorts together" if name == SMALL else f"{known[tier]}, {ESTATE[estate]}"


def number(value: float | None) -> str:
    """Without a decimal where there is nothing behind the point."""
    return UNKNOWN if value is None else f"{value:.1f}".removesuffix(".0")


def told(value: Value | None) -> str:
    """`12 of 40`, `3`, or that it is not known."""
    if value is None or value.value is None:
        return UNKNOWN if value is None or value.of is None else f"{UNKNOWN} (of {value.of})"
    return number(value.value) if value.of is None else f"{number(value.value)} of {value.of}"


def target(one: Indicator) -> str:
    """The target, and in words whether it is met."""
    if one.target is None:
        return NOT_SET
    met = {True: ", met", False: ", not met yet", None: ""}[one.met]
    return f"{number(one.target)}{met}"


def moved(now: float, then: float) -> str:
    """`+3.2`, `−1.0` or `the same`."""
    by = round(now - then, 1)
    return "the same" if not by else f"{by:+.1f}".replace("-", "−")


def three(report: QuarterReport) -> tuple[tuple[str, str, str], ...]:
    """The three figures that a minister reads: number, what it counts, what it was the quarter before."""
    by = {one.id: one for one in report.indicators}
    return tuple(
        (told(by[name].actual), words, f"{told(by[name].before)} the quarter before" if by[name].before else "")
        for name, words in (
            ("seen", "agencies could be looked at this quarter"),
            ("restores", "data stores have shown that they can be brought back from a backup"),
            ("critical_open", "critical faults are known and not fixed"),
        )
    )


def opening(report: QuarterReport) -> str:
    """One sentence on where the nation stands."""
    if report.nation is None:
        return "No scan of this quarter looked at every registered agency, so there is no figure of the nation for it."
    said = f"The nation stands at {report.nation.score:.1f} of 100 points"
    if report.nation_before is not None and not report.rules:
        said += f" ({moved(report.nation.score, report.nation_before.score)} since the quarter before)"
    seen = f"{report.nation.coverage:.0f} % of what counts is known"
    return f"{said}; {seen}, and what is not known earns nothing.{_rules_changed(report)}"


def _rules_changed(report: QuarterReport) -> str:
    """Behind the opening, where the quarter before was judged by other rules: what it is by those of now."""
    now, before = report.nation, report.nation_before
    if now is None or before is None or not report.rules:
        return ""
    again = report.again.before if report.again is not None else None
    if again is None:
        return f" The quarter before stood at {before.score:.1f} by other rules, so no change is told."
    by = moved(now.score, again.score)
    change = "nothing moved" if by == moved(0, 0) else f"the change is {by}"
    said = f"By the rules of now the quarter before stood at {again.score:.1f} (published: {before.score:.1f})"
    return f" {said}, so by the same rules {change}."


def before_again(report: QuarterReport) -> str:
    """What the quarter before is by the rules of now, beside what was published; '' where it is the same rules."""
    before = report.nation_before
    if before is None or not (report.rules or report.again is not None):
        return ""
    if report.again is None or report.again.before is None:
        why = UNJUDGED[report.again.missing if report.again is not None else ""]
        return f"What the quarter before is by the rules of now is not known: {why}." if report.rules else ""
    again = report.again.before
    if not (report.rules or differ(again, before)):
        return ""
    said = f"By the rules of now the quarter before stood at {again.score:.1f} (published: {before.score:.1f})"
    if f"{again.coverage:.1f}" != f"{before.coverage:.1f}":
        said += f", with coverage of {again.coverage:.1f} % (published: {before.coverage:.1f} %)"
    return f"{said}."


def panel_again(report: QuarterReport) -> str:
    """The fixed panel by the rules of now; '' where that is what was published."""
    fixed = report.fixed
    if fixed is None or not (report.rules or fixed.parted):
        return ""
    again = fixed.again
    if again is None:
        return "What this change is by the rules of now is not known: the scores then are by other rules."
    who = "the same panel" if again.agencies == fixed.agencies else f"{again.agencies} of these agencies"
    left = "" if again.agencies == fixed.agencies else " Of the others that is not known."
    return (
        f"By the rules of now {who} stood at {again.then.score:.1f} then, and at {again.now.score:.1f} now "
        f"({moved(again.now.score, again.then.score)}).{left}"
    )


def change(fixed: Fixed | None, *, rules: bool) -> str:
    """The change of a cohort: as published, and by the rules of now where those are other ones."""
    if fixed is None:
        return UNKNOWN
    agencies = count(fixed.agencies, "agency", "agencies")
    published = moved(fixed.now.score, fixed.then.score)
    if not (rules or fixed.parted):
        return f"{published} ({agencies})"
    if fixed.again is None:
        return f"published {published}; by the rules of now not known ({agencies})"
    again = moved(fixed.again.now.score, fixed.again.then.score)
    of = agencies if fixed.again.agencies == fixed.agencies else f"{fixed.again.agencies} of {agencies}"
    return f"published {published}; by the rules of now {again} ({of})"


def both(report: QuarterReport) -> tuple[tuple[str, str, str], ...]:
    """The nation by quarter: as published, and by the rules of now; empty where no bar has two scores."""
    if not any(one.parted or one.missing for one in report.bars):
        return ()
    return tuple(
        (
            one.quarter,
            UNKNOWN if one.figures is None else f"{one.figures.score:.1f}",
            f"{UNKNOWN}: {UNJUDGED[one.missing]}" if one.missing
            else UNKNOWN if one.again is None else f"{one.again.score:.1f}",
        )
        for one in report.bars
    )  # fmt: skip


def bars_told(report: QuarterReport) -> str:
    """The picture of the nation by quarter, for whoever does not see it."""

    def told(one: Bar) -> str:
        if one.figures is None:
            return f"{one.quarter} {UNKNOWN}"
        again = f" (by the rules of now {one.again.score:.1f})" if one.parted and one.again is not None else ""
        return f"{one.quarter} {one.figures.score:.1f}{again}"

    return f"Score of the nation by quarter, of 100: {', '.join(map(told, report.bars))}"


def legend(report: QuarterReport) -> str:
    """Below the picture."""
    whole = "The nation's score by quarter, of 100 points."
    if any(one.parted for one in report.bars):
        whole += " Dark is as published; light beside it is the same quarter by the rules of now."
    return f"{whole} The dashed part is what is not known: that far it could rise."


def asked(report: QuarterReport) -> Iterator[str]:
    """What is asked of the minister, at most three things, each with its reason."""
    by = {one.id: one for one in report.indicators}
    wanted = []
    if report.silent:
        who = "One agency was" if report.silent == 1 else f"{report.silent} agencies were"
        wanted.append(f"{who} not seen this quarter. Please ask their heads to name a contact and to let us look.")
    restores = by["restores"].actual
    unproven = (restores.of or 0) - int(restores.value or 0)
    if unproven > 0:
        stores = count(unproven, "data store has", "data stores have")
        wanted.append(
            f"{stores} no proven restore. Please ask each head for a day in the next quarter on which one is restored."
        )
    critical = int(by["critical_open"].actual.value or 0)
    if critical:
        wanted.append(
            f"{count(critical, 'critical fault is', 'critical faults are')} open. Please have the heads concerned say "
            "by when each is fixed, and what they need for it."
        )
    if all(one.target is None for one in report.indicators):
        wanted.append("No targets are set. Please decide them, so that the next report can say whether they are met.")
    if missed := [TITLES[one.id][0].lower() for one in report.indicators if one.met is False]:
        wanted.append(
            f"Not at its target yet: {', '.join(missed)}. Please ask the programme office what stands in the way."
        )
    yield from wanted[:3] or ["Nothing this quarter but to keep what was reached."]


def caveats(report: QuarterReport) -> Iterator[str]:
    """What the figures do not say."""
    if report.open:
        yield "The quarter has not ended; these figures are of today."
    nation = report.nation
    if nation is not None:
        yield (
            f"Of the nation's {nation.score:.1f} points pepperbird saw {nation.observed:.1f} itself; the rest stands "
            "on documents that were signed and reviewed, and on kits that agencies ran themselves."
        )
        yield (
            f"{100 - nation.coverage:.1f} % of what counts has no known result. Were all of it in order, the score "
            f"would be {nation.upper:.1f}."
        )
    if report.silent:
        agencies = count(report.silent, "registered agency was", "registered agencies were")
        yield f"{agencies} not seen this quarter. In means they count as nought: silence raises no figure."
    if report.unreached:
        yield (
            f"{report.unreached} of {count(report.pairs, 'required result')} could not be reached at the end of the "
            "quarter. That is the link or the power as often as the machine, and nobody's fault is known."
        )
    if report.rules:
        yield "The standards, the baseline or pepperbird's version changed since the quarter before: compare with care."
        yield "Indicators of earlier quarters are by the rules of then: only scores are judged again by those of now."
    if any(one.rules for one in report.bars[:-1]):
        yield "Bars that are marked were judged by other rules than the one before."
    if report.again is not None and any(one.parted for one in report.bars):
        yield (
            f"By the rules of now: what machines said then, judged again on {date(report.again.at)} by the rules of "
            "this quarter's last run. What was not asked then is not known now either."
        )
    yield "Agencies are counted, and grouped into cohorts, as the newest register has them."
    if not report.named:
        yield "No agency is named, as the site does not publish names. Each finds its own place in its own report."
