"""The quarterly report for programs: JSON, `pepperbird.quarter/1`, as `reports/schema/quarter-1.json` describes it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from pepperbird.model.scores import Figures
from pepperbird.report.facts import name
from pepperbird.report.quarter_words import TITLES, asked, caveats, opening
from pepperbird.score.indicators import Indicator
from pepperbird.score.quarter import STANDARDS, Fixed, QuarterReport, Row

SCHEMA: Final = "pepperbird.quarter/1"


def render_quarter_json(report: QuarterReport) -> bytes:
    """UTF-8, indented, ending with a line break. Agencies are named only where the report is."""
    whole = {
        "schema": SCHEMA,
        "quarter": report.quarter,
        "site": name(report.site),
        "first_day": report.first_day,
        "last_day": report.last_day,
        "ended": not report.open,
        "names_published": report.named,
        "brief": {"opening": opening(report), "asked": list(asked(report))},
        "baseline_quarter": report.baseline,
        "indicators": [_indicator(one) for one in report.indicators],
        "nation": {
            "now": _figures(report.nation),
            "before": _figures(report.nation_before),
            "panel": _fixed(report.fixed),
            "rules_changed": report.rules,
            "before_again": _figures(report.again.before) if report.again else None,
            "judged_again": report.again.at if report.again else None,
        },
        "quarters": [
            {
                "quarter": one.quarter,
                "figures": _figures(one.figures),
                "rules_changed": one.rules,
                "again": _figures(one.again),
                "again_missing": one.missing or None,
            }
            for one in report.bars
        ],
        "cohorts": [
            {
                "name": one.name,
                "agencies": one.agencies,
                "seen": one.seen,
                "figures": _figures(one.figures),
                "panel": _fixed(one.fixed),
            }
            for one in report.groups
        ],
        "agencies": [_row(one) for one in report.rows],
        "failing_most": [asdict(one) | {"title": name(report.titles.get(one.control, ""))} for one in report.failing],
        "fixed": report.fixed_faults,
        "caveats": list(caveats(report)),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False).encode("utf-8", errors="replace") + b"\n"


def _figures(some: Figures | None) -> dict[str, Any] | None:
    return None if some is None else {key: getattr(some, key) for key in ("score", "upper", "coverage", "observed")}


def _fixed(some: Fixed | None) -> dict[str, Any] | None:
    if some is None:
        return None
    again = {"again": _panel(some.again) if some.again is not None else None}
    return _panel(some) | again


def _panel(some: Fixed) -> dict[str, Any]:
    return {"agencies": some.agencies, "before": _figures(some.then), "now": _figures(some.now)}


def _indicator(one: Indicator) -> dict[str, Any]:
    title, verified_by = TITLES[one.id]
    return {
        "id": one.id,
        "title": title,
        "baseline": asdict(one.baseline) if one.baseline else None,
        "before": asdict(one.before) if one.before else None,
        "target": one.target,
        "actual": asdict(one.actual),
        "met": one.met,
        "verified_by": verified_by,
    }


def _row(one: Row) -> dict[str, Any]:
    return {
        "cohort": one.cohort,
        "id": name(one.id) or None,
        "name": name(one.name) or None,
        "score": one.whole,
        "coverage": one.coverage,
        "standards": dict(zip(STANDARDS, one.cells, strict=True)),
    }
