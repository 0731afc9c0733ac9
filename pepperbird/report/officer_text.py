"""The officer's week for a terminal or a mail: plain UTF-8 text of at most 100 columns."""

from __future__ import annotations

from collections.abc import Iterator

from pepperbird.report.diff_words import FALL
from pepperbird.report.lines import WIDTH, fit, wrap
from pepperbird.report.officer_view import Call, Gap, OfficerWeek
from pepperbird.report.words import count, date, moment

MOST = 20
"""Lines under one heading; HTML and JSON have all."""


def render_officer_text(week: OfficerWeek) -> bytes:
    """Whom to call comes first."""
    return ("\n".join(line.rstrip() for line in _lines(week)) + "\n").encode()


def _lines(week: OfficerWeek) -> Iterator[str]:
    when = f"{date(week.since)} to {date(week.at)}"
    yield f"{fit(week.site, WIDTH - len(when) - 2)}  {when}"
    yield "═" * WIDTH
    yield ""
    yield f"CALL  {week.to_call}"
    for call in week.calls[:MOST]:
        yield from _call(call)
    yield from _more(len(week.calls))
    yield from _dark(week)
    yield from _moved(week)
    yield from _plans(week)
    yield from _gaps(week)
    yield from _ending(week)
    yield from _runs(week)


def _call(call: Call) -> Iterator[str]:
    yield ""
    yield from wrap(f"{call.name} ({call.tier})", "  ", 2)
    for person in call.people:
        yield from wrap(
            ", ".join(part for part in (person.name, person.role, person.phone, person.mail) if part), "    ☎ ", 6
        )
    if not call.people:
        yield "    ☎ the register names nobody: find out whom to call, and put it in"
    for line in call.about:
        yield from wrap(line, "    · ", 6)


def _dark(week: OfficerWeek) -> Iterator[str]:
    yield from _head("DARK", len(week.dark))
    for one in week.dark[:MOST]:
        last = f", last looked at {date(one.last)}" if one.last else ", never looked at"
        cause = FALL[one.cause][0] if one.cause else "Not scanned"
        yield from wrap(f"{one.name}: {cause}, {one.words.lower()}{last}", "  ", 4)
    yield from _more(len(week.dark))


def _moved(week: OfficerWeek) -> Iterator[str]:
    fell = [(one.name, cause, some) for one in week.moved for cause, some in one.fell]
    yield from _head("FELL", sum(len(some) for _, _, some in fell))
    for agency, cause, some in fell[:MOST]:
        yield from wrap(
            f"{agency}: {FALL[cause][0]}, {count(len(some), 'result')} ({FALL[cause][1]}): {some[0]}", "  ", 4
        )
    yield from _more(len(fell))
    fixed = [one for one in week.moved if one.fixed]
    yield from _head("FIXED", sum(len(one.fixed) for one in fixed))
    for one in fixed[:MOST]:
        yield from wrap(f"{one.name}: {len(one.fixed)}, such as {one.fixed[0]}", "  ", 4)
    yield from _more(len(fixed))


def _plans(week: OfficerWeek) -> Iterator[str]:
    yield from _head("AGREED PLANS", len(week.plans))
    for one in week.plans[:MOST]:
        yield from wrap(f"{one.name}: {one.signed}", "  ", 4)
        if one.changes:
            yield from wrap(f"It asks for less than in the run before: {one.changes[0]}", "    · ", 6)
            for line in one.changes[1:MOST]:
                yield from wrap(line, "    · ", 6)
    yield from _more(len(week.plans))


def _gaps(week: OfficerWeek) -> Iterator[str]:
    yield from _head("NOT SEEN", len(week.gaps))
    for one in week.gaps[:MOST]:
        yield from _gap(one)
    yield from _more(len(week.gaps))
    if week.unread:
        yield from wrap(f"Not told of, as their standards cannot be read any more: {', '.join(week.unread)}", "  ", 4)


def _gap(one: Gap) -> Iterator[str]:
    at = one.agencies[0] if len(one.agencies) == 1 else count(len(one.agencies), "agency", "agencies")
    yield from wrap(f"{one.title.rstrip('.')}: opens {count(one.controls, 'control')} at {at} ({one.move})", "  ", 4)
    if one.remedy:
        yield from wrap(one.remedy, "    → ", 6)


def _ending(week: OfficerWeek) -> Iterator[str]:
    yield from _head("ENDS IN 60 DAYS", len(week.ending))
    for one in week.ending[:MOST]:
        whose = f"{one.name}: " if one.name else ""
        yield from wrap(f"{one.day}{' (ended)' if one.ended else ''}  {whose}{one.kind}, {one.what}", "  ", 14)
    yield from _more(len(week.ending))


def _runs(week: OfficerWeek) -> Iterator[str]:
    yield from _head("RUNS", len(week.runs))
    for one in week.runs[:MOST]:
        how = "ended" if one.ended else "NOT ENDED"
        seen = f", coverage {one.coverage:.1f} %" if one.coverage is not None else ""
        scope = "full" if one.full else "a part"
        yield from wrap(f"{moment(one.at)}: {scope}, {count(one.agencies, 'agency', 'agencies')}, {how}{seen}", "  ", 4)
    yield from _more(len(week.runs))


def _head(title: str, number: int) -> Iterator[str]:
    yield ""
    yield f"{title}  {number or 'nothing'}"


def _more(number: int) -> Iterator[str]:
    if number > MOST:
        yield f"  and {number - MOST} more; HTML and JSON have all"
