"""/sys/class/block to devices: what each stands on, whether it encrypts, whether it can be pulled out."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.observe.text import number, unknown, whole

SECTOR: Final = 512
ENCRYPTING: Final = re.compile(r"CRYPT-(LUKS[12]|PLAIN|TCRYPT|LOOPAES|BITLK|FVAULT2)-?.*")
"""Of the device mapper's names those that mean encryption; CRYPT-VERITY and CRYPT-INTEGRITY only check."""
_KEYS: Final = {
    "dev", "size", "path", "removable", "device/type", "dm/uuid", "dm/name", "md/level", "loop/backing_file",
    "partition",
}  # fmt: skip
_RAID: Final = frozenset({"raid1", "raid4", "raid5", "raid6", "raid10"})
_LVM_PART: Final = re.compile(r"_[rm]image_[0-9]+$")
_HOTPLUG: Final = re.compile(r"/(usb[0-9]+|fw[0-9]+|mmc_host|pcmcia[^/]*)/")


def sys_block(output: bytes) -> dict[str, Any]:
    """`devices` by name, `volumes` (btrfs id to its devices), and `rows` of those with something on them."""
    devices: dict[str, dict[str, Any]] = {}
    volumes: dict[str, list[str]] = {}
    for line in whole(output):
        words = line.split(" ", 2)
        if len(words) < 2:
            raise unknown(line)
        name, key, value = words[0], words[1], words[2] if len(words) == 3 else ""
        if key == "btrfs":
            volumes.setdefault(value, []).append(name)
            continue
        device = devices.setdefault(name, {"slaves": []})
        if key == "slave":
            device["slaves"].append(value)
        elif key in _KEYS and key not in device:
            device[key] = value
        else:
            raise unknown(line)
    for device in devices.values():
        if not {"dev", "size", "path"} <= device.keys():
            raise ValueError("a block device without its number, size or place")
        device["size"] = number(device["size"]) * SECTOR
    rows = [_row(devices, name) for name in sorted(devices) if devices[name]["size"]]
    return {"devices": devices, "volumes": volumes, "rows": rows}


def _row(devices: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    return {
        "name": name,
        "kind": _kind(name, devices[name]),
        "size": devices[name]["size"],
        "removable": removable(devices, name),
        "parents": below(devices[name]),
    }


def below(device: dict[str, Any]) -> list[str]:
    """The devices that one stands on: its disk for a partition, else what /sys calls its slaves."""
    return [device["partition"]] if "partition" in device else list(device["slaves"])


def _kind(name: str, device: dict[str, Any]) -> str:
    uuid = device.get("dm/uuid", "")
    if ENCRYPTING.fullmatch(uuid):
        return "crypt"
    if "dm/name" in device:
        return "lvm" if uuid.startswith("LVM-") else "dm"
    if "md/level" in device:
        return "raid"
    if "partition" in device:
        return "part"
    if name.startswith("sr"):
        return "rom"
    return "loop" if name.startswith("loop") else "disk"


def encrypted(devices: dict[str, dict[str, Any]], name: str, depth: int = 0) -> bool:
    """Whether all that is written passes an encryption layer. Raises ValueError for an unknown device or a ring."""
    if name not in devices or depth > 16:
        raise ValueError("a block device that /sys does not show")
    device = devices[name]
    if ENCRYPTING.fullmatch(device.get("dm/uuid", "")):
        return True
    parents = below(device)
    return bool(parents) and all(encrypted(devices, parent, depth + 1) for parent in parents)


def removable(devices: dict[str, dict[str, Any]], name: str, depth: int = 0) -> bool:
    """Whether any device under it can be pulled out. Raises ValueError for an unknown device or a ring."""
    if name not in devices or depth > 16:
        raise ValueError("a block device that /sys does not show")
    device = devices[name]
    if "/mmc_host/" in device["path"] and device.get("device/type") == "MMC":
        return False  # soldered memory; a card says SD
    if device.get("removable") == "1" or _HOTPLUG.search(device["path"]):
        return True
    return any(removable(devices, parent, depth + 1) for parent in below(device))


def foundations(devices: dict[str, dict[str, Any]], names: list[str], depth: int = 0) -> list[str]:
    """What must hold for data on `names` to survive: bare disks, and the first RAID met on the way down to them.

    An array of the md driver and a volume of LVM that has RAID parts stand for all that is below them, whatever their
    kind is; so each of these can be looked up by its name, and a name that nobody knows is a disk that may not fail.
    """
    found: list[str] = []
    for name in names:
        if name not in devices or depth > 16:
            raise ValueError("a block device that /sys does not show")
        device = devices[name]
        parents = below(device)
        if device.get("md/level") in _RAID or any(_LVM_PART.search(_mapped(devices, one)) for one in parents):
            found.append(device.get("dm/name", name))
        else:
            found += foundations(devices, parents, depth + 1) if parents else [name]
    return sorted(set(found))


def _mapped(devices: dict[str, dict[str, Any]], name: str) -> str:
    return str(devices.get(name, {}).get("dm/name", ""))
