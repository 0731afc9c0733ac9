"""Why a run is held against the one that it is: it was named, it is the one before, or its report was the last."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Against(StrEnum):
    """What a run is held against."""

    NAMED = "named-run"
    BEFORE = "run-before"
    REPORT = "last-report"


@dataclass(frozen=True, slots=True)
class Since:
    """Why a run is held against that one. `delivered` is when the report of that one was.

    `gone` is when the last report was delivered, where its run is not kept any more, and `own` when the report of the
    run itself was; '' for never.
    """

    against: Against = Against.NAMED
    delivered: str = ""
    gone: str = ""
    own: str = ""


NAMED = Since()
"""Somebody named both runs."""
