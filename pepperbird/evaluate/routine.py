"""How regularly a backup repository was filled: its restore points against the schedule that the register declares.

A tool without a catalogue of jobs is judged by gaps: where a run is missing or failed, there is no restore point. Each
row is a group of restore points; `slots` are those runs, counted back from the scan, of which there is one. A run may
be early or late by half of the time between two; only what is wholly missing leaves a gap.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pepperbird.evaluate.copies import NOT_ASKED, READERS, rows_of
from pepperbird.expression.functions import epoch
from pepperbird.model.evidence import Evidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset
from pepperbird.model.state import AssetKind

_WORDS: Final = {"hourly": 1, "daily": 24, "nightly": 24, "weekly": 168, "monthly": 720}
_EVERY: Final = re.compile(r"every (\d{1,3}) (hour|day|week)s?")
_HOURS: Final = {"hour": 1, "day": 24, "week": 168}
_COLUMNS: Final = ("every_hours", "slots", "reach", "count")
_LATE: Final = 12
"""A run is missing when it is later than a twelfth of the time between two: of a daily one two hours."""
_BY_RUN: Final = ("restic", "borg", "pgbackrest", "files")
"""The tools whose readers tell of each restore point by itself; what the others tell is only how many and how new."""
_NO_SCHEDULE: Final = Gap(
    GapReason.NO_COLLECTOR, "The register does not say how often this repository is filled.",
    "add `schedule: daily` to the repository (or hourly, weekly, every 6 hours, every 2 days)",
)  # fmt: skip


def runs_of(evidence: Evidence, asset: JudgedAsset, at: str) -> list[dict[str, Any]] | Gap:
    """One row per group of restore points of a repository; none for any other asset."""
    if asset.kind is not AssetKind.BACKUP_REPOSITORY:
        return []
    tool = str(asset.declared.get("tool") or "")
    if tool not in _BY_RUN:
        return Gap(GapReason.NO_COLLECTOR, f"Nothing tells of each run of {tool or 'an undeclared tool'} yet.")
    every = _every(str(asset.declared.get("schedule") or ""))
    seen = evidence.assets.get(f"{asset.agency}/{asset.host}") if asset.host else None
    rows = NOT_ASKED if seen is None else rows_of(seen, READERS[tool], "points")
    if isinstance(every, Gap) or isinstance(rows, Gap):
        return every if isinstance(every, Gap) else rows if isinstance(rows, Gap) else NOT_ASKED
    mine = [row for row in rows if row.get("repository") == asset.id]
    kept = asset.declared.get("keep_days")
    limit = kept * 24 // every if isinstance(kept, int) and kept else None
    return [{"id": str(row.get("id")), **_run(row, every, limit, epoch(at))} for row in mine]


def _every(schedule: str) -> int | Gap:
    """Hours between two runs, or why that is not known."""
    words = schedule.strip().lower()
    if words in _WORDS:
        return _WORDS[words]
    if match := _EVERY.fullmatch(words):
        return max(1, int(match[1])) * _HOURS[match[2]]
    if not words:
        return _NO_SCHEDULE
    return Gap(
        GapReason.PARSE, f"`schedule: {schedule[:80]}` does not say how often the repository is filled.",
        "write hourly, daily, weekly, monthly, every 6 hours or every 2 days",
    )  # fmt: skip


def _run(row: Mapping[str, Any], every: int, limit: int | None, now: int) -> dict[str, Any]:
    gap = next((row[name] for name in ("count", "newest", "minutes") if isinstance(row.get(name), Gap)), None)
    if gap is not None:
        return dict.fromkeys(_COLUMNS, gap)
    found: dict[str, Any] = {"every_hours": every, "count": row["count"], "slots": [], "reach": 0}
    if not row["count"]:
        return found
    slots = _slots(row["minutes"], every * 60, (now - epoch(row["newest"])) // 60)
    reach = slots[-1] + 1
    return found | {"newest": row["newest"], "slots": slots, "reach": reach if limit is None else min(reach, limit)}


def _slots(minutes: Sequence[int], period: int, age: int) -> list[int]:
    """Which runs, counted back from now, left a restore point. `minutes` lie before the newest, in order."""
    slot, anchor = max(0, (age - period // _LATE) // period), 0
    found = [slot]
    for one in minutes:
        passed = (one - anchor + period // 2) // period
        if passed > 0:
            slot, anchor = slot + passed, one
            found.append(slot)
    return found
