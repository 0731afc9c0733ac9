"""Template: the words of a fillable document, as read from `policies/documents/<clause>.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pepperbird.model.base import Model, Text
from pepperbird.model.policy import ClauseId


class TemplateSection(Model):
    """One section that the standard asks for: what to write there, and an example to be replaced."""

    name: Text
    write: Text
    example: Text


class DocumentTemplate(Model):
    """What a document is for and how to fill it in. `form: table` has a column per section, `text` a heading."""

    clause: ClauseId
    purpose: Text
    start: Text
    """How to begin: whom to ask, what to have at hand."""
    effort: Text
    form: Literal["table", "text"]
    rows: int = Field(default=10, ge=1, le=40)
    """Empty rows of a table."""
    sections: tuple[TemplateSection, ...] = Field(min_length=1)
