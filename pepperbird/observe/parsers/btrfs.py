"""btrfs: volumes from /sys and the state files of scrubs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.text import Unseen, number, time_of, unknown, whole

REDUNDANT: Final = frozenset({"raid1", "raid1c3", "raid1c4", "raid10", "raid5", "raid6"})
_PROFILES: Final = REDUNDANT | {"single", "dup", "raid0"}
_COUNTERS: Final = {"write_errs", "read_errs", "flush_errs", "corruption_errs", "generation_errs"}
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STATE: Final = re.compile(r"/var/lib/btrfs/scrub\.(status|progress)\.(" + _UUID.pattern + r"):(.*)")
_OLD: Final = Gap(
    GapReason.UNSUPPORTED, "This kernel does not show the error counters of btrfs in /sys (Linux 5.14 and later do).",
    "look by hand: btrfs device stats MOUNT-POINT, btrfs filesystem show",
)  # fmt: skip


def btrfs_volumes(output: bytes) -> dict[str, Any]:
    """`rows` of volumes."""
    volumes: dict[str, dict[str, Any]] = {}
    for line in whole(output):
        uuid, _, rest = line.partition(" ")
        key, _, value = rest.partition(" ")
        if not _UUID.fullmatch(uuid):
            raise unknown(line)
        volume = volumes.setdefault(uuid, {"devices": [], "profiles": [], "missing": {}, "errors": {}, "label": ""})
        if key == "label":
            volume["label"] = value
        elif key == "device":
            volume["devices"].append(value)
        elif key == "profile":
            volume["profiles"].append(_profile(value))
        elif key == "old":
            volume |= {"missing": _OLD, "errors": _OLD}
        elif key in ("missing", "errors"):
            member, _, said = value.partition(" ")
            volume[key][member] = number(said) if key == "missing" else _counters(said)
        else:
            raise unknown(line)
    return {"rows": [_row(uuid, volume) for uuid, volume in sorted(volumes.items())]}


def _profile(text: str) -> tuple[str, str]:
    kind, _, profile = text.partition(" ")
    if kind not in ("data", "metadata", "system", "mixed") or profile not in _PROFILES:
        raise unknown(text)
    return kind, profile


def _counters(text: str) -> int:
    words = text.split()
    values = dict(zip(words[::2], map(number, words[1::2]), strict=True))
    if values.keys() != _COUNTERS:
        raise unknown(text)
    return sum(values.values())


def btrfs_scrubs(output: bytes) -> dict[str, list[dict[str, int]]]:
    """By UUID, what the last scrub did to each device."""
    found: dict[str, list[dict[str, int]]] = {}
    for line in whole(output):
        match = _STATE.fullmatch(line)
        if match is None:
            raise unknown(line)
        rest = match.group(4)
        if match.group(1) == "progress" or rest.startswith("scrub status:"):
            if rest not in ("scrub status:1", "") and match.group(1) == "status":
                raise unknown(line)
            continue
        who, *parts = rest.split("|")
        uuid, _, device = who.partition(":")
        if uuid != match.group(2) or not device.isdigit():
            raise unknown(line)
        values = {key: number(value) for key, _, value in (part.partition(":") for part in parts)}
        found.setdefault(uuid, []).append(values)
    return found


def btrfs_table(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`rows`: what the last scrub of each volume found. A Gap in the scrubs is one of each volume."""
    volumes, scrubs = inputs["volumes"], inputs["scrubs"]
    if isinstance(volumes, Gap):
        raise Unseen(volumes)
    return {
        "rows": [
            {"id": one["id"], "label": one["label"], "devices": one["devices"]}
            | _scrub(scrubs if isinstance(scrubs, Gap) else scrubs.get(one["id"], []), one)
            for one in volumes["rows"]
        ]
    }


def _row(uuid: str, volume: Mapping[str, Any]) -> dict[str, Any]:
    missing, errors = volume["missing"], volume["errors"]
    kinds = {kind for kind, _ in volume["profiles"]}
    whole_picture = {"metadata", "system"} <= kinds and ("data" in kinds or "mixed" in kinds)
    safe = all(profile in REDUNDANT for _, profile in volume["profiles"])
    return {
        "id": uuid,
        "label": volume["label"],
        "devices": volume["devices"],
        "profiles": [f"{kind} {profile}" for kind, profile in volume["profiles"]],
        "redundant": whole_picture and safe,
        "missing": missing if isinstance(missing, Gap) else sum(missing.values()),
        "errors": errors if isinstance(errors, Gap) else sum(errors.values()),
    }


def _scrub(devices: Any, volume: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(devices, Gap):
        return dict.fromkeys(("started", "finished", "errors"), devices)
    if not devices:
        return {"started": None, "finished": False, "errors": 0}
    if not all({"t_start", "finished", "canceled", "uncorrectable_errors"} <= one.keys() for one in devices):
        raise ValueError("a scrub that does not tell how it ended")
    ended = all(one["finished"] == 1 and not one["canceled"] for one in devices)
    return {
        "started": time_of(min(one["t_start"] for one in devices)),
        "finished": ended and len(devices) >= len(volume["devices"]),
        "errors": sum(one["uncorrectable_errors"] for one in devices),
    }
