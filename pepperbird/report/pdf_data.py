"""The view model as plain JSON for the PDF's templates: values only, with nothing in a text that acts.

The templates decide how it looks. Words that need a rule (a date, an age, what is gained) are made here, so that the
PDF says them as the page does.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel

from pepperbird.report import words
from pepperbird.report.asks import in_letter
from pepperbird.report.facts import shown
from pepperbird.report.spark import HEIGHT, WIDTH, Spark
from pepperbird.report.trend_words import now_words, point_words
from pepperbird.report.view import ReportView, Todo
from pepperbird.score.trend import Point, Trend

MOST_ROWS: Final = 8
MOST_SEEN: Final = 12
"""Fails printed per check; a page that is printed is not searched."""
_ACTING: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)


def safe(text: str) -> str:
    """Without control characters, marks that turn the direction, and characters of no width."""
    return _ACTING.sub("", text)


def plain(value: Any) -> Any:
    """Frozen values as JSON values; every text is `safe`."""
    if isinstance(value, Enum | str):
        return safe(str(value))
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="json"))
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {safe(str(key)): plain(one) for key, one in value.items()}
    return [plain(one) for one in value]


def pdf_data(view: ReportView, line: Spark | None, picture: str) -> dict[str, Any]:
    """Everything that the templates put down. `picture` is the trend's SVG, '' where there is none."""
    found: dict[str, Any] = plain(view)
    told = [_todo(todo) for todo in view.todos]
    found["todos"] = told
    found["to_see"] = plain(view.to_see)
    found["first"] = told[: len(view.first)]
    found["standards"] = [_standard(one, told) for one in found["standards"]]
    found["trend"] = _trend(view.trend) if view.trend and len(view.trend.points) > 1 else None
    for entry in (*found["access"], *found["documents"], *found["pending"]):
        gap = entry["gap"]
        gap["detail"] = words.sentence(gap["detail"]) if gap["detail"] else ""
        gap["remedy"] = words.sentence(gap["remedy"]) if gap["remedy"] and not entry["line"] else gap["remedy"]
    found["in_letter"] = in_letter(view)
    found["picture"] = picture
    found["spark"] = plain(line)
    found["words"] = {
        "date": words.date(view.at),
        "moment": words.moment(view.at),
        "ended": words.moment(view.ended),
        "first": words.THINGS[len(view.first)],
        "gain": safe(words.gain_words(view.gain, len(view.first))) if view.gain else "",
        "better": "What got better" if view.better else "A part was looked at" if view.partial else "Where to begin",
        "states": {str(state): list(told) for state, told in words.STATE.items()},
        "counted": {str(state): told for state, told in words.COUNTED.items()},
        "size": [WIDTH, HEIGHT],
    }
    found["ending"] = [{**plain(one), "until": words.date(one.until)} for one in view.ending]
    if view.plan:
        found["plan"]["rows"] = [
            {**plain(row), "due": words.date(row.due), "agreed": words.date(row.agreed),
             "age": words.days(row.age) if row.age is not None else "–"}
            for row in view.plan.rows
        ]  # fmt: skip
    found["waivers"] = [_waiver(one) for one in found["waivers"]]
    return found


def _todo(todo: Todo) -> dict[str, Any]:
    proof = todo.proof.strip().splitlines()
    due = f"{words.date(todo.due)}{', overdue' if todo.overdue else ''}" if todo.due else "not agreed yet"
    by = [due, words.age(todo.age)]
    by += ["assigned by the programme office"] if todo.assigned else []
    by += [todo.who] if todo.who else []
    told = {
        "brief": words.brief(todo.fix.text, 170),
        "gains": words.gains(todo),
        "due": due,
        "by": ", ".join(by),
        "proof": proof[0] + (" …" if len(proof) > 1 else "") if proof else "",
        "worth": f"worth {todo.points:.1f} points" if todo.points and todo.points >= 0.05 else "",
        "takes": words.EFFORT[todo.fix.effort],
        "costs": words.COST[todo.fix.cost],
        "who_does": words.OWNER[todo.fix.owner],
        "risks": words.RISK[todo.fix.risk],
        "variants": [
            {"system": words.SYSTEM.get(system, system), **plain(one)}
            for system, one in sorted(todo.fix.variants.items())
        ],
    }
    return {**plain(todo), **plain(told), "places": [_place(one.asset, one.subject) for one in todo.places]}


def _place(asset: str, subject: str) -> str:
    return safe(": ".join(part for part in (asset, subject) if part))


def asked(source: str) -> str:
    """The collectors, without each of their probes: `lvm, storage on moh/db-1/ssh`."""
    probes, on, endpoint = source.partition(" on ")
    return ", ".join(dict.fromkeys(one.partition(".")[0] for one in probes.split(", "))) + on + endpoint


def _standard(standard: dict[str, Any], todos: list[dict[str, Any]]) -> dict[str, Any]:
    """The fails cut to what is printed, each with the number of its thing to do."""
    by_check = {(todo["control"], todo["check"]): todo["number"] for todo in todos}
    for control in standard["controls"]:
        for check in control["checks"]:
            check["todo"] = by_check.get((control["id"], check["check"])) if check["todo"] else None
            check["left"] = check["hidden"] + max(len(check["seen"]) - MOST_SEEN, 0)
            check["seen"] = [
                {**one, "where": _place(one["asset"], one["subject"]), "source": asked(one["source"])}
                for one in check["seen"][:MOST_SEEN]
            ]
    return standard


def _trend(trend: Trend) -> list[list[str]]:
    return [_row(point, trend) for point in trend.points[-MOST_ROWS:][::-1]]


def _row(point: Point, trend: Trend) -> list[str]:
    told = [point_words(point, trend)] if point_words(point, trend) else []
    if point.again_figures is not None:
        told.append(f"{now_words(trend)} {point.again_figures.score:.1f}")
    day = words.date(point.at) + (f" ({'; '.join(told)})" if told else "")
    figures = point.figures
    numbers = ["–"] * 3
    if figures is not None:
        numbers = [f"{figures.score:.1f}", f"{figures.observed:.1f}", f"{figures.coverage:.0f} %"]
    return [day, *numbers, point.grade or "–", point.stage or "–"]


def _waiver(one: dict[str, Any]) -> dict[str, Any]:
    told = {key: shown(str(value)) if value is not None else "" for key, value in one["waiver"].items()}
    return {**one, "waiver": told, "until": words.date(one["waiver"]["until"])}
