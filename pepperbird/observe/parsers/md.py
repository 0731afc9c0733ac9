"""Linux software RAID from /sys, and the schedule of its checks."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.text import keyed, number, unknown, whole

REDUNDANT: Final = frozenset({"raid1", "raid4", "raid5", "raid6", "raid10"})
_LEVELS: Final = REDUNDANT | {"raid0", "linear", "multipath", "faulty", "container", ""}
_KEYS: Final = frozenset({
    "level", "array_state", "metadata_version", "raid_disks", "layout", "degraded", "mismatch_cnt", "sync_action",
    "last_sync_action",
})  # fmt: skip
_STATES: Final = frozenset({
    "clear", "inactive", "suspended", "readonly", "read-auto", "clean", "active", "write-pending", "active-idle",
    "broken",
})  # fmt: skip
_STANDING: Final = frozenset({"clear", "inactive", "broken"})
_NAME: Final = re.compile(r"md[A-Za-z0-9_.-]*")


def md_arrays(output: bytes) -> dict[str, Any]:
    """`arrays`, and of those `degraded` and `mismatched`. Containers (Intel, DDF) and emptied devices are none."""
    known: dict[str, dict[str, Any]] = {}
    for line in whole(output):
        name, _, rest = line.partition(" ")
        key, _, value = rest.partition(" ")
        array = known.setdefault(name, {"members": []})
        if not _NAME.fullmatch(name) or key in array:
            raise unknown(line)
        if key == "member":
            array["members"].append(value)
        elif key in _KEYS:
            array[key] = value
        else:
            raise unknown(line)
    arrays = [_array(name, one) for name, one in sorted(known.items()) if not _is_shell(one)]
    return {
        "arrays": arrays,
        "degraded": [{"name": one["name"], "missing": one["missing"]} for one in arrays if one["missing"]],
        "mismatched": [{"name": one["name"], "mismatches": one["mismatches"]} for one in arrays if one["mismatches"]],
    }


def _is_shell(array: dict[str, Any]) -> bool:
    """A container of other arrays, or a device without anything in it."""
    metadata = array.get("metadata_version", "")
    container = metadata.startswith("external:") and not metadata.startswith(("external:/", "external:-"))
    return container or (array.get("array_state") == "clear" and not array["members"])


def _array(name: str, array: dict[str, Any]) -> dict[str, Any]:
    level, state = array.get("level"), array.get("array_state")
    if level not in _LEVELS or state not in _STATES:
        raise ValueError(f"{name} has a level or a state that is not known")
    running = state not in _STANDING
    disks = number(array.get("raid_disks", "").partition(" ")[0])
    redundant = level in REDUNDANT and disks >= 2 and _copies(level, array) >= 2
    if running and level in REDUNDANT and not {"degraded", "mismatch_cnt", "sync_action"} <= array.keys():
        raise ValueError(f"{name} is redundant and does not tell its state")
    return {
        "name": name,
        "level": level or "none",
        "state": state,
        "running": running,
        "redundant": redundant,
        "disks": disks,
        "missing": number(array["degraded"]) if array.get("degraded") else 0,
        "action": array.get("sync_action") or "none",
        "mismatches": number(array["mismatch_cnt"]) if array.get("mismatch_cnt") else 0,
        "checked": _checked(array),
        "mirrored": level in ("raid1", "raid10"),
    }


def _checked(array: dict[str, Any]) -> bool | Gap:
    """Whether what the counter says comes from a check: after a restart it is zero whatever the disks hold."""
    if array.get("last_sync_action") is None:
        return Gap(GapReason.UNSUPPORTED, "This kernel does not tell whether a check has ended since the start.")
    return array["last_sync_action"] in ("check", "repair")


def _copies(level: str, array: dict[str, Any]) -> int:
    """How many copies raid10 keeps: near copies in the low byte of its layout, far ones in the next."""
    if level != "raid10":
        return 2
    layout = number(array.get("layout", "").partition(" ")[0])
    return (layout & 0xFF) * (layout >> 8 & 0xFF)


def md_schedule(output: bytes) -> dict[str, Any]:
    """`way`, `every_days` and, for a timer that has run, `last`: the timer first, else cron where it runs."""
    told: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in ("timer", "cron", "switch", "daemon"):
            raise unknown(f"{key} {value}")
        told.setdefault(key, []).append(value)
    off = any(_is_off(one) for one in told.get("switch", ()))
    timers = [timer for timer in map(_timer, told.get("timer", ())) if timer is not None]
    timers = [timer for timer in timers if not (off and timer["way"] == "raid-check.timer")]
    if timers:
        return max(timers, key=lambda one: one["last"] or "")
    if told.get("cron") and told.get("daemon") and not off:
        return {"way": "cron", "every_days": min(map(_every, told["cron"])), "last": None}
    return {"way": "none", "every_days": 0, "last": None}


def _is_off(switch: str) -> bool:
    _, _, value = switch.partition(" ")
    return value.lower() not in ("true", "yes", "1")


def _timer(text: str) -> dict[str, Any] | None:
    """One timer that is switched on; those of mdadm and raid-check come at least once a month."""
    unit, _, said = text.partition(" ")
    values = dict(part.partition("=")[::2] for part in said.split(";") if part)
    if not {"LoadState", "ActiveState"} <= values.keys():
        raise unknown(text)
    if values["ActiveState"] != "active":
        return None
    every = 7 if unit == "raid-check.timer" else 35
    return {"way": unit, "every_days": every, "last": _moment(values.get("LastTriggerUSec", ""))}


def _moment(text: str) -> str | None:
    """`Sun 2026-11-22 00:57:01 UTC`, or none where a timer has not run yet."""
    if text in ("", "n/a", "0"):
        return None
    words = text.split(" ")
    if len(words) != 4 or words[3] != "UTC":
        raise unknown(text)
    moment = datetime.strptime(f"{words[1]} {words[2]}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _every(line: str) -> int:
    """The longest gap in days that a cron line leaves: one in the first week of a month leaves up to 35."""
    words = line.split()
    if words and words[0].startswith("@"):
        named = {"@daily": 1, "@midnight": 1, "@hourly": 1, "@weekly": 7, "@monthly": 31}
        return named.get(words[0], 366)
    if len(words) < 7:
        raise unknown(line)
    _, _, day, month, weekday = words[:5]
    if month != "*":
        return 366
    if "date" in line:
        return 35
    if day != "*":
        return 31
    return 7 if weekday != "*" else 1
