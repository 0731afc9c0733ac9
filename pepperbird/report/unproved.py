"""What rests on questions that nobody has run yet on what they are for: the words that every format shows beside it."""

from __future__ import annotations

from collections.abc import Iterator

from pepperbird.report.facts import AgencyFacts


def of_check(facts: AgencyFacts, check: str, asset: str) -> str:
    """What its collectors say of being unproved on such a machine; '' where all that it reads was proved on one."""
    kinds = set(_kinds(facts, asset))
    named = (facts.catalog.collectors.get(name) for name in sorted(facts.catalog.reads.get(check, ())))
    told = [words for one in named if one is not None for kind, words in one.unproved.items() if kind in kinds]
    return "; ".join(dict.fromkeys(told))


def of_pair(facts: AgencyFacts, control: str, asset: str) -> str:
    """The same of where a control stands on an asset: by the findings that gave it, or that would have."""
    verdict, state = facts.verdict.get((control, asset)), facts.states.get((control, asset))
    if verdict is None:
        return ""
    told = [
        of_check(facts, finding.check, asset)
        for clause in verdict.clauses
        for finding in clause.findings
        if finding.state is state or verdict.state is not state
    ]
    return next((words for words in told if words), "")


def of_asset(facts: AgencyFacts, asset: str) -> str:
    """The same of anything that stands for an asset and is known."""
    pairs = (pair for pair, state in facts.states.items() if pair[1] == asset and state.conclusive)
    return next((words for pair in pairs if (words := of_pair(facts, *pair))), "")


def _kinds(facts: AgencyFacts, asset: str) -> Iterator[str]:
    """Of the asset, and of the machine that it stands on."""
    judged = facts.assets.get(asset)
    for one in (judged, facts.assets.get(judged.host or "") if judged else None):
        if one is not None:
            yield one.kind
