"""What changed, for a terminal: plain UTF-8 text of at most 100 columns. What got better comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pepperbird.model.state import State
from pepperbird.report.diff_words import FALL, GONE, KIND, NEW, PLAN, RULES, since_words
from pepperbird.report.facts import name
from pepperbird.report.lines import WIDTH, fit, wrap
from pepperbird.report.signed import plan_change_words
from pepperbird.report.words import STATE, count, date
from pepperbird.score.change import AgencyChange, Cause, Change, Kind

MOST = 20
"""Lines under one heading; the JSON has all."""


def render_diff_text(changes: Sequence[AgencyChange]) -> bytes:
    """One part per agency, at least one."""
    parts = ["\n".join(line.rstrip() for line in _agency(one)) for one in changes]
    return ("\n\n\n".join(parts) + "\n").encode()


def _agency(one: AgencyChange) -> Iterator[str]:
    when = f"{date(one.then.at)} → {date(one.now.at)}"
    yield f"{fit(name(one.name), WIDTH - len(when) - 2)}  {when}"
    yield "═" * WIDTH
    yield from _figures(one)
    yield from wrap(f"Runs: {name(one.then.run)} → {name(one.now.run)}", hang=6)
    if told := since_words(one.since):
        yield from wrap(f"Compared with {told}.", hang=2)
    yield from _rules(one)
    for kind in (Kind.FIXED, Kind.SEEN):
        yield from _section(KIND[kind], one.of(kind))
    yield from _split(KIND[Kind.FELL], one.of(Kind.FELL), FALL)
    yield from _section(KIND[Kind.FOUND], one.of(Kind.FOUND))
    yield from _split(KIND[Kind.NEW], one.of(Kind.NEW), NEW)
    yield from _split(KIND[Kind.GONE], one.of(Kind.GONE), GONE)
    yield from _plan(one)
    yield ""
    yield f"{count(one.same, 'result')} stayed as they were." if one.same != 1 else "1 result stayed as it was."
    if one.carried:
        yield from wrap(
            f"{count(one.carried, 'result')} of now were seen in an earlier run: the machine was not reached."
        )


def _figures(one: AgencyChange) -> Iterator[str]:
    then, now = one.then.score, one.now.score
    yield (
        f"Score {_move(then.figures.score, now.figures.score)}   coverage "
        f"{_move(then.figures.coverage, now.figures.coverage)}   observed "
        f"{_move(then.figures.observed, now.figures.observed)}"
    )
    stages = [str(score.stage.stage) if score.stage.stage else "none yet" for score in (then, now)]
    yield f"Grade {then.grade} → {now.grade}   stage {stages[0]} → {stages[1]}"


def _move(then: float, now: float) -> str:
    moved = round(now - then, 1)
    return f"{then:.1f} → {now:.1f} ({moved:+.1f})" if moved else f"{then:.1f} → {now:.1f} (same)"


def _rules(one: AgencyChange) -> Iterator[str]:
    if not one.rules:
        return
    what = " and ".join(RULES[part] for part in one.rules)
    yield from wrap(f"! Not judged by the same rules: {what} changed. The scores are not of one kind.", hang=2)
    if one.unread:
        yield from wrap(
            "! The content of one of the runs cannot be read any more, so each control counts as changed.", hang=2
        )


def _section(title: str, changes: Sequence[Change]) -> Iterator[str]:
    if changes:
        yield ""
        yield f"{title}: {len(changes)}"
        yield from _lines(changes, "  ")


def _split(title: str, changes: Sequence[Change], headings: Mapping[Cause, tuple[str, str]]) -> Iterator[str]:
    if not changes:
        return
    yield ""
    yield f"{title}: {len(changes)}"
    for cause, (heading, whose) in headings.items():
        ours = [one for one in changes if one.cause is cause]
        if ours:
            yield from wrap(f"{heading}: {len(ours)}, {whose}", first="  ", hang=4)
            yield from _lines(ours, "    ")


def _plan(one: AgencyChange) -> Iterator[str]:
    """What makes the agreed plan ask for less; what was mended or came sooner is no news here."""
    if one.plan:
        yield ""
        yield f"{PLAN}: {len(one.plan)}"
        for change in one.plan[:MOST]:
            yield from wrap(plan_change_words(change), first="  · ", hang=4)
        if len(one.plan) > MOST:
            yield f"  and {len(one.plan) - MOST} more; --format json has all"


def _lines(changes: Sequence[Change], indent: str) -> Iterator[str]:
    for one in changes[:MOST]:
        shape = STATE[one.now or one.then or State.UNCHECKED][0]
        told = "; ".join([_states(one), *_notes(one)]) + (f" · {one.title}" if one.title else "")
        yield fit(f"{indent}{shape} {one.control}  {fit(name(one.asset), 20)}  {told}", WIDTH)
    if len(changes) > MOST:
        yield f"{indent}and {len(changes) - MOST} more; --format json has all"


def _states(one: Change) -> str:
    then, now = (STATE[state][1] if state else "" for state in (one.then, one.now))
    if one.then is None:
        return now
    return f"was: {then}" if one.now is None else f"{then} → {now}"


def _notes(one: Change) -> Iterator[str]:
    if one.rules and one.cause is not Cause.RULES:
        yield "rules changed too"
    if not one.scored:
        yield "advisory"
