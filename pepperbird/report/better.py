"""What got better since the report before, which comes first; then what fell, split by whose move it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pepperbird.report.diff_words import FALL, RULES
from pepperbird.report.facts import AgencyFacts, name
from pepperbird.report.view_ahead import Better
from pepperbird.report.words import count, date, kind
from pepperbird.score.change import AgencyChange, Cause, Change, Kind
from pepperbird.score.since import Against

MOST = 6
"""Controls named; the rest is counted."""
MOST_NAMED = 4


def better(facts: AgencyFacts) -> Better | None:
    """None where there is no earlier full run to compare with, or this run is of a part."""
    change = facts.earlier.change
    if change is None or facts.partial:
        return None
    fixed, better_known = change.of(Kind.FIXED), change.of(Kind.SEEN)
    absent = [one for one in better_known if "#" in one.asset]
    seen = [one for one in better_known if "#" not in one.asset]
    lines = [*_lines(fixed, "fixed"), *_lines(seen, "seen now, and in order"), *_absent(absent)]
    return Better(
        since=change.then.at,
        then=change.then.score.figures.score,
        now=change.now.score.figures.score,
        comparable=not change.rules,
        lead=_lead(change, len(fixed), len(seen), len(absent)),
        lines=tuple(lines[:MOST]),
        more=max(len(lines) - MOST, 0),
        fell=tuple(_fell(change)),
    )


def _lead(change: AgencyChange, fixed: int, seen: int, absent: int) -> str:
    then, now = change.then.score.figures.score, change.now.score.figures.score
    moved = round(now - then, 1)
    figures = f"score {then:.1f}, now {now:.1f}" + (f" ({moved:+.1f})" if moved and not change.rules else "")
    parts = [figures]
    if fixed:
        parts.append(f"{count(fixed, 'result')} fixed")
    if seen:
        parts.append(f"{seen} more seen and in order")
    if absent:
        parts.append(f"{absent} not asked for any more")
    told = f"Since {_since(change)}: {', '.join(parts)}."
    if not fixed and not seen and not absent:
        told += " Nothing was fixed since then."
    if change.rules:
        what = " and ".join(RULES[part] for part in change.rules)
        told += f" Not judged by the same rules: {what} changed, so the two scores are not of one kind."
    return told


def _since(change: AgencyChange) -> str:
    """Which report or run it is compared with."""
    since, day = change.since, date(change.then.at)
    if since.against is Against.REPORT:
        return f"the last report you got, that of {day}"
    if since.gone:
        return f"the full run of {day} (that of the last report is not kept any more)"
    return f"the full run of {day}" if since.against is Against.BEFORE else day


def _lines(changes: Iterable[Change], how: str) -> Iterator[str]:
    """One line per control, with the assets."""
    titles: dict[str, str] = {}
    places: dict[str, list[str]] = {}
    for one in changes:
        titles[one.control] = one.title
        places.setdefault(one.control, []).append(name(one.asset))
    for control, found in places.items():
        title = f" {titles[control]}" if titles[control] else ""
        yield f"{control}{title}: {how} on {_listed(found)}"


def _absent(changes: Iterable[Change]) -> Iterator[str]:
    """What the agency declared that it has none of, in one line: it is no work that was done."""
    kinds = list(dict.fromkeys(kind(name(one.asset.partition("#")[2])) for one in changes))
    if kinds:
        yield f"Declared and reviewed: the agency has no {_listed(kinds)}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _fell(change: AgencyChange) -> Iterator[str]:
    by_cause: Mapping[Cause, list[Change]] = {
        cause: [one for one in change.of(Kind.FELL) if one.cause is cause] for cause in FALL
    }
    for cause, (heading, whose) in FALL.items():
        ours = by_cause[cause]
        if ours:
            controls = list(dict.fromkeys(one.control for one in ours))
            yield f"{heading}: {len(ours)}, {whose}. {_listed(controls)}"
