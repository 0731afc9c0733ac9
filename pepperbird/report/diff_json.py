"""The public JSON of a comparison, `pepperbird.diff/1`, as `reports/schema/diff-1.json` describes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pepperbird.model.agreed import PlanChange
from pepperbird.report.facts import name, shown
from pepperbird.score.change import AgencyChange, Change, Side, counts

SCHEMA = "pepperbird.diff/1"


def render_diff_json(changes: Sequence[AgencyChange]) -> bytes:
    """UTF-8, indented, ending with a line break."""
    whole = {"schema": SCHEMA, "agencies": [_agency(one) for one in changes]}
    return json.dumps(whole, indent=1, ensure_ascii=False).encode() + b"\n"


def _agency(one: AgencyChange) -> dict[str, Any]:
    fell = [change for change in one.changes if change.kind == "fell"]
    return {
        "id": name(one.agency),
        "name": name(one.name),
        "then": _side(one.then),
        "now": _side(one.now),
        "compared_with": {
            "what": str(one.since.against),
            "delivered": one.since.delivered or None,
            "pruned_report_delivered": one.since.gone or None,
            "own_report_sent": one.since.own or None,
        },
        "rules_changed": list(one.rules),
        "rules_unread": one.unread,
        "fell_by_cause": [{"cause": str(cause), "pairs": number} for cause, number in counts(fell).items()],
        "changes": [_change(change) for change in one.changes],
        "plan": [plan_change(change) for change in one.plan],
        "same": one.same,
        "carried": one.carried,
    }


def plan_change(one: PlanChange) -> dict[str, Any]:
    """One difference between two agreed plans."""
    asset = name(one.asset) if one.asset else None
    return {**one.model_dump(mode="json"), "control": name(one.control), "asset": asset, "reason": shown(one.reason)}


def _side(side: Side) -> dict[str, Any]:
    figures, stage = side.score.figures, side.score.stage.stage
    return {
        "run": name(side.run),
        "at": side.at,
        **{key: getattr(figures, key) for key in ("score", "upper", "coverage", "observed")},
        "grade": str(side.score.grade),
        "stage": str(stage) if stage else None,
    }


def _change(one: Change) -> dict[str, Any]:
    return {
        "kind": str(one.kind),
        "control": one.control,
        "title": one.title,
        "asset": name(one.asset),
        "severity": str(one.severity),
        "scored": one.scored,
        **{key: str(value) if value else None for key, value in
           (("then", one.then), ("now", one.now), ("cause", one.cause), ("reason", one.reason))},
        "rules_changed": one.rules,
    }  # fmt: skip
