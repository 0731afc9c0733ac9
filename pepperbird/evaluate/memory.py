"""The remembered past: when a row was seen first, its samples over 40 days, at most one a day, and its changes.

`remember` lays what was seen now over what was known; `history_of` shapes it for checks. A listing that could not be
read forgets nothing; a row that is gone from one that could is forgotten, but where its being gone is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pepperbird.evaluate.register_past import GONE_KEPT_DAYS, keep_register
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Evidence, Memory
from pepperbird.model.fields import FieldSpec
from pepperbird.model.plan import Plan

DAYS_KEPT = 40
CHANGES_KEPT = 20
NEVER = 36500
_DAY = 86400


def remember(catalog: Catalog, memory: Memory, evidence: Evidence, *, at: str, plan: Plan | None = None) -> Memory:
    """What is known after this evidence, and after the registers of `plan`. Deterministic in its arguments."""
    tracks: dict[str, dict[str, Mapping[str, Any]]] = {key: dict(known) for key, known in memory.tracks.items()}
    for key, seen in evidence.assets.items():
        for field, spec in tracked(catalog).items():
            namespace, name = field.split(".")
            facts = seen.facts.get(namespace)
            rows = facts.get(name) if isinstance(facts, Mapping) else None
            if isinstance(rows, list):
                known = tracks.setdefault(key, {})
                known[field] = _track(known.get(field, {}), spec, rows, at)
    if plan is not None:
        keep_register(tracks, plan, at)
    return Memory(tracks)


def tracked(catalog: Catalog) -> dict[str, FieldSpec]:
    """`namespace.field` of every fact that is remembered."""
    return {
        f"{collector.id}.{name}": spec
        for collector in catalog.collectors.values()
        for name, spec in collector.facts.items()
        if spec.track is not None
    }


def _track(known: Mapping[str, Any], spec: FieldSpec, rows: list[Any], at: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for row in rows:
        key = row.get(spec.key) if isinstance(row, Mapping) else None
        if not isinstance(key, str):
            continue
        before = known.get(key, {})
        if spec.track in ("first_seen", "gone"):
            kept[key] = {"first_seen": before.get("first_seen", at)}
            continue
        value = row.get(spec.sample)
        if spec.track == "changes":
            kept[key] = _changed(before, value, at)
            continue
        samples = [one for one in before.get("samples", ()) if 0 <= _days(one[0], at) <= DAYS_KEPT]
        if isinstance(value, int) and not (samples and samples[-1][0][:10] == at[:10]):
            samples = [*samples, [at, value]]
        kept[key] = {"samples": samples}
    return kept | _gone(known, kept, at) if spec.track == "gone" else kept


def _gone(known: Mapping[str, Any], here: Mapping[str, Any], at: str) -> dict[str, Any]:
    """What is remembered and not there any more, since when; the longest gone are forgotten."""
    missed = {key: {**one, "gone": one.get("gone", at)} for key, one in known.items() if key not in here}
    return {key: one for key, one in missed.items() if _days(one["gone"], at) <= GONE_KEPT_DAYS}


def _changed(before: Mapping[str, Any], value: Any, at: str) -> dict[str, Any]:
    """Since when a value is watched, and when it was seen to be another. A value that is hidden changes nothing."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return dict(before) or {"since": at, "value": None, "changed": []}
    times = list(before.get("changed", ()))
    if before and before["value"] not in (None, value):
        times = [*times, at][-CHANGES_KEPT:]
    return {"since": before.get("since", at), "value": value, "changed": times}


def history_of(catalog: Catalog, tracks: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What checks read as `history.<namespace>.<field>[key]`, for one machine."""
    history: dict[str, dict[str, Any]] = {}
    for field, spec in tracked(catalog).items():
        namespace, name = field.split(".")
        rows = tracks.get(field, {})
        history.setdefault(namespace, {})[name] = {key: _shaped(spec, one) for key, one in rows.items()}
    return history


def _shaped(spec: FieldSpec, one: Mapping[str, Any]) -> dict[str, Any]:
    if spec.track in ("first_seen", "gone"):
        return dict(one)
    if spec.track == "changes":
        last = {"changed": one["changed"][-1]} if one["changed"] else {}
        return {"since": one["since"], "count": len(one["changed"]), **last}
    return _trend(one["samples"])


def _trend(samples: list[Any]) -> dict[str, int]:
    """Days until the straight line through the samples (least squares) reaches zero."""
    if len(samples) < 2:
        return {"count": len(samples), "days": 0, "days_left": NEVER}
    origin = samples[0][0]
    points = [(_days(time, origin, signed=True), float(value)) for time, value in samples]
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
    left = NEVER if slope >= 0 else min(NEVER, max(0, int(points[-1][1] / -slope)))
    return {"count": n, "days": int(points[-1][0]), "days_left": left}


def _days(time: str, at: str, *, signed: bool = False) -> float:
    seconds = datetime.fromisoformat(at).timestamp() - datetime.fromisoformat(time).timestamp()
    return -seconds / _DAY if signed else seconds / _DAY
