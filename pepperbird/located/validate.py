"""Validate a parsed document against a pydantic model, giving located Issues instead of exceptions."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pepperbird.errors import Issue
from pepperbird.located.document import Document, was_yaml11_boolean

M = TypeVar("M", bound=BaseModel)


def validate(document: Document, model: type[M], **extra: Any) -> tuple[M | None, list[Issue]]:
    """The model built from `document` (with `extra` top-level values laid over it), or None with all that is wrong."""
    if document.issues:
        return None, list(document.issues)
    if not isinstance(document.data, dict):
        return None, [document.issue((), f"expected a map of {model.__name__.lower()} fields")]
    try:
        return model.model_validate({**document.data, **extra}), []
    except ValidationError as error:
        return None, _issues(document, error)


def _issues(document: Document, error: ValidationError) -> list[Issue]:
    found: dict[tuple[int, int, str], Issue] = {}
    for detail in error.errors(include_url=False):
        path = _real_path(document, detail["loc"])
        at_key = detail["type"] == "extra_forbidden"
        issue = document.issue(path, f"{_dotted(path)}{_say(detail)}", at_key=at_key)
        found.setdefault((issue.line, issue.column, issue.message), issue)
    return sorted(found.values())


def _real_path(document: Document, loc: tuple[int | str, ...]) -> tuple[str | int, ...]:
    """Drop the parts of a pydantic location that are not in the file (names of union members and the like)."""
    path: tuple[str | int, ...] = ()
    for part in loc:
        if (*path, part) in document.positions:
            path = (*path, part)
    return path


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path)) + ": " if path else ""


def _say(detail: ErrorDetails) -> str:
    kind, given = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return "unknown key; remove it or correct its spelling"
    if kind == "missing":
        return f"`{detail['loc'][-1]}` is missing; add it"
    message = detail["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if was_yaml11_boolean(given):
        return f"{message}; {given!r} is text in YAML 1.2, write true or false if a truth value is meant"
    if isinstance(given, str | int | float | bool):
        return f"{message}; found {str(given)[:60]!r}"
    return message
