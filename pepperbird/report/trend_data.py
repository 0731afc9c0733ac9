"""A trend for programs: JSON (`pepperbird.trend/1`, `reports/schema/trend-1.json`) and CSV with the same figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.scores import Figures
from pepperbird.report.as_xlsx import ACTS
from pepperbird.report.facts import name
from pepperbird.score.change import Cause
from pepperbird.score.trend import Again, Point, Trend

SCHEMA: Final = "pepperbird.trend/1"
_FIGURES: Final = ("score", "upper", "coverage", "observed")
_PANEL: Final = tuple(f"panel_{one}" for one in _FIGURES)
_FELL: Final = {str(cause): f"fell_{cause.replace('-', '_')}" for cause in Cause}
_AGAIN: Final = (*(f"again_{one}" for one in (*_FIGURES, "open", "overdue")), "again_panel_score", "again_missing")
_STEP: Final = ("step_by_same_rules", "step_by_new_rules")
COLUMNS: Final = (
    "agency", "name", "standard", "run", "at", *_FIGURES, "grade", "stage", "open", "overdue", "fixed", "days_to_fix",
    "median", "reporting",
    "registered", "panel_agencies", *_PANEL, "rules_changed", "days_without_run",
    "fell", *_FELL.values(), *_AGAIN, *_STEP,
)  # fmt: skip


def render_trend_json(trend: Trend) -> bytes:
    """UTF-8, indented, ending with a line break."""
    whole = {
        "schema": SCHEMA,
        "of": "nation" if trend.agency is None else "agency",
        "agency": None if trend.agency is None else name(trend.agency),
        "name": name(trend.name),
        "group": trend.group,
        "standard": trend.standard,
        "panel": [name(one) for one in trend.panel],
        "series": _series(trend),
        "overtaken_runs": trend.overtaken,
        "points": [_point(point) for point in trend.points],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False).encode() + b"\n"


def render_trend_csv(trend: Trend) -> bytes:
    """UTF-8 with a line of names; what is not known is empty. No cell is a formula for whoever opens it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for point in trend.points:
        plain = _point(point)
        row = {
            "agency": name(trend.agency or ""),
            "name": name(trend.name),
            "standard": trend.standard or "",
            **{key: value for key, value in plain.items() if key in COLUMNS and key != "fell"},
            "rules_changed": " ".join(point.rules),
            "panel_agencies": len(trend.panel) if trend.agency is None else None,
        }
        row |= _fell(point.fell) | _again_cells(point)
        row |= {f"panel_{key}": value for key, value in (plain["panel"] or {}).items()}
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return out.getvalue().encode()


def _point(point: Point) -> dict[str, Any]:
    mended = point.mended
    return {
        "run": name(point.run),
        "at": point.at,
        **(_figures(point.figures) or dict.fromkeys(_FIGURES)),
        "grade": point.grade or None,
        "stage": point.stage or None,
        "open": point.open.open if point.open else None,
        "overdue": point.open.overdue if point.open else None,
        "fixed": mended.fixed if mended else None,
        "days_to_fix": mended.days if mended else None,
        "median": point.median,
        "reporting": point.reporting,
        "registered": point.registered,
        "panel": _figures(point.panel),
        "rules_changed": list(point.rules),
        "days_without_run": point.quiet or None,
        "fell": _by_cause(point.fell),
        "again": _again(point.again),
        "again_missing": point.missing or None,
        "step": None if point.step is None else {"by_same_rules": point.step.same, "by_new_rules": point.step.rules},
    }


def _series(trend: Trend) -> dict[str, Any] | None:
    one = trend.series
    if one is None:
        return None
    about = {key: getattr(one, key) for key in ("at", "content", "engine")}
    return {**about, "baseline": one.baseline or None, "last_run": name(one.last), "rules_of_now": trend.current}


def _again(again: Again | None) -> dict[str, Any] | None:
    if again is None:
        return None
    return {
        **(_figures(again.figures) or dict.fromkeys(_FIGURES)),
        "grade": again.grade or None,
        "stage": again.stage or None,
        "open": again.open.open if again.open else None,
        "overdue": again.open.overdue if again.open else None,
        "fell": _by_cause(again.fell),
        "panel": _figures(again.panel),
    }


def _by_cause(fell: Mapping[str, int] | None) -> dict[str, int] | None:
    """Every cause that there was, in the order in which they are told."""
    return None if fell is None else {str(cause): fell[cause] for cause in Cause if fell.get(cause)}


def _fell(fell: Mapping[str, int] | None) -> dict[str, Any]:
    """The columns: nought where none fell by that cause, nothing where that is not known."""
    if fell is None:
        return {}
    return {"fell": sum(fell.values()), **{column: fell.get(cause, 0) for cause, column in _FELL.items()}}


def _again_cells(point: Point) -> dict[str, Any]:
    told = _again(point.again) or {}
    cells = {f"again_{key}": value for key, value in told.items() if f"again_{key}" in _AGAIN}
    cells |= {"again_missing": point.missing, "again_panel_score": (told.get("panel") or {}).get("score")}
    if point.step is not None:
        cells |= dict(zip(_STEP, (point.step.same, point.step.rules), strict=True))
    return cells


def _figures(figures: Figures | None) -> dict[str, Any] | None:
    return None if figures is None else {key: getattr(figures, key) for key in _FIGURES}


def _cell(value: Any) -> Any:
    """The value; text that a spreadsheet would run has a quotation mark before it."""
    if isinstance(value, str) and value.lstrip().startswith(ACTS):
        return f"'{value}"
    return "" if value is None else value
