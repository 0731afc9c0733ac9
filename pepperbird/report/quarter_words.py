"""The words of the quarterly report: what each indicator is called, how it was found out, and what a minister reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pepperbird.report.words import TIER, count
from pepperbird.score.indicators import Indicator, Value
from pepperbird.score.quarter import SMALL, QuarterReport

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
    return f"{said}; {seen}, and what is not known earns nothing."


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
    if any(one.rules for one in report.bars[:-1]):
        yield "Bars that are marked were judged by other rules than the one before."
    yield "Agencies are counted, and grouped into cohorts, as the newest register has them."
    if not report.named:
        yield "No agency is named, as the site does not publish names. Each finds its own place in its own report."
