"""How long the store keeps what, from `site.yaml`."""

from __future__ import annotations

from pepperbird.model.base import Model, PositiveInt


class Retention(Model):
    """How many days the store keeps what; what is left out is kept for ever.

    `transcripts` is what machines said, `partial_runs` those of a selection or that never ended, `runs` all of a run.
    """

    transcripts: PositiveInt | None = None
    partial_runs: PositiveInt | None = None
    runs: PositiveInt | None = None
