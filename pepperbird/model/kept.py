"""Where something of a server is kept on another one, as the register declares it."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from pepperbird.model.base import Model, Slug

PlainPath = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9_@+-][A-Za-z0-9_@+.-]*)+/?$", max_length=255)]
"""An absolute path of letters, digits and `. _ + @ -`, so that it means itself to every tool."""


class Kept(Model):
    """The server that keeps it, and the path there. Nothing else lies at that path."""

    on: Slug
    path: PlainPath
