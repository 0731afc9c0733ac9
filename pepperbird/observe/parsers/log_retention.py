"""How long logs stay: the oldest entries, the journal's limits, and logrotate's rules for the log of logins.

The age of a text log is told by when its oldest part was last written to: it is at least that old. What rotation keeps
is known only where it turns by time; a limit of size says nothing about days.
"""

from __future__ import annotations

import fnmatch
import re
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import keyed, number, time_of, unknown, unseen, whole

_KEYS: Final = {"born", "journal-oldest", "journal-limit", "journal-kibibytes", "journal-retention", "text", "rotate"}
_NEVER_SET: Final = 1262304000
"""2010: an entry from before was written by a machine whose clock was not set yet."""
_LOGINS: Final = ("/var/log/auth.log", "/var/log/secure")
_INTERVAL: Final = {"hourly": 0, "daily": 1, "weekly": 7, "monthly": 30, "yearly": 365}
_UNITS: Final = {
    "": 1, "s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400, "w": 604800,
    "week": 604800, "month": 2629800, "M": 2629800, "y": 31557600, "year": 31557600,
}  # fmt: skip


def retention(output: bytes) -> dict[str, Any]:
    """`oldest`, `host_since`, `rotation_days`, `journal_bytes`, `journal_limit`, `journal_max_days`."""
    told: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in _KEYS:
            raise unknown(f"{key} {value}")
        told.setdefault(key, []).append(value)
    if "born" not in told:
        raise ValueError("nothing tells since when the machine is set up")
    oldest = [number(one) // 1_000_000 for one in told.get("journal-oldest", [])]
    oldest += [number(one.partition(" ")[0]) for one in told.get("text", [])]
    if oldest and min(oldest) < _NEVER_SET:
        raise unseen(
            GapReason.UNSUPPORTED,
            "The oldest log entry was written while the clock was not set: its age is not known.",
            "remove the logs of that start: journalctl --vacuum-time=1000d",
        )  # fmt: skip
    kibibytes = told.get("journal-kibibytes", [])
    return {
        "oldest": time_of(min(oldest)) if oldest else None,
        "host_since": time_of(min(number(one) for one in told["born"])),
        "rotation_days": _rotation(told.get("rotate", [])),
        "journal_bytes": number(kibibytes[0]) * 1024 if kibibytes else None,
        "journal_limit": number(told["journal-limit"][-1]) if "journal-limit" in told else None,
        "journal_max_days": _span(told["journal-retention"][-1]) if "journal-retention" in told else None,
    }


def _span(text: str) -> int | None:
    """Whole days of a systemd time span such as `3month 2week`; None for 0, which is no limit."""
    words = re.findall(r"([0-9]+) *([A-Za-z]*)", text)
    if not words or "".join(a + b for a, b in words) != text.replace(" ", ""):
        raise unknown(text)
    seconds = 0
    for count, unit in words:
        short = unit if unit in _UNITS else unit.removesuffix("s").removesuffix("ond").removesuffix("ute")
        if short not in _UNITS:
            raise unknown(text)
        seconds += number(count) * _UNITS[short]
    return seconds // 86400 if seconds else None


def _rotation(lines: list[str]) -> int | None:
    """Days that logrotate keeps the log of logins; None where no rule that turns by time names it."""
    common: list[str] = []
    patterns: list[str] = []
    block: list[str] | None = None
    for line in lines:
        file, _, text = line.partition(":")
        text = text.partition("#")[0].strip()
        if not text:
            continue
        if block is not None:
            if text == "}":
                if any(fnmatch.fnmatchcase(log, one) for one in patterns for log in _LOGINS):
                    return _days([*common, *block])
                patterns, block = [], None
            else:
                block.append(text)
        elif text.startswith(("/", '"')) or text == "{":
            patterns += text.replace("{", " ").replace('"', " ").split()
            block = [] if text.endswith("{") else None
        elif file == "/etc/logrotate.conf":
            common.append(text)
    return None


def _days(settings: list[str]) -> int | None:
    interval, count, most = 7, 0, 0
    for words in (one.split() for one in settings):
        if words[0] in _INTERVAL:
            interval = _INTERVAL[words[0]]
        elif words[0] in ("rotate", "maxage") and len(words) > 1:
            value = number(words[1])
            count, most = (value, most) if words[0] == "rotate" else (count, value)
        elif words[0] in ("size", "maxsize") or words[0].startswith(("size=", "maxsize=")):
            return None
    days = interval * count
    return min(days, most) if most else days
