"""Disks from /sys, and smartctl's verdicts: its exit status is a bit mask, and only a verdict that was read counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.text import Unseen, number, unknown, whole

NOT_READ: Final = 0b00000111
"""The command line was not understood, the disk did not open, or a command to it failed: nothing was learnt."""
FAILING: Final = 0b00011000
HISTORY: Final = 0b11100000
_KEYS: Final = {"path", "size", "device/vendor", "device/model", "device/type", "serial"}
_ELSEWHERE: Final = re.compile(r"/(usb[0-9]+|session[0-9]+)/")
"""A disk on USB comes and goes; one of iSCSI is another machine's."""
_MADE_UP: Final = re.compile(
    r"qemu|vbox|vmware|virtual|msft|xen|google|persistentdisk|amazon elastic|red hat|nutanix|parallels|bhyve|proxmox",
    re.IGNORECASE,
)
_PARAVIRTUAL: Final = re.compile(
    r"/(virtio[0-9]+|vbd-[0-9]+|vmbus[^/]*|VMBUS[^/]*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})/"
)
_GOOD: Final = re.compile(r"SMART (overall-health self-assessment test result: PASSED|Health Status: OK)")
_BAD: Final = re.compile(r"SMART (overall-health self-assessment test result: FAILED!|Health Status: (?!OK).+)")
_NO_TOOL: Final = Gap(
    GapReason.NOT_FOUND, "smartctl is not installed, so that nobody asks the disk.", "install smartmontools"
)


def smart_disks(output: bytes) -> dict[str, dict[str, str]]:
    """Disks by name."""
    disks: dict[str, dict[str, str]] = {}
    for line in whole(output):
        name, _, rest = line.partition(" ")
        key, _, value = rest.partition(" ")
        disk = disks.setdefault(name, {})
        if key not in _KEYS or key in disk:
            raise unknown(line)
        disk[key] = value.strip()
    if not all({"path", "size"} <= disk.keys() for disk in disks.values()):
        raise ValueError("a disk without its place or size")
    return {name: disk for name, disk in disks.items() if number(disk["size"])}


def smart_health(output: bytes) -> dict[str, tuple[str, list[str]]]:
    """By disk, smartctl's exit status (`none` without the tool) and what it said."""
    said: dict[str, tuple[str, list[str]]] = {}
    lines: list[str] | None = None
    for line in whole(output):
        words = line.split(" ")
        if words[0] == "disk" and len(words) == 3 and words[1] not in said:
            lines = []
            said[words[1]] = (words[2], lines)
        elif words[0] == "|" and lines is not None:
            lines.append(line[2:])
        else:
            raise unknown(line)
    return said


def smart_table(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`rows` of disks, and `serials` of those built in. Verdicts that could not be had stay Gaps of their own disk."""
    disks, health = inputs["disks"], inputs["health"]
    if isinstance(disks, Gap):
        raise Unseen(disks)
    rows = [_row(name, disk, health) for name, disk in sorted(disks.items())]
    return {"rows": rows, "serials": _serials(rows, disks)}


def _serials(rows: list[dict[str, Any]], disks: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
    """Of a disk with several ways to it one row."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        disk = disks[row["name"]]
        serial = clean(disk.get("serial", ""), 60).strip()
        if row["physical"] and serial and not _ELSEWHERE.search(disk["path"]):
            found.setdefault(serial, {"serial": serial, "name": row["name"], "model": row["model"]})
    return [found[serial] for serial in sorted(found)]


def _row(name: str, disk: Mapping[str, str], health: Any) -> dict[str, Any]:
    model = clean(" ".join(filter(None, (disk.get("device/vendor"), disk.get("device/model")))), 80)
    row = {"name": name, "model": model, "physical": not _made_up(name, disk, model)}
    if not row["physical"]:
        return row | {"failing": False, "worn": False}
    if not isinstance(health, Gap):
        health = health.get(name) or Gap(GapReason.UNSUPPORTED, "smartctl has no way to ask this kind of disk.")
    verdict = health if isinstance(health, Gap) else _verdict(*health)
    if isinstance(verdict, Gap):
        return row | {"failing": verdict, "worn": verdict}
    return row | {"failing": bool(verdict & FAILING), "worn": bool(verdict & HISTORY)}


def _made_up(name: str, disk: Mapping[str, str], model: str) -> bool:
    """Whether a hypervisor or a cloud makes the disk up, by its bus or by the name it gives itself."""
    if name.startswith(("vd", "xvd")) or _PARAVIRTUAL.search(disk["path"]):
        return True
    return _MADE_UP.search(model) is not None


def _verdict(status: str, lines: list[str]) -> int | Gap:
    """The bit mask, where a verdict was read that agrees with it."""
    if status == "none":
        return _NO_TOOL
    mask = number(status)
    good = any(_GOOD.match(line) for line in lines)
    bad = any(_BAD.match(line) for line in lines)
    if bad or (mask & FAILING and not mask & 0b11):
        return mask | 0b1000 if bad else mask
    if mask & NOT_READ or not good:
        words = [line for line in lines if not line.startswith(("smartctl ", "Copyright ", "==="))]
        said = clean("; ".join(words), 160)
        return Gap(GapReason.UNSUPPORTED, f"smartctl could not read it (status {mask}): {said}.",
                   "behind a RAID controller, hand in the report of the array instead")  # fmt: skip
    return mask
