"""Where something of a server or a repository is kept on another server, as the register declares it."""

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


class Drills(Model):
    """Who proves a repository: the fingerprint of the key that results are signed with (`pepperbird-drill key` prints
    it), and the server that they lie on, where it is not the one that the repository lies on."""

    key: Annotated[str, StringConstraints(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")]
    on: Slug | None = None
