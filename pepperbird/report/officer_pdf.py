"""The officer's week as a PDF to print and tick off, set by typst as the agencies' report is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pepperbird.report.as_pdf import compile_pdf
from pepperbird.report.diff_words import FALL, RULES
from pepperbird.report.officer_view import Call, Dark, Gap, Moved, OfficerWeek
from pepperbird.report.pdf_data import plain
from pepperbird.report.words import TIER, count, date, moment, sentence, stop

TEMPLATE: Final = "officer.typ"
MOST: Final = 12
"""Lines under one cause; JSON has all."""


def render_officer_pdf(week: OfficerWeek, root: Path) -> bytes:
    """The bytes: the same week gives the same. `root` holds the content folders.

    Raises UsageError where typst is not installed, ContentError where the templates are missing or broken.
    """
    data = json.dumps(plain(officer_pdf_data(week)), ensure_ascii=False)
    return compile_pdf(root / "reports" / "pdf", data, week.at, TEMPLATE)


def officer_pdf_data(week: OfficerWeek) -> dict[str, Any]:
    """Everything that the template puts down, in words where a rule is needed for them."""
    return {
        "site": week.site,
        "words": {
            "date": date(week.at),
            "since": date(week.since),
            "moment": moment(week.at),
            "calls": f"{week.to_call}. Those that went dark come first.",
        },
        "calls": [_call(one) for one in week.calls],
        "dark": [_dark(one) for one in week.dark],
        "moved": [_moved(one) for one in week.moved if one.fell or one.fixed],
        "plans": [{"name": one.name, "signed": one.signed, "lines": list(_lines(one.changes))} for one in week.plans],
        "gaps": [_gap(one) for one in week.gaps],
        "unread": week.unread,
        "ending": [
            [date(one.day) + (", ended" if one.ended else ""), one.kind, one.name or "–", one.what]
            for one in week.ending
        ],
        "runs": [
            [
                moment(one.at),
                count(one.agencies, "agency", "agencies") + ("" if one.full else ", a part only"),
                "yes" if one.ended else "not yet, or never",
                "–" if one.coverage is None else f"{one.coverage:.1f} %",
            ]
            for one in week.runs
        ],
    }


def _call(call: Call) -> dict[str, Any]:
    people = [
        [part for part in (", ".join(filter(None, (one.name, one.role))), one.phone, one.mail) if part]
        for one in call.people
    ]
    return {"name": call.name, "tier": TIER[call.tier], "people": people, "about": call.about}


def _dark(one: Dark) -> list[str]:
    tried = f" {count(one.endpoints, 'way in was', 'ways in were')} tried." if one.endpoints else ""
    cause = "Not scanned" if one.cause is None else FALL[one.cause][0]
    return [one.name, cause, sentence(one.words) + tried, date(one.last) if one.last else "never"]


def _moved(one: Moved) -> dict[str, Any]:
    rules = f"; judged by other rules since: {', '.join(RULES[each] for each in one.rules)}" if one.rules else ""
    parts = [_part(f"{FALL[cause][0]}, {len(some)}", stop(FALL[cause][1]), some) for cause, some in one.fell]
    if one.fixed:
        parts.append(_part(f"Fixed, {len(one.fixed)}", "", one.fixed))
    return {"name": one.name, "when": f"{date(one.then)} to {date(one.now)}{rules}", "parts": parts}


def _part(title: str, whose: str, some: tuple[str, ...]) -> dict[str, Any]:
    return {"title": title, "whose": whose, "lines": list(_lines(some))}


def _lines(some: tuple[str, ...]) -> Iterator[str]:
    yield from some[:MOST]
    if len(some) > MOST:
        yield f"and {len(some) - MOST} more"


def _gap(one: Gap) -> dict[str, Any]:
    opens = f"Opens {count(one.controls, 'control')}, {count(one.pairs, 'result')}; whose move: {one.move}"
    return {
        "title": sentence(one.title),
        "opens": opens,
        "remedy": one.remedy,
        "line": one.line,
        "agencies": one.agencies,
        "count": count(len(one.agencies), "agency", "agencies"),
    }
