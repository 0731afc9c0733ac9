"""What `serve` does by itself beside scanning, from `site.yaml`."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from pepperbird.model.base import Bool, Model

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""`07:00`, on the clock of the site."""


class Serve(Model):
    """`deliver`: when a full run of a schedule has ended, its reports go out; digests go out on their day.

    `prune` is when, once a day, what is older than `defaults: {retention: ...}` keeps it is taken out.
    """

    deliver: Bool = False
    prune: TimeOfDay | None = None
