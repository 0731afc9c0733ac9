"""Snapshots of LVM that the register declares as repositories: their times, which can be read, their room and disks.

A thick snapshot has room of its own for what changes, and is lost when that is full; a thin one lives in the room of
its pool. Both lie in the volume group of their data. What lvs cannot see of a volume that is not active is a Gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import ceil
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.devices import ENCRYPTING, encrypted, removable, sys_block
from pepperbird.observe.parsers.repositories import few, points, sections, unread
from pepperbird.observe.text import unknown, whole

_PAIR: Final = re.compile(r"LVM2_([A-Z_]+)='([^']*)'")
_WANTED: Final = {
    "VG_NAME", "LV_NAME", "LV_ATTR", "ORIGIN", "POOL_LV", "LV_TIME", "DATA_PERCENT", "METADATA_PERCENT",
}  # fmt: skip
_PARTS: Final = ("_corig", "_wcorig", "_iorig")
"""Endings that LVM keeps for what a cache or a checksum lies over: that `origin` is no snapshot's."""
_STATE: Final = ("path", "broken", "fullest", "used_pct", "encrypted", "removable")
_COUNTED: Final = ("newest", "oldest", "count", "days", "minutes")
_DEEPEST: Final = 16
_FULL: Final = 100
_OVERFLOWED: Final = frozenset("IS")
_UNMERGED: Final = frozenset("mM")
_ACTIVE: Final = frozenset("asc")
"""Active, suspended for a moment, and a pool whose metadata should be checked."""
_POOL: Final = {"F": "failed", "D": "has no room for data", "M": "has no room for metadata", "p": "lacks a disk"}

Volumes = Mapping[str, Mapping[str, str]]
"""By volume group and volume: what lvs says of it."""
Groups = Mapping[str, Sequence[str]]
"""By the volume that they are of: snapshots."""


def lvm_snapshots(output: bytes) -> dict[str, Any]:
    """`points` and `repositories` of every declared volume or volume group."""
    lines = whole(output)
    declared = sections([line for line in lines if line.startswith("repository ")])
    rest = [line for line in lines if not line.startswith("repository ")]
    rows: list[dict[str, Any]] = []
    repositories: list[dict[str, Any]] = []
    volumes = _volumes(rest)
    for name, (path, _) in declared.items():
        groups = _groups(path, volumes)
        if isinstance(groups, Gap):
            rows.append(unread(name, groups))
            repositories.append({"id": name, **dict.fromkeys(_STATE, groups)})
            continue
        rows += [_row(name, group, volumes, mine) for group, mine in sorted(groups.items())] or [points(name, ())]
        repositories.append({"id": name, "path": path, **_state(volumes, groups), **_under(rest, volumes, groups)})
    few(rows)
    return {"points": rows, "repositories": repositories}


def _volumes(lines: Sequence[str]) -> Volumes:
    found: dict[str, dict[str, str]] = {}
    for line in lines:
        if line.startswith("device "):
            continue
        values = dict(_PAIR.findall(line))
        name = f"{values.get('VG_NAME')}/{values.get('LV_NAME', '').strip('[]')}"
        if values.keys() != _WANTED or _PAIR.sub("", line).strip() != "volume" or name in found:
            raise unknown(line)
        found[name] = values
    return found


def _groups(path: str, volumes: Volumes) -> Groups | Gap:
    """The snapshots of the volume at the path, or of every volume in that volume group, by what they are of."""
    name = next((one for one in volumes if path == f"/dev/mapper/{_mapped(one)}"), path.removeprefix("/dev/"))
    if name in volumes:
        mine = [one for one in volumes if name in list(_origins(one, volumes))]
        return {name: mine}
    if "/" in name or not any(one.startswith(f"{name}/") for one in volumes):
        return Gap(
            GapReason.NOT_FOUND,
            f"LVM has neither a volume nor a volume group with volumes at {clean(path, 200)}.",
            "write /dev/GROUP or /dev/GROUP/VOLUME as `path:` in the register, as `lvs` shows them",
        )
    groups: dict[str, list[str]] = {}
    for one in volumes:
        above = list(_origins(one, volumes))
        if above and one.startswith(f"{name}/"):
            groups.setdefault(above[-1], []).append(one)
    return groups


def _origins(name: str, volumes: Volumes) -> Iterator[str]:
    """What a snapshot is of, and what that is a snapshot of, and so on; nothing for any other volume."""
    for _ in range(_DEEPEST):
        volume = volumes[name]
        origin = f"{volume['VG_NAME']}/{volume['ORIGIN'].strip('[]')}"
        if not volume["ORIGIN"] or origin.endswith(_PARTS):
            return
        if origin not in volumes:
            raise ValueError("a volume whose origin lvs does not show")
        # A thin volume over one outside its pool is what is worked with, no snapshot of it.
        pool = _pool(volume, volumes)
        if not _thick(volume) and (not pool or pool != _pool(volumes[origin], volumes)):
            return
        yield origin
        name = origin
    raise ValueError("snapshots of snapshots beyond all measure")


def _thick(volume: Mapping[str, str]) -> bool:
    return volume["LV_ATTR"][:1] in ("s", "S")


def _pool(volume: Mapping[str, str], volumes: Volumes) -> str:
    """The thin pool that a volume lies in, '' for any other; that of a cache is none."""
    name = f"{volume['VG_NAME']}/{volume['POOL_LV'].strip('[]')}"
    return name if volumes.get(name, {}).get("LV_ATTR", "").startswith("t") else ""


def _row(repository: str, group: str, volumes: Volumes, snapshots: Sequence[str]) -> dict[str, Any]:
    """One row of restore points: of what can be read. One that nobody can see hides how many there are."""
    times = []
    for name in snapshots:
        wrong = _lost(name, volumes)
        time = _seconds(name, volumes[name]["LV_TIME"])
        gap = next((one for one in (wrong, time) if isinstance(one, Gap)), None)
        if gap is not None:
            return points(repository, (), group=group) | dict.fromkeys(_COUNTED, gap)
        if not wrong and isinstance(time, int):
            times.append(time)
    return points(repository, times, group=group)


def _lost(name: str, volumes: Volumes) -> str | Gap:
    """Why a snapshot cannot be read any more, '' where it can; a Gap where that cannot be seen."""
    volume = volumes[name]
    state, health = volume["LV_ATTR"][4:5], volume["LV_ATTR"][8:9]
    if volume["LV_NAME"].startswith("[") or volume["LV_ATTR"][:1] == "S":
        return "is being merged back"
    if health == "p":
        return "lacks a disk"
    if not _thick(volume):
        pool = _pool(volume, volumes)
        if "F" in (health, volumes[pool]["LV_ATTR"][8:9]):
            return "lies in a pool that failed"
        return "" if volumes[pool]["LV_ATTR"][4:5] in _ACTIVE else _unseen(pool)
    if state in _OVERFLOWED:
        return "overflowed"
    if state in _UNMERGED:
        return "could not be merged back"
    if state not in _ACTIVE or not volume["DATA_PERCENT"]:
        return _unseen(name)
    return "is full" if _share(volume["DATA_PERCENT"]) >= _FULL else ""


def _unseen(name: str) -> Gap:
    return Gap(
        GapReason.UNSUPPORTED, f"{clean(name, 100)} is not active, so LVM cannot tell whether it is whole.",
        f"activate it, as root: lvchange -ay {clean(name, 100)}",
    )  # fmt: skip


def _state(volumes: Volumes, groups: Groups) -> dict[str, Any]:
    """What is broken, and what has the least room; a Gap where the worst could be what nobody can see."""
    names = [one for mine in groups.values() for one in mine]
    pools = sorted({pool for one in (*groups, *names) if (pool := _pool(volumes[one], volumes))})
    lost = {name: _lost(name, volumes) for name in names}
    broken = [f"{name} {wrong}" for name, wrong in lost.items() if isinstance(wrong, str) and wrong]
    health = {name: volumes[name]["LV_ATTR"][8:9] for name in pools}
    broken += [f"{name} {_POOL[letter]}" for name, letter in health.items() if letter in _POOL]
    gap = next((one for one in lost.values() if isinstance(one, Gap)), None)
    row: dict[str, Any] = {"broken": gap if gap and not broken else [clean(one, 200) for one in sorted(broken)][:50]}
    shares: dict[str, int] = {}
    for name in (*pools, *(one for one in names if _thick(volumes[one]))):
        told = [volumes[name][column] for column in ("DATA_PERCENT", "METADATA_PERCENT") if volumes[name][column]]
        if told:
            shares[name] = max(map(_share, told))
        elif isinstance(lost.get(name), str) and lost[name]:
            shares[name] = _FULL
        else:
            gap = gap or _unseen(name)
    if gap and _FULL not in shares.values():
        return row | {"fullest": gap, "used_pct": gap}
    fullest = max(sorted(shares), key=lambda one: shares[one], default=None)
    return row | ({} if fullest is None else {"fullest": clean(fullest, 200), "used_pct": shares[fullest]})


def _share(text: str) -> int:
    """Rounded up: what is nearly over a limit is not shown as under it."""
    try:
        share = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a share that is not a number") from error
    if not 0 <= share <= _FULL:
        raise ValueError("a share beyond 0 to 100")
    return ceil(share)


def _seconds(name: str, text: str) -> int | Gap:
    """LVM writes local time with its distance from UTC, unless somebody gave it a form of their own."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").timestamp())
    except ValueError:
        return Gap(
            GapReason.UNSUPPORTED, f"LVM does not tell in its usual form when {clean(name, 100)} was taken.",
            "remove `time_format` from /etc/lvm/lvm.conf, where it stands there",
        )  # fmt: skip


def _under(lines: Sequence[str], volumes: Volumes, groups: Groups) -> dict[str, Any]:
    """Whether all that is written to the volumes and their snapshots is encrypted, and whether a disk can be pulled."""
    told = [line.removeprefix("device ") for line in lines if line.startswith("device ")]
    if not told or told[-1] != "end":
        closed = Gap(GapReason.DENIED, "The kernel does not show this account what the volumes lie on (/sys).")
        return {"encrypted": closed, "removable": closed}
    devices = sys_block("".join(f"{line}\n" for line in told).encode())["devices"]
    nodes = {device["dm/name"]: name for name, device in devices.items() if "dm/name" in device}
    if not groups:
        none = Gap(GapReason.NOT_FOUND, "No volume there has a snapshot, so none shows what it lies on.")
        return {"encrypted": none, "removable": none}
    safe, out = True, False
    for group, snapshots in groups.items():
        top = nodes.get(_mapped(group))
        hidden = [one for one in snapshots if _thick(volumes[one]) and _mapped(one) not in nodes]
        if top is None or hidden:
            gap = _unseen(hidden[0] if top is not None else group)
            return {"encrypted": gap, "removable": gap}
        mine = [top, *(nodes[_mapped(one)] for one in snapshots if _mapped(one) in nodes)]
        safe = safe and (_all_ciphered(devices, top) or all(encrypted(devices, one) for one in mine))
        out = out or any(removable(devices, one) for one in mine)
    return {"encrypted": safe, "removable": out}


def _all_ciphered(devices: Mapping[str, Mapping[str, Any]], volume: str) -> bool:
    """Whether all that is written to the volume itself comes from an encryption layer that lies on it."""
    above = [device for device in devices.values() if volume in device["slaves"]]
    return bool(above) and all(ENCRYPTING.fullmatch(device.get("dm/uuid", "")) for device in above)


def _mapped(name: str) -> str:
    group, _, volume = name.partition("/")
    return f"{group.replace('-', '--')}-{volume.replace('-', '--')}"
