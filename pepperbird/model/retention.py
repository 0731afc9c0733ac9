"""How long the store keeps what, and where it is backed up to, from `site.yaml`."""

from __future__ import annotations

from pepperbird.model.base import Model, PositiveInt, Text


class Retention(Model):
    """How many days the store keeps what; what is left out is kept for ever.

    `transcripts` is what machines said, `partial_runs` those of a selection or that never ended, `runs` all of a run.
    Of full runs older than `every_run` only the newest of each month of each agency stays. `schedules` is what became
    of schedules and of scans that were handed over, `kits` those that can bring nothing any more, from their end on.
    """

    transcripts: PositiveInt | None = None
    partial_runs: PositiveInt | None = None
    runs: PositiveInt | None = None
    every_run: PositiveInt | None = None
    schedules: PositiveInt | None = None
    kits: PositiveInt | None = None


class Backups(Model):
    """Where `pepperbird backup` puts copies of the store. `doctor` asks for one within `days`.

    The newest `keep` stay, and the newest of each of the last `months`.
    """

    to: Text
    keep: PositiveInt = 14
    months: PositiveInt = 6
    days: PositiveInt = 2
