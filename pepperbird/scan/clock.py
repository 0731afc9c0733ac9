"""The clock and chance of a scan, in one place: everything below takes time as an argument."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


def now() -> str:
    """The time in UTC to the second, RFC 3339 with Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_run_id(at: str) -> str:
    """An id that sorts by time: `20261123T231500Z-3f9a1c`."""
    return at.replace("-", "").replace(":", "") + "-" + secrets.token_hex(3)
