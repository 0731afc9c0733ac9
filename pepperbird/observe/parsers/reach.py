"""A mount that does not answer, as probes tell of it (`silent POINT KIND`, see head.sh)."""

from __future__ import annotations

from typing import Final

from pepperbird.expression.functions import under
from pepperbird.model.gap import WAKE, Gap, GapReason
from pepperbird.model.text import clean

_DEAD: Final = ("Stale file handle", "Transport endpoint is not connected", "Host is down", "Input/output error")
"""What the kernel says of a mount whose server forgot it, or of a disk that fails."""


def dead_mount(path: str, said: str) -> Gap | None:
    """The Gap of what lies on a mount that answers with such an error; None for whatever else was said."""
    if not any(word in said for word in _DEAD):
        return None
    return Gap(
        GapReason.NOT_FOUND, f"{clean(path, 200)} lies on a mount that is dead: {clean(said, 200)}", WAKE,
    )  # fmt: skip


def silent_mount(path: str, said: str, *, below: bool = False) -> Gap:
    """The Gap of what lies at `path`, on the mount that `said` names: nobody saw whether it is there.

    With `below`, of what lies below `path`, where that mount may be in the way.
    """
    point, _, kind = said.rpartition(" ")
    if not point.startswith("/") or not kind:
        raise ValueError("a mount without its name or its kind")
    on = f"{clean(point, 200)} ({clean(kind, 40)}), which hangs: it did not answer within 5 seconds"
    if below and not under(path, point):
        return Gap(GapReason.PROBE_TIMEOUT, f"A search below {clean(path, 200)} would wait for {on}.", WAKE)
    return Gap(
        GapReason.PROBE_TIMEOUT, f"{clean(path, 200)} lies on {on}, so nobody can say what is there.", WAKE,
    )  # fmt: skip
