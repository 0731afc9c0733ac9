"""The findings as Markdown, for wikis and tickets: one table an agency, one row a finding.

Nothing that a machine or the register said becomes markup or a link (`marked` says how).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts, tally
from pepperbird.report.marked import cell, ours, theirs
from pepperbird.report.rows import Row, rows
from pepperbird.report.words import COUNTED, STATE, moment

HEADINGS = (
    "Control", "Asset", "Subject", "State", "Control stands", "Severity", "Due", "Points", "Seen", "Expected",
    "What to do", "Effort", "Cost", "Who",
)  # fmt: skip


def render_md(agencies: Sequence[AgencyFacts]) -> bytes:
    """UTF-8, GitHub's Markdown, ending with a line break."""
    return ("\n\n".join("\n".join(_agency(facts)) for facts in agencies) + "\n").encode()


def _agency(facts: AgencyFacts) -> Iterator[str]:
    view = build(facts)
    yield f"# Findings: {theirs(view.agency)}"
    yield ""
    yield f"Run {theirs(view.run_id)}, {ours(moment(view.at))}."
    told = ", ".join(f"{number} {COUNTED[state]}" for state, number in tally(facts.states.values()))
    yield f"Of all controls on all assets: {ours(told) or 'nothing was judged'}."
    if view.partial:
        yield f"\n{theirs(view.partial)}"
    if view.overtaken:
        yield f"\n{theirs(view.overtaken)}"
    if view.standing is not None:
        figures = view.standing.score.figures
        yield f"Grade {view.standing.score.grade}, score {figures.score:.1f}. {ours(view.standing.sentence)}"
    yield ""
    yield f"| {' | '.join(HEADINGS)} |"
    yield "|" + " --- |" * len(HEADINGS)
    for row in rows(facts):
        yield f"| {' | '.join(_cells(row))} |"


def _cells(row: Row) -> Iterator[str]:
    yield ours(f"{row.control} {row.title}")
    yield cell(theirs(row.asset))
    yield cell(theirs(row.subject))
    yield ours(STATE[row.state][1])
    yield ours(STATE[row.stands][1])
    yield row.severity
    yield row.due
    yield "" if row.points is None else f"{row.points:.1f}"
    yield cell(theirs(row.message))
    yield cell(theirs(row.expected))
    yield cell(theirs(row.fix)) if row.from_outside else ours(row.fix)
    yield ours(row.effort)
    yield ours(row.cost)
    yield ours(row.owner)
