"""The words of a comparison: what each kind of change and each cause of a fall is called, and whose move it is."""

from __future__ import annotations

from typing import Final

from pepperbird.report.words import date
from pepperbird.score.change import Cause, Kind
from pepperbird.score.since import Against, Since


def since_words(since: Since) -> str:
    """What a run is compared with, and why; '' where the runs were named."""
    if since.against is Against.NAMED:
        return ""
    if since.against is Against.REPORT:
        told = f"the run of the last report that was delivered, on {date(since.delivered)}"
    elif since.gone:
        told = (
            f"the full run before; the run of the report that was delivered on {date(since.gone)} is not kept any more"
        )
    else:
        told = "the full run before"
    return f"{told}. The report of the newest run itself was sent on {date(since.own)}" if since.own else told


RULES: Final = {
    "content": "the standards or checks",
    "baseline": "the baseline",
    "engine": "pepperbird's version",
    "tier": "a tier",
}
"""What differs of that by which two runs were judged."""

KIND: Final[dict[Kind, str]] = {
    Kind.FIXED: "Fixed",
    Kind.SEEN: "Seen now, and in order",
    Kind.FELL: "Fell",
    Kind.FOUND: "Seen now, and failing (not known before)",
    Kind.NEW: "New",
    Kind.GONE: "Gone",
}

FALL: Final[dict[Cause, tuple[str, str]]] = {
    Cause.FAILED: ("Failed", "the report says how to fix it"),
    Cause.LINK: ("Dark by link", "could not be reached; no fault is known"),
    Cause.REFUSED: ("Refused", "it answered and would not let us look: the agency's move"),
    Cause.UNDECIDED: ("Undecided", "it answered, and that did not decide it: our move"),
    Cause.DOCUMENT: ("Document missing or ended", "the agency's move"),
    Cause.NO_COLLECTOR: ("No collector yet", "nothing is built that could look: our move"),
    Cause.LEFT_OUT: ("Left out on purpose", "scan with --deep at a quiet hour: our move"),
    Cause.REGISTER: ("Left the register without a record", "put it back or hand in the record: the agency's move"),
    Cause.RULES: ("The rules changed here too", "how much of it is the agency's cannot be told"),
}
"""Of what fell: the heading, and whose move it is."""

PLAN: Final = "The agreed plan asks for less"
"""The heading of what left it unmended, and of days that were moved to later ones."""

NEW: Final[dict[Cause, tuple[str, str]]] = {
    Cause.REGISTER: ("New in the register", "registered since then"),
    Cause.RULES: ("New in the rules", "asked now of what was there before"),
}
GONE: Final[dict[Cause, tuple[str, str]]] = {
    Cause.REGISTER: ("Gone from the register", "taken out by a record, or declared now"),
    Cause.RULES: ("Gone from the rules", "not asked any more"),
}
