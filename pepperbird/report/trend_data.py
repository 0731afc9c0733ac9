"""A trend for programs: JSON (`pepperbird.trend/1`, `reports/schema/trend-1.json`) and CSV with the same figures."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, Final

from pepperbird.model.scores import Figures
from pepperbird.report.as_xlsx import ACTS
from pepperbird.report.facts import name
from pepperbird.score.trend import Point, Trend

SCHEMA: Final = "pepperbird.trend/1"
_FIGURES: Final = ("score", "upper", "coverage", "observed")
_PANEL: Final = tuple(f"panel_{one}" for one in _FIGURES)
COLUMNS: Final = (
    "agency", "name", "standard", "run", "at", *_FIGURES, "grade", "stage", "open", "overdue", "fixed", "days_to_fix",
    "median", "reporting",
    "registered", "panel_agencies", *_PANEL, "rules_changed", "days_without_run",
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
            **{key: value for key, value in plain.items() if key in COLUMNS},
            "rules_changed": " ".join(point.rules),
            "panel_agencies": len(trend.panel) if trend.agency is None else None,
        }
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
    }


def _figures(figures: Figures | None) -> dict[str, Any] | None:
    return None if figures is None else {key: getattr(figures, key) for key in _FIGURES}


def _cell(value: Any) -> Any:
    """The value; text that a spreadsheet would run has a quotation mark before it."""
    if isinstance(value, str) and value.lstrip().startswith(ACTS):
        return f"'{value}"
    return "" if value is None else value
