"""`zpool status` as every version prints it: layout, states, errors, scans."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pepperbird.model.text import clean
from pepperbird.observe.text import lines_of, number, unknown

_HEAD: Final = re.compile(
    r" *(pool|state|status|action|see|scan|scrub|remove|checkpoint|config|errors|comment|expand): ?(.*)"
)
_ROW: Final = re.compile(r"\t( *)(\S+)(?: +(\S+))?(?: +(\S+) +(\S+) +(\S+))?(?:  +(.*))?")
_GOOD: Final = frozenset({"ONLINE", "AVAIL", "INUSE", "HEALTHY"})
_STATES: Final = _GOOD | {"DEGRADED", "FAULTED", "OFFLINE", "UNAVAIL", "REMOVED", "SUSPENDED"}
_CLASSES: Final = frozenset({"logs", "cache", "spares", "special", "dedup", "replacement"})
_REDUNDANT: Final = re.compile(r"(mirror|raidz[1-3]?|draid[1-3]?(:[0-9a-z:]*)?)-[0-9]+")
_SHORT: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?([KMGTPE]?)")
_DONE: Final = re.compile(r"(scrub repaired|resilvered) \S+ in .+ with ([0-9]+) errors on (.+)")
_RUNNING: Final = re.compile(r"(scrub|resilver) (?:in progress|paused) since (.+)")
_CANCELED: Final = re.compile(r"scrub canceled on (.+)")
_NO_ERRORS: Final = "No known data errors"
_SOME: Final = re.compile(r"([0-9]+) data errors?, use '-v' for a list")


@dataclass
class _Pool:
    name: str
    fields: dict[str, list[str]] = field(default_factory=dict)


def zpool_status(output: bytes) -> dict[str, Any]:
    """`present`, `rows` and `degraded`. The word `absent` alone is a kernel without ZFS."""
    lines = lines_of(output)
    if lines == ["absent"]:
        return {"present": False, "rows": [], "degraded": []}
    if len(lines) < 3 or lines[0] != "present" or lines[-1] != "end":
        raise ValueError("the output does not begin and close with its marks")
    body = lines[1:-1]
    if body == ["no pools available"]:
        return {"present": True, "rows": [], "degraded": []}
    rows = [_row(pool) for pool in _pools(body)]
    degraded = [{"name": row["name"]} for row in rows if not row["healthy"]]
    return {"present": True, "rows": rows, "degraded": degraded}


def _pools(lines: list[str]) -> list[_Pool]:
    pools: list[_Pool] = []
    current: list[str] | None = None
    for line in lines:
        match = _HEAD.fullmatch(line) if not line.startswith("\t") else None
        if match is not None:
            if match.group(1) == "pool":
                pools.append(_Pool(match.group(2)))
            if not pools or match.group(1) in pools[-1].fields:
                raise unknown(line)
            current = pools[-1].fields.setdefault(match.group(1), [match.group(2)] if match.group(2) else [])
        elif current is None:
            raise unknown(line)
        elif line:
            current.append(line)
    return pools


def _row(pool: _Pool) -> dict[str, Any]:
    state = " ".join(pool.fields.get("state", []))
    if state not in _STATES:
        raise ValueError(f"the pool {clean(pool.name, 60)} has a state that is not known")
    redundant, bad, checksums = _layout(pool)
    damaged = _damaged(" ".join(pool.fields.get("errors", [])))
    return {
        "name": pool.name,
        "state": state,
        "redundant": redundant,
        "bad": bad,
        "healthy": state == "ONLINE" and not bad,
        "errors": checksums + damaged,
        **_scan(pool.fields.get("scan") or pool.fields.get("scrub") or ["none requested"]),
    }


def _layout(pool: _Pool) -> tuple[bool, list[str], int]:
    """Whether all top-level groups that hold data are redundant, what is not in order, and checksum errors."""
    head, *lines = [line for line in pool.fields.get("config", []) if line.strip()] or [""]
    if head.split() != ["NAME", "STATE", "READ", "WRITE", "CKSUM"]:
        raise ValueError("no table of devices")
    holding, bad, checksums, tops = True, [], 0, 0
    redundant = True
    for line in lines:
        match = _ROW.fullmatch(line.rstrip())
        if match is None:
            raise unknown(line)
        depth, name, state = len(match.group(1)) // 2, match.group(2), match.group(3)
        if depth == 0 and state is None:
            if name not in _CLASSES:
                raise unknown(line)
            holding = name in ("special", "dedup")
            continue
        if state not in _STATES:
            raise unknown(line)
        if depth == 1 and holding:
            tops += 1
            redundant = redundant and _REDUNDANT.fullmatch(name) is not None
        if state not in _GOOD:
            bad.append(clean(f"{name} {state}", 120))
        if depth > 0 and match.group(6) is not None:
            checksums += _count(match.group(6))
    if tops == 0:
        raise ValueError("a pool without devices")
    return redundant, bad, checksums


def _count(text: str) -> int:
    """`3`, `1.21K`: shortened by powers of 1024, so that a large one is only near."""
    match = _SHORT.fullmatch(text)
    if match is None:
        raise unknown(text)
    value = float(f"{match.group(1)}.{match.group(2) or 0}")
    return int(value * 1024 ** " KMGTPE".index(match.group(3) or " "))


def _damaged(text: str) -> int:
    if text == _NO_ERRORS:
        return 0
    match = _SOME.fullmatch(text)
    if match is not None:
        return number(match.group(1))
    if text.startswith("Permanent errors have been detected"):
        return max(1, text.count("/"))
    raise ValueError("the pool does not tell how many errors it has")


def _scan(lines: list[str]) -> dict[str, Any]:
    """What the record is of. Only a scrub that ended is one."""
    first = lines[0]
    found: dict[str, Any] = {"scan": "none", "scanned": None, "scan_errors": 0, "resilvering": False}
    if first == "none requested":
        return found
    if match := _DONE.fullmatch(first):
        kind = "scrub" if match.group(1) == "scrub repaired" else "resilver"
        return found | {"scan": kind, "scanned": _moment(match.group(3)), "scan_errors": number(match.group(2))}
    if match := _RUNNING.fullmatch(first):
        kind = "scrubbing" if match.group(1) == "scrub" else "resilver"
        return found | {"scan": kind, "scanned": _moment(match.group(2)), "resilvering": kind == "resilver"}
    if match := _CANCELED.fullmatch(first):
        return found | {"scan": "canceled", "scanned": _moment(match.group(1))}
    raise unknown(first)


def _moment(text: str) -> str:
    """`Sun Nov  8 00:34:26 2026`, in UTC because the probe asks for it."""
    moment = datetime.strptime(" ".join(text.split()), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
