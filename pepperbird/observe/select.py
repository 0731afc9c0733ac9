"""Parsed values into the facts schema: rename, select, check the type. Nothing is converted and nothing is guessed.

A value of another type, a field that is missing though it is not optional, and rows whose key is not unique are Gap
`parse`, at the smallest place that it concerns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pepperbird.expression.functions import epoch
from pepperbird.model.fields import FieldSpec
from pepperbird.model.gap import Gap, GapReason

ABSENT = object()


def at_path(parsed: Mapping[str, Any], path: str) -> Any:
    """What lies at a dotted path: a value, the Gap met on the way, or ABSENT."""
    value: Any = parsed
    for step in path.split("."):
        if isinstance(value, Gap):
            return value
        if not isinstance(value, Mapping) or step not in value:
            return ABSENT
        value = value[step]
    return value


def typed(spec: FieldSpec, value: Any, name: str) -> Any:
    """`value` as the spec wants it, or a Gap that names the field. ABSENT stays ABSENT where the field is optional."""
    if isinstance(value, Gap):
        return value
    if value is ABSENT or value is None:
        return ABSENT if spec.optional else _gap(f"{name} is missing")
    if spec.type == "rows":
        return _rows(spec, value, name)
    if spec.type == "record":
        return _record(spec, value, name)
    if spec.type == "table":
        return _table(spec, value, name)
    if spec.type == "sets":
        fits = isinstance(value, dict) and all(isinstance(k, str) and _is_list(v, str) for k, v in value.items())
        return value if fits else _gap(f"{name} is not a map of lists of text")
    return value if _fits(spec.type, value) else _gap(f"{name} is not of type {spec.type}")


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "double":
            return isinstance(value, float)
        case "strings":
            return _is_list(value, str)
        case "ints":
            return _is_list(value, int) and not any(isinstance(one, bool) for one in value)
        case "time":
            return isinstance(value, str) and _is_time(value)
        case _:
            return isinstance(value, str)


def _is_list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kind) for one in value)


def _is_time(text: str) -> bool:
    try:
        epoch(text)
    except (ValueError, OverflowError):
        return False
    return True


def _record(spec: FieldSpec, value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        return _gap(f"{name} is not a record")
    record = {}
    for field, inner in spec.fields.items():
        found = typed(inner, at_path(value, inner.origin or field), f"{name}.{field}")
        if found is not ABSENT:
            record[field] = found
    return record


def _rows(spec: FieldSpec, value: Any, name: str) -> Any:
    if not isinstance(value, list):
        return _gap(f"{name} is not a list of rows")
    rows = [_record(spec, row, name) for row in value]
    broken = next((row for row in rows if isinstance(row, Gap)), None)
    if broken is not None:
        return broken
    if spec.key is not None:
        keys = [row.get(spec.key) for row in rows]
        gap = next((key for key in keys if isinstance(key, Gap)), None)
        if gap is not None:
            return gap
        if len(set(keys)) != len(keys):
            return _gap(f"two rows of {name} have the same {spec.key}")
    return rows


def _table(spec: FieldSpec, value: Any, name: str) -> Any:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        return _gap(f"{name} is not a table")
    return {key: _record(spec, inner, f"{name}.{key}") for key, inner in value.items()}


def _gap(detail: str) -> Gap:
    return Gap(GapReason.PARSE, f"what the probe said does not fit: {detail[:200]}")
