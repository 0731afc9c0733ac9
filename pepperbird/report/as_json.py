"""The public JSON of a run, `pepperbird.run/1`, as `reports/schema/run-1.json` describes it.

Every finding of every clause is there, the passed ones too, in the order of agency, control and asset. A partial run
has no agency figures: they are null. Text from outside is bounded and free of control characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pepperbird.model.check import Fix
from pepperbird.model.declared import ContentStanding
from pepperbird.model.run import Record
from pepperbird.model.scores import Figures
from pepperbird.model.state import State
from pepperbird.model.verdict import Finding
from pepperbird.report.diff_json import plan_change
from pepperbird.report.facts import AgencyFacts, name, shown
from pepperbird.report.fixes import fix_of
from pepperbird.report.gaps import Unseen, unseen
from pepperbird.report.unproved import of_asset, of_check, of_pair
from pepperbird.report.words import STANDARDS

SCHEMA = "pepperbird.run/1"


def render_json(agencies: Sequence[AgencyFacts]) -> bytes:
    """UTF-8, indented, ending with a line break. `agencies` are those of one run, at least one."""
    run, catalog = agencies[0].run, agencies[0].catalog
    whole = {
        "schema": SCHEMA,
        "scope": run.scope,
        "run": {
            "id": run.id,
            "at": run.at,
            "ended": run.ended,
            "digests": {
                key: getattr(run.digests, key)
                for key in ("content", "site", "baseline", "memory", "engine", "verdicts")
            },
            "content": _content(agencies[0].site.content),
            "record": _record(run.record) if run.record else None,
        },
        "agencies": [_agency(facts) for facts in agencies],
        "assets": [one for facts in agencies for one in _assets(facts)],
        "controls": [one for facts in agencies for one in _controls(facts)],
        "findings": [_finding(facts, one) for facts in agencies for one in facts.findings()],
        "gaps": [_gap(facts.id, one) for facts in agencies for one in unseen(facts)],
        "waivers": [one for facts in agencies for one in _waivers(facts)],
        "tailoring": _tailoring(agencies),
        "content_digest": run.digests.content or catalog.digest,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False).encode() + b"\n"


def _record(record: Record) -> dict[str, Any]:
    return {"count": record.count, "head": record.head, "key": record.key or None}


def _content(standing: ContentStanding) -> dict[str, Any]:
    return {"state": standing.state, "by": shown(standing.by), "at": standing.at, "why": shown(standing.why)}


def _register(facts: AgencyFacts) -> dict[str, Any]:
    standing = facts.site.register(facts.id)
    plain = {key: shown(getattr(standing, key)) for key in ("state", "by", "at", "why", "compared_with")}
    changes = [
        {"what": one.what, "id": name(one.id), "how": one.how, "fields": [name(field) for field in one.fields]}
        for one in standing.changes
    ]
    return {**plain, "changes": changes}


def _plan(facts: AgencyFacts) -> dict[str, Any]:
    """The agreed plan as the run kept it, and how far it is signed."""
    standing = facts.site.plan_standing(facts.id)
    plain = {key: shown(getattr(standing, key)) for key in ("state", "by", "at", "why", "compared_with")}
    changes = [plan_change(one) for one in standing.changes]
    return {**plain, "required": standing.required, "items": list(_items(facts)), "changes": changes}


def _items(facts: AgencyFacts) -> Iterable[dict[str, Any]]:
    plan = facts.site.plan_of(facts.id)
    for one in plan.items if plan else ():
        asset = name(one.asset) if one.asset else None
        yield {"control": one.control, "asset": asset, "agreed": one.agreed, "due": one.due, "assigned": one.assigned}


def _figures(figures: Figures | None) -> dict[str, Any] | None:
    if figures is None:
        return None
    keys = ("score", "upper", "coverage", "observed", "conclusive", "pairs")
    return {key: getattr(figures, key) for key in keys}


def _agency(facts: AgencyFacts) -> dict[str, Any]:
    score = None if facts.partial else facts.score
    figures = _figures(score.figures if score else None) or {}
    standards = score.standards if score else {}
    return {
        "id": name(facts.id),
        **{key: figures.get(key) for key in ("score", "upper", "coverage", "observed")},
        "grade": str(score.grade) if score else None,
        "stage": str(score.stage.stage) if score and score.stage.stage else None,
        "register": _register(facts),
        "plan": _plan(facts),
        "standards": {standard: _figures(standards.get(standard)) for standard in sorted(key for key, _ in STANDARDS)},
    }


def _assets(facts: AgencyFacts) -> Iterable[dict[str, Any]]:
    figures = facts.score.assets if facts.score else {}
    for asset in facts.assets.values():
        yield {
            "agency": name(facts.id),
            "id": name(asset.id),
            "kind": str(asset.kind),
            "tier": str(asset.tier),
            "registered": asset.registered,
            "figures": _figures(figures.get(asset.id)),
            "unproved": of_asset(facts, asset.id) or None,
        }


def _controls(facts: AgencyFacts) -> Iterable[dict[str, Any]]:
    for (control, asset), state in facts.states.items():
        yield {
            "agency": name(facts.id),
            "control": control,
            "asset": name(asset),
            "state": str(state),
            "severity": str(facts.control(control).severity),
            "unproved": of_pair(facts, control, asset) or None,
        }


def _finding(facts: AgencyFacts, finding: Finding) -> dict[str, Any]:
    fix = fix_of(facts.catalog, finding) if finding.state is State.FAIL else None
    return {
        "agency": name(facts.id),
        "check": finding.check,
        "control": finding.control,
        "asset": name(finding.asset),
        "subject": name(finding.subject),
        "state": str(finding.state),
        "message": shown(finding.message),
        "expected": shown(finding.expected),
        "unproved": of_check(facts, finding.check, finding.asset) or None,
        "fix": _fix(fix) if fix else None,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return fix.model_dump(mode="json", exclude={"variants"})


def _gap(agency: str, gap: Unseen) -> dict[str, Any]:
    return {
        "agency": name(agency),
        "endpoint": gap.endpoint or None,
        "assets": list(gap.assets),
        "reason": str(gap.reason) if gap.reason else None,
        "state": str(gap.state),
        "detail": gap.detail,
        "remedy": gap.remedy,
        "controls": list(gap.controls),
    }


_WAIVER = ("id", "agency", "control", "asset", "subject", "reason", "measure", "approved_by", "since", "until")


def _waivers(facts: AgencyFacts) -> Iterable[dict[str, Any]]:
    for one in facts.waivers:
        plain = {key: getattr(one, key) for key in (*_WAIVER, "requested_by", "signed")}
        told = {key: shown(value) if value is not None else None for key, value in plain.items()}
        yield {**told, "renewed": bool(one.earlier), "void": shown(facts.void(one)), "applied": facts.applied(one)}


def _tailoring(agencies: Sequence[AgencyFacts]) -> list[dict[str, Any]]:
    """One entry per agency and tier that its pairs have."""
    return [
        {
            "agency": name(facts.id),
            "tier": str(tier),
            "baseline": baseline.id,
            "published": baseline.id == str(tier),
            "loosened": list(baseline.loosened),
        }
        for facts in agencies
        for tier, baseline in facts.baselines
    ]
