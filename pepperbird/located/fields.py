"""Which keys a model knows at a place of its data, for suggestions. Never raises: an odd annotation knows none."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from pepperbird.located.document import Path


def known_keys(model: type[BaseModel], path: Path) -> list[str]:
    """The keys of the map at `path` as a file writes them (aliases), [] where it is no model's."""
    here: list[Any] = [model]
    for part in path:
        here = [inner for outer in here for inner in _inside(outer, part)]
    return sorted({key for one in here for key in _keys(one)})


def _keys(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield field.alias or name


def _inside(annotation: Any, part: str | int) -> Iterator[Any]:
    """What may stand at `part` of a value so annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if part in (field.alias, name):
                yield from _members(field.annotation)
        return
    arguments = [one for one in get_args(annotation) if one is not Ellipsis]
    if get_origin(annotation) is dict:
        arguments = arguments[1:]
    if get_origin(annotation) in (dict, tuple, list):
        for argument in arguments:
            yield from _members(argument)


def _members(annotation: Any) -> Iterator[Any]:
    """The annotation itself, or each member of a union, without what only annotates it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _members(one)
    else:
        yield annotation
