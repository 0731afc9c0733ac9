"""Moments as this package counts with them, and as the store keeps them: RFC 3339, UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime

from pepperbird.fleet.due import Last
from pepperbird.store.schedules import Standing

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def utc_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_FORM)


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def last_of(standing: Standing) -> Last:
    """What `due` must know of a schedule."""
    return Last(moment_of(standing.tick), moment_of(standing.answered), standing.run)
