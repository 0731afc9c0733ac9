"""The report as a message of at most 600 characters: where things stand and what to do first. Plain text.

It names no person and no fault without its fix, and nothing in it acts: no links, no marks, no line that a telephone
could read as a command.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pepperbird.model.text import clean
from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.view import ReportView, Todo
from pepperbird.report.words import EFFORT, date

LONGEST = 600
"""Characters, the last line break with them."""
LONGEST_NAME = 60
LONGEST_TITLE = 80


def render_message(agencies: Sequence[AgencyFacts]) -> bytes:
    """UTF-8, of the one agency."""
    return (message(build(agencies[0])) + "\n").encode()


def message(view: ReportView) -> str:
    """As many of the first things to do as fit."""
    head, tail = list(_head(view)), _tail(view)
    lines: list[str] = []
    for todo in view.first:
        line = _line(todo, len(lines) + 1)
        if len("\n".join([*head, *lines, line, tail])) >= LONGEST:
            break
        lines.append(line)
    return clean_lines("\n".join([*head, *lines, tail]))[: LONGEST - 1]


def clean_lines(text: str) -> str:
    return "\n".join(clean(line, LONGEST) for line in text.split("\n"))


def _head(view: ReportView) -> Iterator[str]:
    yield f"{clean(view.agency, LONGEST_NAME)}, {date(view.at)}"
    yield from _standing(view)
    yield from view.visits.asked
    if view.first:
        more = f" (+{view.gain.points:.1f} together)" if view.gain and view.gain.points else ""
        yield f"To do first{more}:"


def _standing(view: ReportView) -> Iterator[str]:
    if view.standing is None:
        yield "Only a part was looked at." if view.partial else "No score was worked out."
        return
    figures, score = view.standing.score.figures, view.standing.score
    stage = f", stage {score.stage.stage}" if score.stage.stage else ""
    yield f"Score {figures.score:.1f} of 100 (up to {figures.upper:.1f} when all is seen), grade {score.grade}{stage}."
    if view.better and view.better.comparable and view.better.now > view.better.then:
        yield f"Up {view.better.now - view.better.then:.1f} since {date(view.better.since)}: well done."


def _line(todo: Todo, number: int) -> str:
    due = f", by {date(todo.due)}" if todo.due and not todo.overdue else ""
    return f"{number}. {clean(todo.title, LONGEST_TITLE)} ({EFFORT[todo.fix.effort]}{due})"


def _tail(view: ReportView) -> str:
    if not view.first:
        return "Nothing that was seen asks for a fix. The report has the rest."
    return "The report has the commands and the way back."
