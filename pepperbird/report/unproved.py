"""What rests on questions that nobody has run yet on what they are for: the words that every format shows beside it."""

from __future__ import annotations

from pepperbird.model.catalog import Catalog
from pepperbird.report.facts import AgencyFacts


def of_check(catalog: Catalog, check: str) -> str:
    """What its collectors say of being unproved; '' where all that it reads was proved."""
    named = (catalog.collectors.get(name) for name in sorted(catalog.reads.get(check, ())))
    return "; ".join(dict.fromkeys(one.unproved for one in named if one is not None and one.unproved))


def of_pair(facts: AgencyFacts, control: str, asset: str) -> str:
    """The same of where a control stands on an asset: by the findings that gave it, or that would have."""
    verdict, state = facts.verdict.get((control, asset)), facts.states.get((control, asset))
    if verdict is None:
        return ""
    told = [
        of_check(facts.catalog, finding.check)
        for clause in verdict.clauses
        for finding in clause.findings
        if finding.state is state or verdict.state is not state
    ]
    return next((words for words in told if words), "")


def of_asset(facts: AgencyFacts, asset: str) -> str:
    """The same of anything that stands for an asset and is known."""
    pairs = (pair for pair, state in facts.states.items() if pair[1] == asset and state.conclusive)
    return next((words for pair in pairs if (words := of_pair(facts, *pair))), "")
