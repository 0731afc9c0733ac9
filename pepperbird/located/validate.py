"""Validate a parsed document against a pydantic model, giving located Issues instead of exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pepperbird.errors import Issue
from pepperbird.located.document import Document, Path
from pepperbird.located.fields import known_keys
from pepperbird.located.words import say

M = TypeVar("M", bound=BaseModel)
_GONE = object()


def validate(document: Document, model: type[M], **extra: Any) -> tuple[M | None, list[Issue]]:
    """The model built from `document` (with `extra` top-level values laid over it), or None with all that is wrong.

    A file with YAML problems (a duplicate key, say) is validated all the same, so that both kinds are told at once.
    """
    issues = list(document.issues)
    if not isinstance(document.data, dict):
        if not issues:
            issues.append(
                document.issue((), f"expected a map of {model.__name__.lower()} fields; write `field: value`")
            )
        return None, issues
    try:
        value = model.model_validate({**document.data, **extra})
    except ValidationError as error:
        return None, sorted({*issues, *_issues(document, error, model)})
    return (None, issues) if issues else (value, [])


def salvage(document: Document, model: type[M], stand_ins: Mapping[str, Any], **extra: Any) -> M | None:
    """The model with what was refused taken out, so that the rest of a bad file can still be examined.

    A refused or missing value gets the stand-in of its field name; without one it is dropped, and so is what cannot be
    without it. None when nothing useful is left. The result is for finding more issues, never for use.
    """
    if not isinstance(document.data, dict):
        return None
    data: Any = {**document.data, **extra}
    for _ in range(6):
        try:
            return model.model_validate(data)
        except ValidationError as error:
            data = _copied(data)
            details = [(_path_in(data, d["loc"]), d) for d in error.errors(include_url=False, include_context=False)]
            paths = {path for path, _ in details}
            for path, detail in details:
                if not _is_echo(path, detail, paths):
                    _mend(data, path, detail, stand_ins)
            data = _swept(data)
            if data is _GONE:
                return None
    return None


def _issues(document: Document, error: ValidationError, model: type[BaseModel]) -> list[Issue]:
    details = [(_path_in(document.data, d["loc"]), d) for d in error.errors(include_url=False)]
    paths = {path for path, _ in details}
    told: dict[Path, list[ErrorDetails]] = {}
    for path, detail in details:
        if not _is_echo(path, detail, paths):
            told.setdefault(path, []).append(detail)
    found = []
    for path, here in told.items():
        unknown = any(detail["type"] == "extra_forbidden" for detail in here)
        for message, at_key in say(path, here, known_keys(model, path[:-1]) if unknown else ()):
            found.append(document.issue(path, message, at_key=at_key))
    return found


def _is_echo(path: Path, detail: ErrorDetails, paths: set[Path]) -> bool:
    """True for complaints about a whole that only repeat those about its parts.

    pydantic counts refused items as absent ("at least 1 item"), and tries every member of a union: where one member
    got further into the value, the others' complaints about the whole say nothing.
    """
    inside = any(len(other) > len(path) and other[: len(path)] == path for other in paths)
    of_whole = detail["type"] in ("too_short", "enum", "missing") or detail["type"].endswith("_type")
    return inside and of_whole and not (detail["type"] == "missing" and len(detail["loc"]) == len(path) + 1)


def _path_in(data: Any, loc: tuple[int | str, ...]) -> Path:
    """Drop the parts of a pydantic location that are not in the data (names of union members and the like)."""
    path: Path = ()
    for part in loc:
        if isinstance(data, dict):
            inside = part in data
        else:
            inside = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if inside:
            path, data = (*path, part), data[part]
    return path


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list | tuple) else value


def _mend(data: Any, path: Path, detail: ErrorDetails, stand_ins: Mapping[str, Any]) -> None:
    """Put a stand-in, or _GONE, where `detail` complains."""
    if detail["type"] == "missing":
        name = str(detail["loc"][-1])
        parent = _reach(data, path)
        if name in stand_ins and isinstance(parent, dict):
            parent[name] = _copied(stand_ins[name])
            return
    if not path:
        if detail["type"] == "missing":
            data[_GONE] = True
        return
    holder = _reach(data, path[:-1])
    if holder is None or holder is _GONE:
        return
    known = detail["type"] != "extra_forbidden" and path[-1] in stand_ins
    holder[path[-1]] = _copied(stand_ins[str(path[-1])]) if known else _GONE


def _reach(data: Any, path: Path) -> Any:
    for part in path:
        if not isinstance(data, dict | list):
            return None
        data = data[part]  # type: ignore[index] # a path of this very data: int for lists
    return data


def _swept(value: Any) -> Any:
    if isinstance(value, dict):
        if _GONE in value:
            return _GONE
        return {key: item for key, old in value.items() if (item := _swept(old)) is not _GONE}
    if isinstance(value, list):
        return [item for old in value if (item := _swept(old)) is not _GONE]
    return value
