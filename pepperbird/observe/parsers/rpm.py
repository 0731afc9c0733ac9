"""dnf and yum: the age of the cached repository data, security updates that wait, repositories without signatures."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import number, time_of, unknown, unseen, whole

_REPOMD: Final = re.compile(r"repomd ([0-9]+) ([0-9]+) (/\S+)")
_UPDATE: Final = re.compile(r"(\S+)\s+((?:\S+/)?[Ss]ec\.?|\S+/Sec\.|security)\s+(\S+)")
_SECTION: Final = re.compile(r"\[([^\]]+)\]")
_ON: Final = {"1", "yes", "true", "on", "enabled"}
_OFF: Final = {"0", "no", "false", "off", "disabled"}


def indexes(output: bytes) -> dict[str, Any]:
    """`time` of the oldest cached repository, and `security`: how many tell security updates apart."""
    times: list[int] = []
    security = 0
    for line in whole(output):
        if found := _REPOMD.fullmatch(line):
            times.append(number(found.group(1)))
        elif line.startswith("updateinfo /"):
            security += 1
        else:
            raise unknown(line)
    if not times:
        raise unseen(GapReason.NOT_FOUND, "dnf or yum has no cached repository data.", "dnf makecache")
    return {"time": time_of(min(times)), "security": security}


def updateinfo(output: bytes) -> dict[str, Any]:
    """`rows` of `updateinfo list --security`: advisory, severity and kind, package."""
    rows: dict[str, dict[str, str]] = {}
    for line in whole(output):
        if not line.strip():
            continue
        found = _UPDATE.fullmatch(line.strip())
        if found is None:
            raise unknown(line)
        kind = found.group(2)
        severity = kind.partition("/")[0] if "/" in kind else "unknown"
        rows.setdefault(found.group(3), {"name": found.group(3), "advisory": found.group(1), "severity": severity})
    return {"rows": [rows[name] for name in sorted(rows)]}


def sources(output: bytes) -> dict[str, Any]:
    """`unsigned`: enabled repositories whose packages are not checked; `gpgcheck` of [main] is the default."""
    files: dict[str, list[str]] = {}
    file = ""
    for line in whole(output):
        key, _, value = line.partition(" ")
        if key == "denied":
            raise unseen(
                GapReason.DENIED, f"The repository file {value} can't be read.", "make it readable for everyone"
            )
        if key == "file":
            file = value
            files[file] = []
        elif key == "line" and file:
            files[file].append(value)
        else:
            raise unknown(line)
    sections = [(name, file, values) for file, lines in files.items() for name, values in _sections(lines)]
    default = next((values["gpgcheck"] for name, _, values in sections if name == "main" and "gpgcheck" in values), "0")
    unsigned = {
        name: {"id": name, "file": file}
        for name, file, values in sections
        if name != "main" and _truth(values.get("enabled", "1")) and not _truth(values.get("gpgcheck", default))
    }
    return {"unsigned": [unsigned[name] for name in sorted(unsigned)]}


def _sections(lines: list[str]) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for line in lines:
        if section := _SECTION.fullmatch(line):
            found.append((section.group(1), {}))
        elif "=" in line and found:
            name, _, value = line.partition("=")
            found[-1][1][name.strip().lower()] = value.strip().lower()
        else:
            raise unknown(line)
    return found


def _truth(text: str) -> bool:
    if text in _ON:
        return True
    if text in _OFF:
        return False
    raise ValueError("neither yes nor no")
