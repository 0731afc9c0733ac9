"""An agency's open items as an OSCAL plan of action and milestones 1.2.1: what fails, is accepted, or is not known."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pepperbird.model.state import State
from pepperbird.report.facts import AgencyFacts, name
from pepperbird.report.oscal import Json, Oscal, Pair, props
from pepperbird.report.todos import due_of


def render_poam(agencies: Sequence[AgencyFacts]) -> bytes:
    """UTF-8 JSON of one agency; the same run gives the same bytes."""
    whole = {"plan-of-action-and-milestones": plan_of_action(Oscal(agencies[0]))}
    return json.dumps(whole, indent=1, ensure_ascii=False).encode() + b"\n"


def plan_of_action(part: Oscal) -> Json:
    """One item for each pair that does not pass. With nothing open one says so, as OSCAL wants one."""
    found = {
        "observations": part.observations(every=False),
        "risks": part.risks(),
        "findings": part.findings(every=False),
    }
    items = [_item(part, pair, state) for pair, state in part.pairs.items() if state is not State.PASS]
    inventory = part.inventory()
    return {
        "uuid": part.id("plan-of-action"),
        "metadata": part.metadata("Plan of action and milestones"),
        "system-id": {"identifier-type": "urn:pepperbird:agency", "id": name(part.facts.id)},
        **({"local-definitions": {"inventory-items": inventory}} if inventory else {}),
        **{key: listed for key, listed in found.items() if listed},
        "poam-items": items or [_nothing(part)],
    }


def _item(part: Oscal, pair: Pair, state: State) -> Json:
    control = part.control(pair)
    failing = state in (State.FAIL, State.WAIVED)
    return {
        "uuid": part.id("item", *pair),
        "title": f"{control.id} {control.title}",
        "description": part.words(pair, state),
        "props": props(
            state=str(state),
            severity=str(control.severity),
            asset=name(pair[1]),
            due=due_of(part.facts, pair) if failing else "",
        ),
        "related-findings": [{"finding-uuid": part.id("finding", *pair)}],
        **part.related(pair),
    }


def _nothing(part: Oscal) -> Json:
    return {
        "uuid": part.id("item"),
        "title": "Nothing is open",
        "description": part.view.partial or "Everything that was to be looked at passes or does not apply.",
    }
