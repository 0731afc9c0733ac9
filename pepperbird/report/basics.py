"""The basics: the starter baseline's controls, with which a first report begins. Free of cost, and they matter most."""

from __future__ import annotations

from collections.abc import Iterator

from pepperbird.model.state import State
from pepperbird.report.facts import WORST_FIRST, AgencyFacts, name
from pepperbird.report.unproved import of_pair
from pepperbird.report.view_standing import Basic, Basics
from pepperbird.report.words import STATE, count
from pepperbird.score.stage import STARTER, starter_controls

MOST_NAMED = 2


def basics(facts: AgencyFacts) -> Basics | None:
    """None for a run that no longer begins with them: a later one, or one of chosen controls."""
    used = {baseline.id for _, baseline in facts.baselines}
    if facts.run.plan.selection.controls or (facts.id not in facts.run.first and used != {STARTER}):
        return None
    items = sorted(_items(facts), key=lambda one: WORST_FIRST.index(one.state))
    if not items:
        return None
    ready = sum(1 for one in items if one.state in (State.PASS, State.NOT_APPLICABLE))
    to_do = sum(1 for one in items if one.state in (State.FAIL, State.WAIVED))
    return Basics(tuple(items), ready, _sentence(len(items), ready, to_do))


def _sentence(total: int, ready: int, to_do: int) -> str:
    unseen = total - ready - to_do
    parts = [f"{ready or 'none'} of them {'is' if ready < 2 else 'are'} in order"]
    if to_do:
        parts.append(f"{to_do} {'asks' if to_do == 1 else 'ask'} for work")
    if unseen:
        parts.append(f"{unseen} could not be decided yet")
    told = ", ".join(parts[:-1]) + f" and {parts[-1]}" if len(parts) > 1 else parts[0]
    cost, matter = ("costs", "matters") if total == 1 else ("cost", "matter")
    return f"{count(total, 'control')} that {cost} nothing but time and {matter} most: {told}."


def _items(facts: AgencyFacts) -> Iterator[Basic]:
    for control in starter_controls(facts.catalog) or ():
        states = {asset: state for (one, asset), state in facts.states.items() if one == control}
        if not states:
            continue
        worst = min(states.values(), key=WORST_FIRST.index)
        where = [name(asset.partition("#")[0]) for asset, state in states.items() if state is worst]
        if worst in (State.PASS, State.NOT_APPLICABLE):
            worst = State.PASS if State.PASS in states.values() else worst
            where = []
        told = next((said for asset in states if (said := of_pair(facts, control, asset))), "")
        words = _words(worst, where) + (f" ({told})" if told and worst.conclusive else "")
        yield Basic(control, facts.control(control).title, worst, words)


def _words(state: State, where: list[str]) -> str:
    if state is not State.FAIL:
        return STATE[state][1]
    more = f" and {len(where) - MOST_NAMED} more" if len(where) > MOST_NAMED else ""
    return f"fails: {', '.join(where[:MOST_NAMED])}{more}"
