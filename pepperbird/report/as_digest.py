"""What one agency's weekly mail says: what changed since the last one, then the short message. Plain text.

Like the message it names no person, and nothing in it acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pepperbird.report.as_message import clean_lines, message
from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.view import ReportView


def render_digest(agencies: Sequence[AgencyFacts]) -> bytes:
    """UTF-8, of the one agency; `earlier` must hold what changed since the last mail."""
    view = build(agencies[0])
    return (clean_lines("\n".join([*_changed(view), "", message(view)])) + "\n").encode()


def _changed(view: ReportView) -> Iterator[str]:
    found = view.better
    if found is None:
        yield "This is the first mail of its kind. It comes once a week and says what changed since the one before."
        return
    yield found.lead
    yield from (f"+ {line}" for line in found.lines)
    if found.more:
        yield f"+ and {found.more} more"
    yield from (f"- {line}" for line in found.fell)
