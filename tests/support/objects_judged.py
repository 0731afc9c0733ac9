"""Verdicts of what object stores say, by clause and subject, so that states can be compared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from pepperbird.collect.interface import Transport
from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import Evidence, Memory
from pepperbird.model.plan import Selection
from pepperbird.model.site import Site
from pepperbird.model.verdict import Finding
from pepperbird.plan.make import make_plan
from tests.support.databases import catalog
from tests.support.objects import ask, seen

COPIES: Final = ("backup.object-lock", "backup.vault-lock")
"""Checks of what a data store's copies lie in."""
Judged = dict[str, dict[str, Finding]]


def judged(declared: Site, *, transport: Transport | None = None) -> Judged:
    """What a scan finds now: of each clause about buckets the finding of each subject. The asset is before a store."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    plan = make_plan(catalog(), declared, Selection(), at=at)
    endpoint = plan.endpoints[0]
    evidence = seen(endpoint, ask(endpoint, transport=transport))
    found: Judged = {}
    verdicts = evaluate(catalog(), plan, Evidence({evidence.asset: evidence}), Memory(), site=declared, at=at)
    for verdict in verdicts:
        for result in verdict.clauses:
            for one in result.findings:
                if one.check.partition(".")[0] in ("s3", "register") or one.check in COPIES:
                    found.setdefault(result.clause, {}).setdefault(one.subject or verdict.asset, one)
    return found


def states(found: Judged, subject: str) -> dict[str, str]:
    """By clause the state of one subject."""
    return {clause: str(by[subject].state) for clause, by in sorted(found.items()) if subject in by}


def brief(found: Judged) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (clause, subject): (str(one.state), one.gap.detail if one.gap else "")
        for clause, by in found.items()
        for subject, one in by.items()
    }
