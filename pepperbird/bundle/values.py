"""Do values fit what content declares: parameters their type, facts their FieldSpec? The answers are words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pepperbird.expression.functions import epoch
from pepperbird.model.fields import FieldSpec
from pepperbird.model.gap import Gap
from pepperbird.model.policy import Parameter

Path = tuple[str | int, ...]

_WORDS = {
    "int": "a whole number",
    "bool": "true or false",
    "string": "text",
    "strings": "a list of texts",
    "ints": "a list of whole numbers",
    "double": "a number",
    "time": "a time such as 2026-11-23T12:00:00Z",
    "record": "a map of its fields",
    "rows": "a list of rows",
    "table": "a map of records",
    "sets": "a map of lists of text",
}


def parameter_problem(parameter: Parameter, value: Any) -> str:
    """What is wrong with a value for this parameter, '' when it fits."""
    if not _fits(parameter.type, value):
        return f"expected {_WORDS[parameter.type]}, found {_shown(value)}; correct it"
    if parameter.compare == "order" and value not in parameter.scale:
        return f"{value!r} is not on the scale; write one of {', '.join(parameter.scale)}"
    return ""


def misfits(spec: FieldSpec, value: Any, path: Path = ()) -> Iterator[tuple[Path, str, bool]]:
    """Each place where `value` does not fit: its path, what is wrong, and whether it is the key that is wrong.

    A Gap fits everywhere. A field that is absent is no misfit here.
    """
    if isinstance(value, Gap):
        return
    if spec.type in ("record", "rows", "table", "sets"):
        yield from _structured(spec, value, path)
    elif not _fits(spec.type, value):
        yield path, f"expected {_WORDS[spec.type]}, found {_shown(value)}; correct it", False


def _structured(spec: FieldSpec, value: Any, path: Path) -> Iterator[tuple[Path, str, bool]]:
    wanted: type[Any] = list if spec.type == "rows" else dict
    if not isinstance(value, wanted):
        yield path, f"expected {_WORDS[spec.type]}, found {_shown(value)}; correct it", False
    elif spec.type == "record":
        yield from _record(spec.fields, value, path)
    elif spec.type == "sets":
        strings = FieldSpec(type="strings", doc="members")
        for key, inner in value.items():
            yield from misfits(strings, inner, (*path, key))
    else:
        record = FieldSpec(type="record", doc=spec.doc, fields=spec.fields)
        for key, inner in enumerate(value) if isinstance(value, list) else value.items():
            yield from misfits(record, inner, (*path, key))


def _record(fields: Mapping[str, FieldSpec], value: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str, bool]]:
    for name, inner in value.items():
        spec = fields.get(name)
        if spec is None:
            yield (*path, name), f"there is no fact of this name; there are {', '.join(sorted(fields))}", True
        else:
            yield from misfits(spec, inner, (*path, name))


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "double":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "strings":
            return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        case "ints":
            return isinstance(value, list | tuple) and all(_fits("int", one) for one in value)
        case "time":
            return isinstance(value, str) and is_time(value)
        case _:
            return isinstance(value, str)


def is_time(text: str) -> bool:
    """True for an RFC 3339 time with a zone."""
    try:
        epoch(text)
    except ValueError:
        return False
    return len(text) >= len("2026-11-23T12:00:00Z")


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
