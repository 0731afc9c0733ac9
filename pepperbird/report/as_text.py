"""The summary for a terminal: plain UTF-8 text of at most 100 columns, no colour codes.

A first report begins with the basics. Then come standing, assets, five things to do, and what could not be seen with
the step that would let us see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pepperbird.model.plan import FULL
from pepperbird.model.run import Run
from pepperbird.model.scores import Figures
from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts, shown
from pepperbird.report.lines import WIDTH, fit, wrap
from pepperbird.report.view import ReportView, Todo, UnseenView, WaiverView
from pepperbird.report.view_ahead import Better, PlanView
from pepperbird.report.view_standing import Basics, Standing
from pepperbird.report.words import (
    COUNTED,
    EFFORT,
    OWNER,
    STATE,
    THINGS,
    age,
    brief,
    count,
    date,
    days,
    gain_words,
    gains,
    moment,
    sentence,
)

BAR = 24
MOST_ASSETS = 20
MOST_GAPS = 8
MOST_PLACES = 3
HELD = "\N{NO-BREAK SPACE}"
"""A space at which no line is broken; it is printed as any other."""


def render_text(agencies: Sequence[AgencyFacts]) -> bytes:
    """One summary per agency, parted by empty lines; of several agencies an overview first."""
    views = [build(facts) for facts in agencies]
    parts = ["\n".join(line.rstrip() for line in _report(view)) for view in views]
    if len(views) > 1:
        parts.insert(0, "\n".join(line.rstrip() for line in _overview(views, agencies[0].run)))
    return ("\n\n\n".join(parts) + "\n").encode()


def _overview(views: Sequence[ReportView], run: Run) -> Iterator[str]:
    """One line per agency, and the nation's where the run has it."""
    yield f"{fit(count(len(views), 'agency', 'agencies'), 60)}{moment(run.at):>40}"
    yield "═" * WIDTH
    for view in views:
        score = view.standing.score if view.standing else None
        told = f"{score.grade}  {_figures(score.figures)}" if score else "no agency score in this run"
        yield f"  {fit(view.agency, 40)}  {told}"
    if run.nation and run.scope == FULL:
        nation = run.nation
        yield f"  {fit('All registered agencies, weighted', 40)}     {_figures(nation.figures)}"
        registered = count(nation.registered, "registered agency", "registered agencies")
        yield f"  {nation.reporting} of {registered} reporting"


def _report(view: ReportView) -> Iterator[str]:
    yield from _head(view)
    if view.partial:
        yield ""
        yield from wrap(view.partial)
    if view.overtaken:
        yield ""
        yield from wrap(view.overtaken)
    if view.better:
        yield from _section("What got better", _better(view.better))
    if view.basics:
        ready = f"{view.basics.ready} of {len(view.basics.items)} in order"
        yield from _section(f"The basics, free of cost: {ready}", _basics(view.basics))
    if view.standing:
        yield ""
        yield from _standing(view.standing)
        yield from _signed(view)
        yield ""
        for bar in view.bars:
            yield f"  {fit(bar.title, 36)}  {_bar(bar.figures)}  {_figures(bar.figures)}"
    yield from _section("Assets", _assets(view))
    yield from _section(_todo_title(view), _todos(view.first))
    if view.gain:
        yield from wrap(gain_words(view.gain, len(view.first)), first="  ", hang=2)
    if view.plan:
        yield from _section("The agreed plan", _plan(view.plan))
    if view.visits.asked:
        yield from _section("A visit with new kits", _visits(view))
    yield from _section("What could not be seen", _gaps(view))
    if view.waivers:
        yield from _section("Accepted delays (the score stays as it is)", _waivers(view.waivers))


def _head(view: ReportView) -> Iterator[str]:
    when = moment(view.at)
    title = " · ".join(part for part in (view.agency, view.tier) if part)
    yield f"{fit(title, WIDTH - len(when) - 2)}  {when}"
    yield "═" * WIDTH


def _basics(basics: Basics) -> Iterator[str]:
    width = min(max(len(one.title) for one in basics.items), 52)
    for one in basics.items:
        yield fit(f"  {STATE[one.state][0]} {one.control}  {fit(one.title, width)}  {one.words}", WIDTH)


def _standing(standing: Standing) -> Iterator[str]:
    score, figures = standing.score, standing.score.figures
    yield (
        f"Grade {score.grade} ({standing.grade_words})   score {_interval(figures)}   "
        f"coverage {figures.coverage:.0f} %   observed {figures.observed:.1f}"
    )
    if score.next:
        yield from wrap(f"To grade {score.next.grade}: {'; '.join(score.next.missing)}.", hang=12)
    stage = str(score.stage.stage) if score.stage.stage else "none yet"
    missing = f"; to {score.stage.next}: {'; '.join(score.stage.missing)}." if score.stage.next else "."
    yield from wrap(f"Stage: {stage}{missing}", hang=7)
    yield from wrap(
        f"Judged on {standing.controls_judged} of {count(standing.controls, 'control')}. {standing.sentence}"
    )


def _signed(view: ReportView) -> Iterator[str]:
    """Beside the score: whether the register is signed, and what changed in it."""
    if view.signed is not None:
        yield from wrap(view.signed.sentence, hang=10)
        for line in (*view.signed.changes, *view.signed.gone):
            yield from wrap(line, first="  · ", hang=4)
    yield from wrap(f"Content: {view.content}", hang=9)


def _assets(view: ReportView) -> Iterator[str]:
    shown = view.assets[:MOST_ASSETS]
    width = min(max((len(asset.id) for asset in shown), default=0), 30)
    for asset in shown:
        states = "  ".join(
            f"{STATE[state][0]} {number} {COUNTED[state]}".replace(" ", HELD) for state, number in asset.tally
        )
        score = f"score {asset.figures.score:5.1f}" if asset.figures else "not scored "
        first = f"  {fit(asset.id, width)}  {fit(asset.kind, 19)}  {score}  "
        yield from (line.replace(HELD, " ") for line in wrap(states, first=first, hang=len(first)))
        if asset.unproved:
            yield from wrap(f"! {asset.unproved}", first="    ", hang=6)
    if len(view.assets) > len(shown):
        yield f"  and {len(view.assets) - len(shown)} more with higher scores, in the report"


def _todo_title(view: ReportView) -> str:
    more = f", of {len(view.todos)}" if len(view.todos) > len(view.first) else ""
    return f"{THINGS[len(view.first)]} to do this month{more}"


def _todos(todos: Sequence[Todo]) -> Iterator[str]:
    if not todos:
        yield "  Nothing that was seen asks for a fix."
    for todo in todos:
        yield from wrap(f"Make sure: {todo.title}", first=f"  {todo.number}. ", hang=5)
        places = [": ".join(part for part in (place.asset, place.subject) if part) for place in todo.places]
        more = f" and {len(places) - MOST_PLACES} more" if len(places) > MOST_PLACES else ""
        facts = [todo.severity, _due(todo), f"{EFFORT[todo.fix.effort]}, {OWNER[todo.fix.owner]}", todo.control]
        facts += [gains(todo)] if gains(todo) else []
        facts += [todo.unproved] if todo.unproved else []
        yield from wrap(f"{', '.join(places[:MOST_PLACES])}{more}", first="     ", hang=5)
        yield from wrap(" · ".join(facts), first="     ", hang=5)
        if todo.instead:
            yield from wrap(f"or, in its place: {'; '.join(todo.instead)}", first="     ", hang=5)
        yield from wrap(brief(todo.fix.text), first="     → ", hang=7)
    if todos:
        yield ""
        yield from wrap(
            "The HTML report has the commands, what to mind before them, how to see that it worked, and the way back.",
            first="  ", hang=2,
        )  # fmt: skip


def _due(todo: Todo) -> str:
    if not todo.due:
        return f"not in the agreed plan, {age(todo.age)}"
    return f"was due {date(todo.due)}" if todo.overdue else f"by {date(todo.due)}"


def _better(better: Better) -> Iterator[str]:
    yield from wrap(better.lead, first="  ", hang=2)
    for line in better.lines:
        yield from wrap(line, first="  ✓ ", hang=4)
    if better.more:
        yield f"    and {better.more} more"
    for line in better.fell:
        yield from wrap(line, first="  · ", hang=4)


def _visits(view: ReportView) -> Iterator[str]:
    for line in view.visits.asked:
        yield from wrap(line, first="  ", hang=2)


def _plan(plan: PlanView) -> Iterator[str]:
    yield from wrap(plan.sentence, first="  ", hang=2)
    for row in plan.rows:
        age = f", fails for {days(row.age)}" if row.age is not None else ""
        yield from wrap(f"{row.name} by {date(row.due)}: {row.progress}{age} · {row.title}", first="  · ", hang=4)
    yield from wrap(plan.signed, first="  ", hang=2)
    for line in plan.changes:
        yield from wrap(line, first="  · ", hang=4)


def _gaps(view: ReportView) -> Iterator[str]:
    ours = len({control for one in view.pending for control in one.gap.controls})
    papers = len(view.documents)
    theirs = (*view.access, *view.register)
    for one in theirs[:MOST_GAPS]:
        yield from _gap(one)
    if len(theirs) > MOST_GAPS:
        yield f"  and {len(theirs) - MOST_GAPS} more, in the report"
    if papers:
        worth = f", up to +{view.document_points:.1f}" if view.document_points else ""
        yield from wrap(f"{count(papers, 'document')} to hand in{worth}; the report lists them", first="  ○ ", hang=4)
    if ours:
        yield from wrap(
            f"{count(ours, 'control')} in part or whole: nothing is built yet that could look. That is for the "
            "programme office to do, not for the agency.", first="  ○ ", hang=4,
        )  # fmt: skip
    if not theirs and not papers and not ours:
        yield "  Everything that was asked was answered."


def _gap(one: UnseenView) -> Iterator[str]:
    gap = one.gap
    place = gap.endpoint or gap.asset
    about = one.title if gap.group == "register" or not place else f"{one.title}: {place}"
    hides = f"{count(len(gap.controls), 'control')}" + (f", up to +{one.points:.1f}" if one.points else "")
    yield from wrap(f"{about} ({hides})", first=f"  {STATE[gap.state][0]} ", hang=4)
    if gap.group == "access":
        yield from wrap(sentence(gap.detail), first="    ", hang=4)
    if gap.remedy:
        yield from wrap(gap.remedy if one.line else sentence(gap.remedy), first="    → ", hang=6)


def _waivers(waivers: Sequence[WaiverView]) -> Iterator[str]:
    for one in waivers:
        what = one.waiver
        place = ": ".join(part for part in (what.asset, what.subject or "") if part)
        use = "void" if one.void else f"until {date(what.until)}" + ("" if one.applied else ", not in use in this run")
        yield from wrap(shown(f"{what.id} · {what.control} on {place} · {use}"), first="  ◇ ", hang=4)
        by = one.void or f"Accepted by {what.approved_by} ({one.signed}): {what.reason}"
        yield from wrap(shown(by), first="    ", hang=4)


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield ""
    yield title
    yield "─" * len(title)
    yield from lines


def _interval(figures: Figures) -> str:
    return f"{figures.score:.1f} ({figures.score:.1f}–{figures.upper:.1f})"


def _figures(figures: Figures | None) -> str:
    if figures is None:
        return "nothing here that it asks about"
    return f"{figures.score:5.1f} – {figures.upper:5.1f}   coverage {figures.coverage:3.0f} %"


def _bar(figures: Figures | None) -> str:
    """Full blocks for what passes, dots for what could not be seen, spaces for what is open."""
    if figures is None:
        return " " * BAR
    passed = int(figures.score * BAR / 100)
    unseen = int(figures.upper * BAR / 100) - passed
    return ("█" * passed + "░" * unseen).ljust(BAR, "·")
