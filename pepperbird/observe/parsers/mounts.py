"""/proc/self/mountinfo and statfs lines, as the kernel writes them."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import WAKE, Gap, GapReason
from pepperbird.observe.text import number, unknown, whole

_ESCAPE: Final = re.compile(r"\\([0-7]{3})")
_DEVICE: Final = re.compile(r"[0-9]+:[0-9]+")
_NO_ROOM: Final = {
    "! denied": Gap(
        GapReason.DENIED, "How full it is could not be asked: the account may not reach it.",
        "let the scanning account pass the directories above the mount (chmod o+x, or an ACL for it alone)",
    ),
    "! late": Gap(GapReason.PROBE_TIMEOUT, "It hangs: asked how full it is, it did not answer in time.", WAKE),
    "!": Gap(GapReason.UNSUPPORTED, "The kernel did not tell how full it is."),
}  # fmt: skip


def plain(text: str) -> str:
    r"""A path as it is: the kernel writes space, tab, newline and backslash as \040, \011, \012, \134."""
    return _ESCAPE.sub(lambda found: chr(int(found.group(1), 8)), text)


def mountinfo(output: bytes) -> dict[str, Any]:
    """`mounts`: one record per mount point, the one on top where several lie on each other, in the kernel's order."""
    found: dict[str, dict[str, Any]] = {}
    for line in whole(output):
        left, mark, right = line.partition(" - ")
        front, back = left.split(" "), right.split(" ")
        if not mark or len(front) < 6 or len(back) < 2 or not _DEVICE.fullmatch(front[2]):
            raise unknown(line)
        target = plain(front[4])
        found.pop(target, None)
        options = front[5].split(",") + [o for o in (back[2].split(",") if len(back) > 2 else []) if o]
        found[target] = {
            "target": target,
            "escaped": front[4],
            "device": front[2],
            "fstype": back[0],
            "source": plain(back[1]),
            "options": list(dict.fromkeys(options)),
        }
    if "/" not in found:
        raise ValueError("no root file system among the mounts")
    return {"mounts": list(found.values())}


def statfs(output: bytes) -> dict[str, Any]:
    """Escaped mount point to its numbers in bytes and inodes, or the Gap that stands for them."""
    rooms: dict[str, Any] = {}
    for line in whole(output):
        target, _, numbers = line.partition(" ")
        if numbers in _NO_ROOM:
            rooms[target] = _NO_ROOM[numbers]
            continue
        words = numbers.split(" ")
        if not target or len(words) != 6:
            raise unknown(line)
        unit, blocks, free, available, inodes, inodes_free = map(number, words)
        if not available <= free <= blocks or inodes_free > inodes:
            raise ValueError("a file system with more free than there is")
        room = {"size": blocks * unit, "used": (blocks - free) * unit, "available": available * unit}
        if inodes:
            room |= {"inodes_total": inodes, "inodes_free": inodes_free}
        rooms[target] = room
    return rooms
