"""What keeps the clock: chrony in its own machine-readable words, and the kernel's clock as systemd tells it.

chronyd that runs and does not answer is no answer; that it does not run counts only where all processes can be seen.
"""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import keyed, number, unknown, unseen, whole

_TRACKING: Final = 14
_SOURCE: Final = 10
_LOCAL: Final = {"7F7F0101", "00000000"}
_FOLLOWS: Final = {"Normal", "Insert second", "Delete second"}
_LEAPS: Final = _FOLLOWS | {"Not synchronised"}
_STATES: Final = {
    "*": "selected", "+": "combined", "-": "not combined", "?": "unreachable", "x": "falseticker", "~": "variable",
}  # fmt: skip
_ANSWERS: Final = {"yes": True, "no": False, "active": True, "inactive": False, "n/a": False}
_SYNCHRONISED: Final = {"NTPSynchronized", "NTP synchronized", "System clock synchronized"}
_SERVICE: Final = {"NTP", "NTP enabled", "NTP service"}


def chrony(output: bytes) -> dict[str, Any]:
    """`running`, and where it runs `synchronised`, `offset_ms`; always `sources`."""
    told: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in ("sees", "process", "tracking", "source", "failed", "absent"):
            raise unknown(f"{key} {value}")
        told.setdefault(key, []).append(value)
    sees = told.get("sees", [])
    if sees not in (["all"], ["own"]):
        raise ValueError("what processes could be seen was not told")
    if "tracking" in told:
        sources = [_source(one) for one in told.get("source", [])]
        return {"running": True, **_tracking(told["tracking"]), "sources": sources}
    if "process" in told:
        why = told.get("failed", ["chronyc, which asks it, is not installed"])[0]
        raise unseen(
            GapReason.UNSUPPORTED, f"chronyd runs, but does not tell its state: {why}",
            "try chronyc -n -c tracking as the scanning account (it needs chrony 2.4 or later and no `cmdport 0`)",
        )  # fmt: skip
    if sees == ["own"]:
        raise unseen(
            GapReason.DENIED, "The processes of other users are hidden from the scanning account (hidepid).",
            "mount /proc with gid= of a group that the scanning account is in, or without hidepid",
        )  # fmt: skip
    if "failed" not in told and "absent" not in told:
        raise ValueError("chronyc was not asked")
    return {"running": False, "sources": []}


def _tracking(lines: list[str]) -> dict[str, Any]:
    words = lines[0].split(",")
    if len(lines) != 1 or len(words) != _TRACKING or words[-1] not in _LEAPS:
        raise unknown(lines[0])
    return {
        "synchronised": words[-1] in _FOLLOWS and words[0] not in _LOCAL,
        "offset_ms": math.ceil(abs(_seconds(words[4])) * 1000),
    }


def _source(line: str) -> dict[str, Any]:
    words = line.split(",")
    if len(words) != _SOURCE or words[0] not in ("^", "=", "#") or words[1] not in _STATES:
        raise unknown(line)
    number(words[3])
    return {"name": words[2], "state": _STATES[words[1]], "used": words[1] in "*+"}


def _seconds(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("an offset that is not a number") from error
    if not abs(value) < 10**12:
        raise ValueError("an offset out of range")
    return value


def timedatectl(output: bytes) -> dict[str, Any]:
    """`synchronised`, and `service` where it is told."""
    found: dict[str, bool] = {}
    for key, value in keyed(whole(output)):
        name, equals, answer = value.partition("=")
        field = "synchronised" if name in _SYNCHRONISED else "service" if name in _SERVICE else ""
        if key not in ("show", "status") or not equals or not field or field in found or answer not in _ANSWERS:
            raise unknown(f"{key} {value}")
        found[field] = _ANSWERS[answer]
    if "synchronised" not in found:
        raise ValueError("timedatectl does not tell whether the clock is synchronised")
    return dict(found)
