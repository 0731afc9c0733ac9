"""The base of every model that is read from a file: frozen, no unknown keys, no silent conversion.

YAML and CSV give text, whole numbers, truth values, lists and maps. A field never turns one into another: "5" is not
5, and `no` is text (strict YAML 1.2), so it is refused where a truth value is wanted.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

Str = Annotated[str, Strict()]
Int = Annotated[int, Strict()]
Bool = Annotated[bool, Strict()]
Number = Annotated[int, Strict()] | Annotated[float, Strict()]
Text = Annotated[str, Strict(), StringConstraints(strip_whitespace=True, min_length=1)]
"""Prose for people: never empty."""
Identifier = Annotated[str, Strict(), StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
"""A name that is also an identifier of the check language."""
Slug = Annotated[str, Strict(), StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)]
"""A name in the register or of a file: lower case, no spaces."""
Expression = Annotated[str, Strict(), StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
"""Text of the check language (CEL); compiled and type-checked when content is read."""
PositiveInt = Annotated[int, Strict(), Field(gt=0)]
Percent = Annotated[int, Strict(), Field(ge=0, le=100)]


class Model(BaseModel):
    """A value read from a file."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)
