"""What changed for an agency between two full runs: better, fallen, found, new, gone. Pure.

Passes and what does not apply are in order; fails, accepted or not, are not; the rest is unknown. A fall is what was in
order and is no more. Each fall has one cause, which says whose move it is: a machine that the link did not reach is
never told as a fail. Where the rules for a control changed too, the fall is told as theirs: how much of it is the
agency's nobody can tell without judging the old evidence again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pepperbird.model.agreed import PlanChange
from pepperbird.model.gap import GapReason
from pepperbird.model.plan import Plan
from pepperbird.model.run import Run
from pepperbird.model.scores import AgencyScore
from pepperbird.model.state import Enforcement, Severity, State
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.score.figures import missing_kind
from pepperbird.score.rules import BothRules
from pepperbird.score.since import NAMED, Since

Pair = tuple[str, str]
"""(control, asset)"""


class Cause(StrEnum):
    """Why something fell, or is no longer there, in the order in which it is told."""

    FAILED = "failed"
    LINK = "link"
    REFUSED = "refused"
    UNDECIDED = "undecided"
    DOCUMENT = "document"
    NO_COLLECTOR = "no-collector"
    LEFT_OUT = "left-out"
    REGISTER = "register"
    RULES = "rules"


class Kind(StrEnum):
    """How a pair moved."""

    FIXED = "fixed"
    SEEN = "seen"
    FELL = "fell"
    FOUND = "found"
    NEW = "new"
    GONE = "gone"


_CAUSE: Final = {
    GapReason.UNREACHABLE: Cause.LINK,
    GapReason.CONNECT_TIMEOUT: Cause.LINK,
    GapReason.NOT_ASKED: Cause.LINK,
    GapReason.HOST_KEY: Cause.REFUSED,
    GapReason.LEGACY_SSH: Cause.REFUSED,
    GapReason.DENIED: Cause.REFUSED,
    GapReason.LOGIN_REFUSED: Cause.REFUSED,
    GapReason.NO_CREDENTIAL: Cause.REFUSED,
    GapReason.NO_AUTHORISATION: Cause.REFUSED,
    GapReason.NO_COLLECTOR: Cause.NO_COLLECTOR,
    GapReason.NO_ATTESTATION: Cause.DOCUMENT,
    GapReason.NOT_DUE: Cause.LEFT_OUT,
}
"""Whose move it is where evidence is missing; every other reason is undecided."""
_BY_STATE: Final = {State.UNREACHABLE: Cause.LINK, State.UNCHECKED: Cause.NO_COLLECTOR}
"""Where no finding tells a reason."""
_STANDS: Final = frozenset({Cause.LINK, Cause.REFUSED, Cause.LEFT_OUT, Cause.REGISTER})
"""Causes that no change of rules explains."""
_SEVERITIES: Final = tuple(Severity)
_KINDS: Final = tuple(Kind)
_CAUSES: Final = tuple(Cause)


def cause_of(reason: GapReason) -> Cause:
    """Whose move it is where evidence is missing for that reason."""
    return _CAUSE.get(reason, Cause.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Change:
    """One pair that moved. `then` is None where it is new, `now` where it is gone.

    `rules` is true where the rules for the control changed too. `cause` is None for what got better.
    """

    kind: Kind
    control: str
    title: str
    asset: str
    severity: Severity
    scored: bool
    then: State | None
    now: State | None
    cause: Cause | None = None
    reason: GapReason | None = None
    rules: bool = False


@dataclass(frozen=True)
class Side:
    """One of the two runs, and the agency's score after it."""

    run: str
    at: str
    score: AgencyScore


@dataclass(frozen=True)
class AgencyChange:
    """An agency then and now.

    `rules` says what differs of that by which the two were judged, `unread` that the content of one cannot be read any
    more. `carried` counts results of now that rest on an earlier run because nothing could be reached. `plan` is what
    makes the agreed plan ask for less.
    """

    agency: str
    name: str
    then: Side
    now: Side
    rules: tuple[str, ...]
    unread: bool
    changes: tuple[Change, ...]
    same: int
    carried: int
    since: Since = NAMED
    plan: tuple[PlanChange, ...] = ()

    def of(self, *kinds: Kind) -> tuple[Change, ...]:
        return tuple(one for one in self.changes if one.kind in kinds)


def compare(then: Run, now: Run, rules: BothRules, agency: str, name: str) -> AgencyChange:
    """What changed for `agency`, called `name`, between two full runs that both looked at it."""
    before, after = _posture(then, agency), _posture(now, agency)
    verdicts = {(one.control, one.asset): one for one in now.verdicts if one.agency == agency}
    found = [
        *moved(before, after, verdicts, rules),
        *_new(before, after, _Register(then.plan, agency), rules),
        *_gone(before, after, _Register(now.plan, agency), rules),
    ]
    return AgencyChange(
        agency=agency,
        name=name,
        then=Side(then.id, then.at, then.scores[agency]),
        now=Side(now.id, now.at, now.scores[agency]),
        rules=rules.changed,
        unread=rules.unread,
        changes=tuple(sorted(found, key=_rank)),
        same=len(before.keys() | after.keys()) - len(found),
        carried=sum(_carried(entry, verdicts.get(pair)) for pair, entry in after.items()),
    )


def _posture(run: Run, agency: str) -> dict[Pair, PostureEntry]:
    return {(one.control, one.asset): one for one in run.posture if one.agency == agency}


def _rank(one: Change) -> tuple[int, int, bool, int, str, str]:
    cause = -1 if one.cause is None else _CAUSES.index(one.cause)
    return _KINDS.index(one.kind), cause, not one.scored, _SEVERITIES.index(one.severity), one.control, one.asset


def moved(
    before: Mapping[Pair, PostureEntry],
    after: Mapping[Pair, PostureEntry],
    verdicts: Mapping[Pair, Verdict],
    rules: BothRules,
) -> Iterator[Change]:
    """The pairs of one agency that stood then and stand now, and came from one side to another."""
    for pair in before.keys() & after.keys():
        old, new = before[pair], after[pair]
        kind = _kind(old.state, new.state)
        if kind is None:
            continue
        changed = rules.differ(new.control, old.tier, new.tier)
        cause, reason = (None, None) if kind in (Kind.FIXED, Kind.SEEN) else _why(new, verdicts.get(pair))
        if changed and cause is not None and cause not in _STANDS:
            cause = Cause.RULES
        title = rules.title(new.control)
        yield _change(new, kind, (old.state, new.state), (cause, reason), title, rules=changed)


def _kind(then: State, now: State) -> Kind | None:
    was, is_ = _standing(then), _standing(now)
    if was == is_:
        return None
    if is_ == "good":
        return Kind.FIXED if was == "bad" else Kind.SEEN
    return Kind.FOUND if was == "unknown" else Kind.FELL


def _standing(state: State) -> str:
    if state.unknown:
        return "unknown"
    return "good" if state in (State.PASS, State.NOT_APPLICABLE) else "bad"


def _why(entry: PostureEntry, verdict: Verdict | None) -> tuple[Cause, GapReason | None]:
    """The cause of a fall: what decided the pair in the run, else what its state alone tells."""
    if not entry.state.unknown:
        return Cause.FAILED, None
    if verdict is None:
        return Cause.REGISTER, None
    reasons = list(dict.fromkeys(_reasons(verdict)))
    if not reasons:
        return _BY_STATE.get(verdict.state, Cause.UNDECIDED), None
    causes = [(cause_of(reason), reason) for reason in reasons]
    return min(causes, key=lambda one: _CAUSES.index(one[0]))


def _reasons(verdict: Verdict) -> Iterator[GapReason]:
    """Why the clause that decided could not see; of an `any_of` that is each of its clauses."""
    clauses = [one for one in verdict.clauses if one.clause == verdict.decided_by] or verdict.clauses
    for clause in clauses:
        for finding in clause.findings:
            if finding.gap is not None and finding.state.unknown:
                yield finding.gap.reason


def _new(
    before: Mapping[Pair, PostureEntry], after: Mapping[Pair, PostureEntry], there: _Register, rules: BothRules
) -> Iterator[Change]:
    """Pairs that did not stand then: new in the register, or asked anew of what was registered."""
    for pair in after.keys() - before.keys():
        entry = after[pair]
        cause = Cause.RULES if there.has(entry) else Cause.REGISTER
        title = rules.title(entry.control)
        yield _change(entry, Kind.NEW, (None, entry.state), (cause, None), title, rules=cause is Cause.RULES)


def _gone(
    before: Mapping[Pair, PostureEntry], after: Mapping[Pair, PostureEntry], there: _Register, rules: BothRules
) -> Iterator[Change]:
    """Pairs that stand no more: taken out of the register by a record, or not asked any more."""
    for pair in before.keys() - after.keys():
        entry = before[pair]
        cause = Cause.RULES if there.has(entry) else Cause.REGISTER
        title = rules.title(entry.control)
        yield _change(entry, Kind.GONE, (entry.state, None), (cause, None), title, rules=cause is Cause.RULES)


class _Register:
    """What the register of a plan had of an agency."""

    def __init__(self, plan: Plan, agency: str) -> None:
        self._assets = {(one.id, str(one.kind)) for one in plan.assets if one.agency == agency}
        self._kinds = {kind for _, kind in self._assets}

    def has(self, entry: PostureEntry) -> bool:
        """True where what the entry is of was there: the asset, or the lack of a kind."""
        if missing_kind(entry):
            return entry.kind not in self._kinds
        return (entry.asset, entry.kind) in self._assets


def _change(
    entry: PostureEntry,
    kind: Kind,
    states: tuple[State | None, State | None],
    why: tuple[Cause | None, GapReason | None],
    title: str,
    *,
    rules: bool,
) -> Change:
    return Change(
        kind=kind,
        control=entry.control,
        title=title,
        asset=entry.asset,
        severity=entry.severity,
        scored=entry.enforcement is Enforcement.REQUIRED,
        then=states[0],
        now=states[1],
        cause=why[0],
        reason=why[1],
        rules=rules,
    )


def _carried(entry: PostureEntry, verdict: Verdict | None) -> bool:
    """True where what stands was seen before, and the run itself could not reach it."""
    return verdict is not None and verdict.state is State.UNREACHABLE and entry.state.conclusive


def counts(changes: Iterable[Change]) -> dict[Cause, int]:
    """How many of each cause, in the order of Cause."""
    listed = [one.cause for one in changes]
    return {cause: listed.count(cause) for cause in Cause if cause in listed}
