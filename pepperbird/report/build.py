"""From a run to the view model of one agency's report. Pure; decides everything, formats nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pepperbird.model.declared import Waiver
from pepperbird.model.run import Record
from pepperbird.model.scores import Stage
from pepperbird.model.state import State
from pepperbird.report.agreed import plan_view
from pepperbird.report.asks import letters
from pepperbird.report.basics import basics
from pepperbird.report.better import better
from pepperbird.report.ending import ending
from pepperbird.report.facts import AgencyFacts, name, shown, tally
from pepperbird.report.found import standards
from pepperbird.report.gain import gain, with_gains
from pepperbird.report.gaps import Unseen, unseen
from pepperbird.report.papers_wanted import papers_of
from pepperbird.report.signed import content_words, register_view
from pepperbird.report.todos import todos
from pepperbird.report.unproved import of_asset, of_pair
from pepperbird.report.view import (
    FIRST,
    AssetView,
    PassView,
    ReportView,
    TailoringView,
    UnseenView,
    WaiverView,
)
from pepperbird.report.view_standing import Bar, Standing, Stood
from pepperbird.report.visits import visits
from pepperbird.report.words import GRADE, REASON, STANDARDS, TIER, count, kind
from pepperbird.report.worth import worth

MOST_NAMED = 5
Points = Mapping[tuple[str, str], float] | None


def build(facts: AgencyFacts) -> ReportView:
    """The whole report of one agency as values."""
    points = None
    if facts.score is not None and not facts.partial:
        points = worth(facts.posture.values(), facts.score)
    listed = with_gains(facts, todos(facts, points))
    groups: dict[str, list[UnseenView]] = {}
    for gap in unseen(facts):
        groups.setdefault(gap.group, []).append(_unseen(facts, gap, points))
    run = facts.run
    papers, handing_in = papers_of(groups.get("document", ()))
    return ReportView(
        agency=shown(facts.agency.name) if facts.agency else name(facts.id),
        agency_id=name(facts.id),
        tier=TIER[facts.agency.tier] if facts.agency else "",
        site=shown(facts.site.file.name),
        run_id=run.id,
        at=run.at,
        ended=run.ended,
        partial=_partial(facts),
        basics=basics(facts),
        standing=_standing(facts),
        bars=_bars(facts),
        todos=listed,
        standards=standards(facts, listed),
        tally=tally(facts.states.values()),
        access=tuple(groups.get("access", ())),
        documents=papers,
        document_points=_together(facts, papers, points),
        handing_in=handing_in,
        register=tuple(groups.get("register", ())),
        pending=tuple(groups.get("pending", ())),
        assets=tuple(_assets(facts)),
        passes=tuple(_passes(facts)),
        waivers=tuple(_waiver(facts, waiver) for waiver in facts.waivers),
        tailoring=tuple(_tailoring(facts)),
        signed=register_view(facts),
        content=content_words(facts.site.content),
        record=record_words(run.record),
        better=better(facts),
        gain=gain(facts, listed[:FIRST]),
        letters=letters(facts, listed, papers, handing_in),
        ending=ending(facts),
        visits=visits(facts, run.at),
        plan=plan_view(facts),
        overtaken=_overtaken(facts),
        trend=None if facts.partial else facts.earlier.trend,
        digests=tuple((key, getattr(run.digests, key)) for key in ("content", "site", "baseline", "memory", "engine")),
    )


def record_words(record: Record | None) -> str:
    """A checkpoint as it is printed, to be typed in again when somebody verifies; '' where there is none."""
    if record is None:
        return ""
    signed = f"signed by the key {record.key}" if record.key else "unsigned"
    return f"{record}, {signed}; evidence {'sealed at rest' if record.sealed else 'kept in clear'}"


def _overtaken(facts: AgencyFacts) -> str:
    newer = facts.run.overtaken.get(facts.id)
    if newer is None:
        return ""
    return (
        f"This run ended after a newer run of the agency, {name(newer)}. The agency stands by that one: what is told "
        "here was so when these machines were asked, and is no part of its standing and trend."
    )


def _partial(facts: AgencyFacts) -> str:
    if not facts.partial:
        return ""
    chosen = facts.run.plan.selection
    named = [name(asset) for _, asset in facts.states]
    assets = list(dict.fromkeys(named))
    parts = [count(len(assets), "asset") + (f" ({', '.join(assets)})" if 0 < len(assets) <= MOST_NAMED else "")]
    if chosen.controls:
        parts.append(f"the controls {', '.join(map(name, chosen.controls))}")
    return (
        f"Only a part was looked at: {' and '.join(parts)}. It says nothing of an agency as a whole, so there is "
        "no agency score, grade or stage here."
    )


def _standing(facts: AgencyFacts) -> Standing | None:
    score = facts.score
    if facts.partial or score is None:
        return None
    figures = score.figures
    sentence = (
        f"Of every 100 points that the standards ask for, {figures.score:.1f} are shown to be in order, "
        f"{100 - figures.upper:.1f} are known to be open, and {max(figures.upper - figures.score, 0):.1f} could not be "
        "seen yet."
    )
    reached = list(Stage).index(score.stage.stage) if score.stage.stage else -1
    judged = {control for (control, _), state in facts.states.items() if state.conclusive}
    return Standing(
        score=score,
        sentence=sentence,
        grade_words=score.caption or GRADE[score.grade],
        stages=tuple(
            Stood(str(stage), position <= reached, stage is score.stage.next) for position, stage in enumerate(Stage)
        ),
        controls_judged=len(judged),
        controls=len({control for control, _ in facts.states}),
    )


def _bars(facts: AgencyFacts) -> tuple[Bar, ...]:
    if facts.partial or facts.score is None:
        return ()
    return tuple(
        Bar(standard, title(facts, standard), facts.score.standards.get(standard)) for standard, _ in STANDARDS
    )


def title(facts: AgencyFacts, standard: str) -> str:
    policy = facts.catalog.policies.get(standard)
    return policy.title if policy else dict(STANDARDS)[standard]


def _unseen(facts: AgencyFacts, gap: Unseen, points: Points) -> UnseenView:
    hidden = None
    if points is not None:
        hidden = sum(points.get(pair, 0.0) for pair in gap.pairs if facts.states[pair].unknown)
    words = REASON[gap.reason][0] if gap.reason else "What was seen does not suffice"
    paper = ""
    if gap.group == "register":
        words = f"The register has no {kind(gap.asset.partition('#')[2])}" if "#" in gap.asset else gap.detail
    if gap.group == "document":
        leaves = (leaf for control in gap.controls for leaf in facts.control(control).leaves)
        document = next((leaf.document for leaf in leaves if leaf.id in gap.clauses and leaf.document), None)
        if document is not None:
            words = document.title
            paper = f"Parts: {', '.join(document.sections)}. Signed by: {', '.join(document.signers)}."
    return UnseenView(gap, words, hidden, paper, " ALL=(" in gap.remedy)


def _together(facts: AgencyFacts, found: Iterable[UnseenView], points: Points) -> float | None:
    if points is None:
        return None
    pairs = {pair for one in found for pair in one.gap.pairs}
    return sum(points.get(pair, 0.0) for pair in pairs if facts.states[pair].unknown)


def _assets(facts: AgencyFacts) -> Iterable[AssetView]:
    """Those with the lowest score first."""
    figures = facts.score.assets if facts.score else {}
    by_asset: dict[str, list[State]] = {}
    for (_, asset), state in facts.states.items():
        by_asset.setdefault(asset, []).append(state)
    listed = [one for one in facts.assets.values() if one.id in by_asset]
    listed.sort(key=lambda one: (figures[one.id].score if one.id in figures else 101.0, one.id))
    for one in listed:
        states = tally(by_asset[one.id])
        yield AssetView(
            name(one.id), kind(one.kind), one.registered, figures.get(one.id), states, of_asset(facts, one.id)
        )


def _passes(facts: AgencyFacts) -> Iterable[PassView]:
    by_control: dict[str, dict[State, list[str]]] = {}
    for (control, asset), state in facts.states.items():
        by_control.setdefault(control, {}).setdefault(state, []).append(name(asset))
    for control, states in by_control.items():
        passing, absent = states.get(State.PASS, []), states.get(State.NOT_APPLICABLE, [])
        if passing or absent:
            assets = [asset for own, asset in facts.states if own == control and name(asset) in (*passing, *absent)]
            told = [(name(asset), of_pair(facts, control, asset)) for asset in assets]
            noted = tuple(f"{asset}: {words}" for asset, words in told if words)
            yield PassView(control, facts.control(control).title, tuple(passing), tuple(absent), noted)


def _waiver(facts: AgencyFacts, waiver: Waiver) -> WaiverView:
    asked = f"asked for by {shown(waiver.requested_by)}, " if waiver.requested_by else ""
    told = f"{asked}signed" + (", renewed" if waiver.earlier else "") if waiver.key else "unsigned, from a file"
    return WaiverView(waiver, facts.applied(waiver), shown(facts.void(waiver)), told)


def _tailoring(facts: AgencyFacts) -> Iterable[TailoringView]:
    for tier, baseline in facts.baselines:
        yield TailoringView(TIER[tier], baseline.id, baseline.title, baseline.id == str(tier), baseline.loosened)
