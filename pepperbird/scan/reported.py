"""What an agency's run is to be held against: the run of the last report that it got, else the full run before.

What it got is what receipts say was sent. Once a run's own report is on its way, what is delivered later changes
nothing of it, so that the same report stays the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from pepperbird.errors import UsageError
from pepperbird.model.delivery import Receipt
from pepperbird.model.history import PastRun
from pepperbird.model.text import clean
from pepperbird.scan.past import Wanted, require_agency
from pepperbird.score.since import Against, Since
from pepperbird.store.runs import Store


def since_last_report(store: Store, agency: str | None) -> list[tuple[Wanted, Since]]:
    """Each agency (or that one) with what its newest full run is to be held against. Raises UsageError."""
    known = store.agencies_seen()
    require_agency(store, agency, known)
    found: list[tuple[Wanted, Since]] = []
    for one in known if agency is None else (agency,):
        runs = store.full_runs(one)
        then = held_against(store, one, runs) if runs else None
        if then is not None:
            found.append(((one, then[0], runs[-1]), then[1]))
    if not found:
        whose = f"agency {clean(agency, 80)}" if agency is not None else "any agency"
        raise UsageError(f"there are not two full runs of {whose} yet to compare")
    return found


def held_against(store: Store, agency: str, runs: Sequence[PastRun]) -> tuple[PastRun, Since] | None:
    """The run that the last of `runs`, which are those of the agency, is to be held against; None for the first."""
    if len(runs) < 2:
        return None
    now, kept = runs[-1], {one.id: one for one in runs[:-1]}
    receipts = store.receipts.all(agency)
    own = min((one.at for one in receipts if one.run == now.id), default="")
    gone = ""
    for receipt in _sent(receipts, now.id, own):
        if receipt.run in kept:
            return kept[receipt.run], Since(Against.REPORT, receipt.at, own=own)
        gone = gone or (receipt.at if store.has_mark(receipt.run, agency) else "")
    return runs[-2], Since(Against.BEFORE, gone=gone, own=own)


def _sent(receipts: Sequence[Receipt], before: str, own: str) -> list[Receipt]:
    """The reports of older runs that arrived (before the run's `own` was on its way), one a run, the newest first."""
    first: dict[str, Receipt] = {}
    for one in sorted(receipts, key=lambda one: one.at, reverse=True):
        if one.state == "sent" and one.run < before and (not own or one.at < own):
            first[one.run] = one
    return [first[run] for run in sorted(first, reverse=True)]
