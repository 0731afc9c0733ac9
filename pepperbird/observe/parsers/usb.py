"""What would happen if somebody plugged in a USB disk: the state of the usb-storage driver."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import keyed, unknown, unseen, whole

_REFUSING: Final = re.compile(r"install usb[-_]storage (/usr)?/s?bin/(false|true|nologin)( .*)?")
_BLACKLIST: Final = re.compile(r"blacklist usb[-_]storage ?")


def usb_storage(output: bytes) -> dict[str, str]:
    """`state`: loaded, blocked, blacklisted, absent or available; Unseen where the kernel does not tell."""
    told: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in ("present", "modules", "disabled", "tree", "file", "builtin", "config"):
            raise unknown(f"{key} {value}")
        told.setdefault(key, []).append(value)
    return {"state": _state(told)}


def _state(told: dict[str, list[Any]]) -> str:
    """What modprobe is told goes before what the kernel lacks: the next kernel may have the driver."""
    config = [" ".join(line.split()) for line in told.get("config", [])]
    if "present" in told or "builtin" in told:
        return "loaded"
    if told.get("modules") not in (["yes"], ["no"]):
        raise unseen(GapReason.UNSUPPORTED, "The kernel does not tell which drivers it has loaded.")
    if any(_REFUSING.fullmatch(line) for line in config) or told.get("disabled") == ["1"]:
        return "blocked"
    if any(_BLACKLIST.fullmatch(line) for line in config):
        return "blacklisted"
    if told["modules"] == ["no"] or ("tree" in told and "file" not in told):
        return "absent"
    return "available"
