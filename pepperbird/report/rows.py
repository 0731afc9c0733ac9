"""Every finding of an agency as one flat row, for tables that people sort, filter and hand on.

The findings come as they were made, the passed ones too, and after them the pairs that stand on something else than
this run: an earlier look, or an asset that left the register. Text is bounded and plain, and not escaped for a format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pepperbird.model.check import Fix
from pepperbird.model.state import State
from pepperbird.model.verdict import Finding, PostureEntry
from pepperbird.report.facts import AgencyFacts, name, shown
from pepperbird.report.fixes import fix_of
from pepperbird.report.gaps import DOCUMENT
from pepperbird.report.todos import due_of
from pepperbird.report.words import COST, EFFORT, OWNER, REASON, STATE, date
from pepperbird.report.worth import worth

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One finding. `state` is its own, `stands` that of its control on its asset, after waivers and earlier runs.

    `due` is a date where the pair fails, else ''. `points` is what the agency's score gains when the pair passes: the
    same on each row of a pair, None where nothing is to gain or the run has no score. `fix` says what to do: the fix
    of a fail, the way to see what could not be seen. `effort`, `cost` and `owner` are words, '' where there is no fix.
    """

    agency: str
    control: str
    title: str
    clause: str
    check: str
    asset: str
    subject: str
    state: State
    stands: State
    severity: str
    due: str
    points: float | None
    message: str
    expected: str
    fix: str
    effort: str
    cost: str
    owner: str

    @property
    def from_outside(self) -> bool:
        """True where `fix` holds words that the content did not write."""
        return self.state.unknown and not self.effort


COLUMNS = (
    ("agency", "Agency", 12), ("control", "Control", 9), ("title", "Requirement", 30), ("clause", "Clause", 10),
    ("check", "Check", 24), ("asset", "Asset", 18), ("subject", "Subject", 24), ("state", "State", 13),
    ("stands", "Control stands as", 13), ("severity", "Severity", 10), ("due", "Due", 12), ("points", "Points", 8),
    ("message", "Seen", 50), ("expected", "Expected", 36), ("fix", "What to do", 60), ("effort", "Effort", 10),
    ("cost", "Cost", 18), ("owner", "Who", 20),
)  # fmt: skip
"""Of a table: the field of Row, the heading, and how wide it is in characters."""


def rows(facts: AgencyFacts) -> Iterator[Row]:
    """All rows, by control and asset as the run has them; what stands from elsewhere comes last."""
    points: Mapping[Pair, float] = {}
    if facts.score is not None and not facts.partial:
        points = worth(facts.posture.values(), facts.score)
    for finding in facts.findings():
        yield _row(facts, finding, points)
    for pair, entry in sorted(facts.posture.items()):
        if stands_elsewhere(facts, pair):
            yield _standing(facts, entry, points)


def stands_elsewhere(facts: AgencyFacts, pair: Pair) -> bool:
    """True where the findings of this run do not explain how a pair stands; a waiver alone is no such case."""
    entry, verdict = facts.posture.get(pair), facts.verdict.get(pair)
    if entry is None:
        return False
    return pair in facts.standing or verdict is None or (entry.overlaid or entry.state) is not verdict.state


def standing_words(facts: AgencyFacts, entry: PostureEntry) -> str:
    """Why a pair stands as it does although no finding of this run says so."""
    since = date(entry.failing_since or entry.since)
    why = "this run could not look again" if (entry.control, entry.asset) in facts.verdict else "this run did not look"
    return f"{STATE[entry.overlaid or entry.state][1]}, as seen on {since}; {why}, so that stands"


def _row(facts: AgencyFacts, finding: Finding, points: Mapping[Pair, float]) -> Row:
    pair = (finding.control, finding.asset)
    stands = facts.states.get(pair, finding.state)
    fix = fix_of(facts.catalog, finding) if finding.state is State.FAIL or _wanted(finding) else None
    return Row(
        agency=name(facts.id),
        control=finding.control,
        title=facts.control(finding.control).title,
        clause=finding.clause,
        check=finding.check,
        asset=name(finding.asset),
        subject=name(finding.subject),
        state=finding.state,
        stands=stands,
        severity=str(facts.control(finding.control).severity),
        due=due_of(facts, pair) if State.FAIL in (finding.state, stands) and _open(stands) else "",
        points=_points(points, pair, stands, finding.state),
        message=shown(finding.message),
        expected=shown(finding.expected),
        fix=fix.text if fix else _step(finding),
        **_whose(fix),
    )


def _standing(facts: AgencyFacts, entry: PostureEntry, points: Mapping[Pair, float]) -> Row:
    pair = (entry.control, entry.asset)
    failing = State.FAIL in (entry.state, entry.overlaid)
    return Row(
        agency=name(facts.id),
        control=entry.control,
        title=facts.control(entry.control).title,
        clause="",
        check="",
        asset=name(entry.asset),
        subject="",
        state=entry.state,
        stands=entry.state,
        severity=str(entry.severity),
        due=due_of(facts, pair) if failing and _open(entry.state) else "",
        points=_points(points, pair, entry.state, entry.state),
        message=standing_words(facts, entry),
        expected="",
        fix=" ".join(facts.control(entry.control).remediation) if failing else "",
        effort="",
        cost="",
        owner="",
    )


def _wanted(finding: Finding) -> bool:
    return finding.check == DOCUMENT and finding.state.unknown


def _open(stands: State) -> bool:
    return stands in (State.FAIL, State.WAIVED)


def _points(points: Mapping[Pair, float], pair: Pair, stands: State, state: State) -> float | None:
    """Only on the rows that keep the pair from passing."""
    hinders = (State.FAIL, State.WAIVED)
    if (stands in hinders or stands.unknown) and (state in hinders or state.unknown) and pair in points:
        return round(points[pair], 1)
    return None


def _step(finding: Finding) -> str:
    """What would let us see what could not be seen."""
    if finding.gap is None or not finding.state.unknown:
        return ""
    return shown(finding.gap.remedy or REASON[finding.gap.reason][1])


def _whose(fix: Fix | None) -> dict[str, str]:
    if fix is None:
        return {"effort": "", "cost": "", "owner": ""}
    return {"effort": EFFORT[fix.effort], "cost": COST[fix.cost], "owner": OWNER[fix.owner]}
