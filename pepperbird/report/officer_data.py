"""The officer's week for programs: JSON, `pepperbird.officer/1`, as `reports/schema/officer-1.json` describes it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from pepperbird.report.diff_words import FALL
from pepperbird.report.officer_view import Moved, OfficerWeek

SCHEMA: Final = "pepperbird.officer/1"


def render_officer_json(week: OfficerWeek) -> bytes:
    """UTF-8, indented, ending with a line break."""
    whole = {
        "schema": SCHEMA,
        "site": week.site,
        "since": week.since,
        "at": week.at,
        "calls": [asdict(one) for one in week.calls],
        "agencies_without_call": week.quiet,
        "dark": [asdict(one) for one in week.dark],
        "gaps": [asdict(one) for one in week.gaps],
        "gaps_not_told_of": list(week.unread),
        "ending": [asdict(one) for one in week.ending],
        "runs": [asdict(one) for one in week.runs],
        "moved": [_moved(one) for one in week.moved],
        "plans": [asdict(one) for one in week.plans],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False).encode("utf-8", errors="replace") + b"\n"


def _moved(one: Moved) -> dict[str, Any]:
    fell = [{"cause": str(cause), "move": FALL[cause][1], "results": list(some)} for cause, some in one.fell]
    return asdict(one) | {"fell": fell}
