"""Whom to call about what: from all that was found of the week, one entry an agency, the weightiest first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pepperbird.model.gap import GapReason
from pepperbird.model.people import Contact
from pepperbird.model.site import Agency, Site
from pepperbird.report.facts import name
from pepperbird.report.gaps import DOCUMENT, PENDING, Unseen
from pepperbird.report.officer_view import Call, Dark, Ending, Moved, Person
from pepperbird.report.visits import NO_VISIT, Visits
from pepperbird.report.words import REASON, count, date, days
from pepperbird.score.change import Cause, cause_of
from pepperbird.score.weights import TIER

THEIRS: Final = frozenset({Cause.FAILED, Cause.DOCUMENT, Cause.REGISTER, Cause.REFUSED})
"""Falls that are the agency's to mend."""
THANKS: Final = "Thank them"
MOST: Final = 3
"""Ways in that one call asks for; the report has all."""


def calls(
    site: Site,
    dark: Sequence[Dark],
    found: Mapping[str, Sequence[Unseen]],
    ending: Sequence[Ending],
    moved: Sequence[Moved],
    due: Mapping[str, Visits],
) -> tuple[Call, ...]:
    """The agencies there is something to say to: dark ones first, thanks alone last, the higher tier first."""
    listed: list[tuple[tuple[bool, bool, int, int, str], Call]] = []
    for one in site.agencies:
        gone = [each for each in dark if each.agency == one.id]
        fell = [each for each in moved if each.agency == one.id]
        ends = [each for each in ending if each.agency == one.id]
        unseen = found.get(one.id, ())
        about = (
            *_dark(gone), *_visit(due.get(one.id, NO_VISIT)), *_fell(fell), *_seeing(unseen, dark=bool(gone)),
            *_ending(ends),
        )  # fmt: skip
        if about:
            thanks_alone = all(line.startswith(THANKS) for line in about)
            rank = (not gone, thanks_alone, -TIER[one.tier], -len(about), one.id)
            listed.append((rank, Call(one.id, name(one.name), one.tier, _people(one), about)))
    return tuple(call for _, call in sorted(listed, key=lambda each: each[0]))


def is_line(one: Unseen) -> bool:
    """True where what would help is a line of sudoers."""
    return " ALL=(" in one.remedy


def whose_move(one: Unseen) -> str:
    """In words who can let us see it."""
    if one.group == PENDING and one.detail.startswith("The register "):
        return _MOVES["register"]
    if one.group != "access":
        return _MOVES[one.group]
    if one.reason is GapReason.NOT_ASKED:
        return _NOT_ASKED
    cause = cause_of(one.reason) if one.reason else Cause.UNDECIDED
    return _ACCESS.get(cause, "ours: what it said did not decide it")


_NOT_ASKED: Final = "whoever carries the kits or keeps the thin line; no fault is known"
_MOVES: Final = {
    DOCUMENT: "the agency's, on paper",
    "register": "the agency's, in the register",
    PENDING: "ours to build",
}
_ACCESS: Final = {
    Cause.LINK: "whoever keeps the line, the power or the firewall; no fault is known",
    Cause.REFUSED: "the agency's, on a machine",
    Cause.LEFT_OUT: "ours: a deep scan at a quiet hour, or a deep kit",
    Cause.NO_COLLECTOR: "ours to build",
    Cause.DOCUMENT: "the agency's, on paper",
}


def _people(one: Agency) -> tuple[Person, ...]:
    return tuple(_person(each) for each in one.contacts)


def _person(one: Contact) -> Person:
    return Person(name(one.name), name(one.role), name(one.mail), name(one.phone))


def _dark(gone: Sequence[Dark]) -> Iterator[str]:
    for one in gone:
        if one.cause is None:
            last = f"since {date(one.last)}" if one.last else "yet"
            yield f"Agree how it can be scanned: no full run looked at it {last}."
        elif one.cause is Cause.LINK:
            ways = count(one.endpoints, "way in", "ways in")
            yield (
                f"Ask whether power and line are up: of {ways} none could be asked to the end on {date(one.last)} "
                f"({one.words.lower()}). No fault is known."
            )
        else:
            ways = count(one.endpoints, "way in", "ways in")
            yield f"Ask to be let in again: of {ways} none let us look to the end ({one.words.lower()})."


def _visit(due: Visits) -> Iterator[str]:
    """Of servers that are looked at by kits: what those showed is too old now, or will be soon."""
    old, soon = due.old, due.soon
    if old is not None:
        yield (
            f"Visit it: {old.what} is too old now, {count(old.results, 'result')} count no more. "
            f"Bring new kits (`{old.command}`). No fault is known."
        )
    if soon is not None:
        when = f"within {days(soon.left)}" if soon.left else "today"
        yield (
            f"Visit it {when}: {soon.what} {soon.end}, and {count(soon.results, 'result')} would count no more; "
            f"bring new kits (`{soon.command}`)."
        )


def _fell(moved: Sequence[Moved]) -> Iterator[str]:
    for one in moved:
        for cause, some in one.fell:
            if cause in THEIRS:
                more = f", and {len(some) - 1} more" if len(some) > 1 else ""
                yield f"{_CALLED[cause]}: {some[0]}{more}."
        if one.fixed:
            yield f"{THANKS}: {count(len(one.fixed), 'fault was', 'faults were')} fixed since {date(one.then)}."


_CALLED: Final = {
    Cause.FAILED: "Was in order and fails now",
    Cause.DOCUMENT: "A document is missing or ended",
    Cause.REGISTER: "Left the register without a record",
    Cause.REFUSED: "We are not let in any more",
}


def _seeing(found: Sequence[Unseen], *, dark: bool) -> Iterator[str]:
    """What would let us see more; an agency that is dark is asked for nothing behind its door."""
    ways = [one for one in found if one.group == "access" and one.reason and cause_of(one.reason) is Cause.REFUSED]
    for one in () if dark else ways[:MOST]:
        reason = REASON[one.reason][0] if one.reason else one.detail
        yield f"{reason} ({one.endpoint or one.asset}, hides {count(len(one.controls), 'control')}): {one.remedy}"
    if len(ways) > MOST and not dark:
        yield f"{count(len(ways) - MOST, 'more way in', 'more ways in')} to open; the agency's report has them."
    papers = [one for one in found if one.group == DOCUMENT]
    if papers:
        wanted = count(len(papers), "document is", "documents are")
        yield f"{wanted} wanted; `pepperbird attest template` makes the forms."
    lacks = [one for one in found if one.group not in ("access", DOCUMENT, PENDING)]
    if lacks:
        kinds = count(len(lacks), "thing is", "things are")
        yield f"{kinds} missing in the register, or to be declared as not there: {lacks[0].detail}"


def _ending(ends: Sequence[Ending]) -> Iterator[str]:
    for one in ends:
        yield f"{'Ended' if one.ended else 'Ends'} on {date(one.day)}: {one.kind}, {one.what}."
