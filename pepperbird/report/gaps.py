"""What could not be seen, grouped so that one line is one thing to do: per access path, reason and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.state import State
from pepperbird.model.verdict import Finding
from pepperbird.report.facts import AgencyFacts, name, shown
from pepperbird.report.words import REASON

PENDING, DOCUMENT = "pending", "document"


@dataclass(frozen=True, slots=True)
class Unseen:
    """One reason why something could not be seen, with all that it hides. `asset` is '' where it concerns several.

    `group` says whose move it is: `access` (the agency, on a machine), `document` (the agency, on paper), `register`
    (a kind of asset that the register lacks), `pending` (ours: nothing is built that could look).
    """

    group: str
    asset: str
    endpoint: str
    reason: GapReason | None
    state: State
    detail: str
    remedy: str
    assets: tuple[str, ...]
    controls: tuple[str, ...]
    clauses: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


def unseen(facts: AgencyFacts) -> tuple[Unseen, ...]:
    """Every group, in the order of `group`, then of how much it hides, most first."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in facts.findings_of_now():
        if finding.state.unknown:
            groups.setdefault(_key(facts, finding), []).append(finding)
    found = [_unseen(facts, key[0], findings) for key, findings in groups.items()]
    found += _removed(facts)
    order = ("access", "document", "register", "pending")
    return tuple(sorted(found, key=lambda one: (order.index(one.group), -len(one.pairs), one.endpoint, one.detail)))


def _removed(facts: AgencyFacts) -> Iterator[Unseen]:
    """What left the register without a record: its pairs stay, unknown, and no finding of this run tells of them."""
    gone: dict[str, list[str]] = {}
    for (control, asset), state in facts.states.items():
        if state.unknown and (control, asset) not in facts.verdict:
            gone.setdefault(asset, []).append(control)
    for asset, controls in gone.items():
        yield Unseen(
            group="register",
            asset=name(asset),
            endpoint="",
            reason=None,
            state=State.UNCHECKED,
            detail=f"{name(asset)} was judged before, and is not among what was to be judged now",
            remedy="put it back, or hand in the record of its decommissioning",
            assets=(name(asset),),
            controls=tuple(controls),
            clauses=(),
            pairs=tuple((control, asset) for control in controls),
        )


def _group(finding: Finding) -> str:
    reason = finding.gap.reason if finding.gap else None
    if finding.check == DOCUMENT:
        return DOCUMENT
    if finding.check == PENDING and reason is GapReason.NO_ATTESTATION:
        return "register"
    return PENDING if reason is GapReason.NO_COLLECTOR else "access"


def _key(facts: AgencyFacts, finding: Finding) -> tuple[str, ...]:
    group = _group(finding)
    gap = finding.gap or Gap(GapReason.PARSE, finding.message)
    if group == "register":
        return (group, finding.asset, gap.detail)
    if group == PENDING:
        return (group, _pending(facts, finding))
    if group == DOCUMENT:
        return (group, finding.clause, finding.asset, gap.reason)
    place = facts.endpoint(finding.asset) or finding.asset
    return (group, place, finding.state, gap.reason, gap.detail, gap.remedy)


def _pending(facts: AgencyFacts, finding: Finding) -> str:
    """Why nothing looks at it yet, as the policy says it."""
    leaves = facts.control(finding.control).leaves
    said = next((leaf.pending for leaf in leaves if leaf.id == finding.clause and leaf.pending), None)
    return said or (finding.gap.detail if finding.gap and finding.gap.detail else finding.message)


def _unseen(facts: AgencyFacts, group: str, findings: Sequence[Finding]) -> Unseen:
    first = findings[0]
    gap = first.gap
    assets = tuple(dict.fromkeys(name(finding.asset) for finding in findings))
    step = REASON[gap.reason][1] if gap else ""
    return Unseen(
        group=group,
        asset=assets[0] if len(assets) == 1 else "",
        endpoint="" if group == PENDING else name(facts.endpoint(first.asset)),
        reason=gap.reason if gap else None,
        state=first.state,
        detail=shown(_pending(facts, first) if group == PENDING else gap.detail if gap else first.message),
        remedy=shown(gap.remedy if gap and gap.remedy else step),
        assets=assets,
        controls=tuple(sorted({finding.control for finding in findings})),
        clauses=tuple(sorted({finding.clause for finding in findings})),
        pairs=tuple(dict.fromkeys((finding.control, finding.asset) for finding in findings)),
    )
