"""What both OSCAL documents hold, as plain dicts: what was looked at, what was observed, what follows, what is open.

OSCAL knows two ends of a finding, satisfied and not satisfied. Only a pair that passes is satisfied. One that fails,
or fails and is accepted for now, is not (`fail`); one that could not be decided is not either, with the reason
`other` and the words why, so that nobody counts it as a pass or as a proved fail. What does not apply, shown by
evidence, is an observation and no finding. Ids follow from the run and from names, times from the run.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final

from pepperbird.model.policy import Control
from pepperbird.model.state import State
from pepperbird.model.verdict import Finding, PostureEntry
from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts, name
from pepperbird.report.fixes import fix_of
from pepperbird.report.gaps import DOCUMENT
from pepperbird.report.marked import theirs
from pepperbird.report.rows import standing_words, stands_elsewhere
from pepperbird.report.todos import due_of
from pepperbird.report.words import STATE

VERSION: Final = "1.2.1"
NAMESPACE: Final = "urn:pepperbird:oscal:1"
Json = dict[str, Any]
Pair = tuple[str, str]
_OPEN = (State.FAIL, State.WAIVED)


class Oscal:
    """The parts of one agency's documents. Each list is in the order of controls and assets."""

    def __init__(self, facts: AgencyFacts) -> None:
        self.facts, self.view = facts, build(facts)
        self._space = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:pepperbird:run:{facts.run.id}:{facts.id}")
        self.pairs = {pair: state for pair, state in facts.states.items() if state is not State.NOT_APPLICABLE}
        self._seen = self._by_pair()

    def id(self, *names: str) -> str:
        """The same for the same run, agency and names."""
        return str(uuid.uuid5(self._space, "\x1f".join(one.encode("utf-8", "replace").decode() for one in names)))

    def metadata(self, title: str) -> Json:
        run = self.facts.run
        party = {"uuid": self.id("party"), "type": "organization", "name": self.view.agency}
        return {
            "title": f"{title}: {theirs(self.view.agency)}",
            "last-modified": run.ended or run.at,
            "version": run.id,
            "oscal-version": VERSION,
            "props": [
                *props(scope=run.scope, agency=name(self.facts.id)),
                *props(**{f"{key}-digest": digest for key, digest in self.view.digests}),
            ],
            "parties": [party],
        }

    def inventory(self) -> list[Json]:
        named = dict.fromkeys(asset for _, asset in self.facts.states)
        kinds = {one.id: str(one.kind) for one in self.facts.assets.values()}
        return [
            {
                "uuid": self.id("asset", asset),
                "description": theirs(asset, 200),
                "props": props(asset=name(asset), kind=kinds.get(asset, "not-in-register")),
            }
            for asset in named
        ]

    def observations(self, *, every: bool) -> list[Json]:
        """What was seen and what could not be; where not `every`, only what belongs to a pair that does not pass."""
        return [
            one
            for pair, seen in self._seen.items()
            if every or self.pairs.get(pair, State.PASS) is not State.PASS
            for one in seen
        ]

    def findings(self, *, every: bool) -> list[Json]:
        """One a pair."""
        return [self._finding(pair, state) for pair, state in self.pairs.items() if every or state is not State.PASS]

    def risks(self) -> list[Json]:
        """One a pair that fails or fails and is accepted for now."""
        return [self._risk(pair, state) for pair, state in self.pairs.items() if state in _OPEN]

    def words(self, pair: Pair, state: State) -> str:
        """How a pair stands, in a sentence. OSCAL takes it for Markdown, so it is such."""
        control = self.control(pair)
        return f"{control.id} ({control.title}) on {theirs(pair[1], 200)}: {STATE[state][1]}."

    def control(self, pair: Pair) -> Control:
        return self.facts.control(pair[0])

    def related(self, pair: Pair) -> Json:
        """The references of a pair to its observations, and to its risk where it has one."""
        found: Json = {}
        if seen := self._seen.get(pair):
            found["related-observations"] = [{"observation-uuid": one["uuid"]} for one in seen]
        if self.pairs[pair] in _OPEN:
            found["related-risks"] = [{"risk-uuid": self.id("risk", *pair)}]
        return found

    def _by_pair(self) -> dict[Pair, list[Json]]:
        found: dict[Pair, list[Json]] = {}
        for number, finding in enumerate(self.facts.findings()):
            found.setdefault((finding.control, finding.asset), []).append(self._observation(finding, number))
        for pair, entry in self.facts.posture.items():
            if stands_elsewhere(self.facts, pair):
                found.setdefault(pair, []).append(self._standing(entry))
        return dict(sorted(found.items()))

    def _observation(self, finding: Finding, number: int) -> Json:
        verdict = self.facts.verdict[(finding.control, finding.asset)]
        about = f" {theirs(finding.subject, 200)}:" if finding.subject else ""
        wanted = f" Expected: {theirs(finding.expected)}." if finding.expected else ""
        place = f"{finding.clause} on {theirs(finding.asset, 200)}:"
        return {
            "uuid": self.id("observation", finding.clause, finding.asset, finding.subject, str(number)),
            "description": f"{place}{about} {theirs(finding.message)}.{wanted}",
            "props": props(
                state=str(finding.state), clause=finding.clause, check=finding.check, subject=name(finding.subject),
                gap=str(finding.gap.reason) if finding.gap else "",
            ),
            "methods": [_method(finding)],
            "types": ["finding"],
            "subjects": [{"subject-uuid": self.id("asset", finding.asset), "type": "inventory-item"}],
            "collected": finding.read_at or verdict.at,
            **({"remarks": f"How it was found out: {theirs(finding.source)}."} if finding.source.strip() else {}),
        }  # fmt: skip

    def _standing(self, entry: PostureEntry) -> Json:
        return {
            "uuid": self.id("standing", entry.control, entry.asset),
            "description": f"{entry.control} on {theirs(entry.asset, 200)}: {standing_words(self.facts, entry)}.",
            "props": props(state=str(entry.state)),
            "methods": ["UNKNOWN"],
            "types": ["historic"],
            "subjects": [{"subject-uuid": self.id("asset", entry.asset), "type": "inventory-item"}],
            "collected": entry.since,
        }

    def _finding(self, pair: Pair, state: State) -> Json:
        satisfied = state is State.PASS
        status: Json = {"state": "satisfied" if satisfied else "not-satisfied"}
        status["reason"] = "pass" if satisfied else "fail" if state in _OPEN else "other"
        if not satisfied:
            status["remarks"] = {
                State.FAIL: "It was seen to fail.",
                State.WAIVED: "It was seen to fail; its delay is accepted for now. See the risk.",
            }.get(state, f"Not decided: it {STATE[state][1]}. This is neither a pass nor a proved fail.")
        return {
            "uuid": self.id("finding", *pair),
            "title": f"{pair[0]} on {theirs(pair[1], 200)}",
            "description": self.words(pair, state),
            "props": props(state=str(state), severity=str(self.control(pair).severity)),
            "target": {"type": "objective-id", "target-id": pair[0], "status": status},
            **self.related(pair),
        }

    def _risk(self, pair: Pair, state: State) -> Json:
        control = self.control(pair)
        risk: Json = {
            "uuid": self.id("risk", *pair),
            "title": f"{pair[0]} on {theirs(pair[1], 200)} fails",
            "description": self.words(pair, state),
            "statement": control.rationale,
            "props": props(severity=str(control.severity)),
            "status": "deviation-approved" if state is State.WAIVED else "open",
        }
        if state is State.WAIVED:
            risk["mitigating-factors"] = [self._waiver(pair)]
        if due := due_of(self.facts, pair):
            risk["deadline"] = f"{due}T23:59:59Z"
        risk["remediations"] = list(self._remediations(pair))
        if seen := self._seen.get(pair):
            risk["related-observations"] = [{"observation-uuid": one["uuid"]} for one in seen]
        return risk

    def _waiver(self, pair: Pair) -> Json:
        entry = self.facts.posture[pair]
        found = next((one for one in self.facts.waivers if one.id == entry.waiver), None)
        told = "The delay is accepted; its record is not with this run."
        if found is not None:
            told = (
                f"Accepted by {theirs(found.approved_by)} until {theirs(found.until)}: {theirs(found.reason)}. "
                f"Meanwhile: {theirs(found.measure)}."
            )
        return {"uuid": self.id("waiver", *pair), "description": told}

    def _remediations(self, pair: Pair) -> Iterator[Json]:
        verdict = self.facts.verdict.get(pair)
        fixes: dict[str, Finding] = {}
        for clause in verdict.clauses if verdict else ():
            for finding in clause.findings:
                if finding.state is State.FAIL:
                    fixes.setdefault(finding.check, finding)
        for check, finding in fixes.items():
            fix = fix_of(self.facts.catalog, finding)
            if fix is not None:
                found = self.facts.catalog.checks.get(check)
                yield {
                    "uuid": self.id("remediation", *pair, check),
                    "lifecycle": "recommendation",
                    "title": found.title if found else self.control(pair).title,
                    "description": fix.text,
                    "props": props(effort=fix.effort, cost=fix.cost, owner=fix.owner, risk=fix.risk, check=check),
                }
        if not fixes:
            yield {
                "uuid": self.id("remediation", *pair),
                "lifecycle": "recommendation",
                "title": self.control(pair).title,
                "description": " ".join(self.control(pair).remediation),
            }


def props(**values: str) -> list[Json]:
    """Properties of our own namespace; one without a value is left out."""
    return [
        {"name": key.replace("_", "-"), "ns": NAMESPACE, "value": value.strip()}
        for key, value in values.items()
        if value.strip()
    ]


def _method(finding: Finding) -> str:
    """How it was found out: a document is examined, a machine is tested; where nothing could look, nothing was used."""
    if finding.check == DOCUMENT:
        return "EXAMINE"
    return "UNKNOWN" if finding.state.unknown else "TEST"
