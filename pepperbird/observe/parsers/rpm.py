"""dnf and yum: the age of the cached repository data, security updates that wait, repositories without signatures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import number, time_of, unknown, unseen, whole

_REPOMD: Final = re.compile(r"repomd ([0-9]+) ([0-9]+) (/\S+)")
_UPDATE: Final = re.compile(r"(\S+)\s+((?:\S+/)?[Ss]ec\.?|\S+/Sec\.|security)\s+(\S+)")
_CONFIRMED: Final = re.compile(r"confirmed ([0-9]+) (/\S+)")
_DIGEST: Final = re.compile(r"-[0-9a-f]{16}$")
_SYSTEM: Final = re.compile(r"(^|[-_])(baseos|appstream|updates)([-_]|$)", re.IGNORECASE)
"""Names of repositories that carry the system's own packages and their fixes."""
_EPOCHS: Final = 1_000_000_000
"""A revision above this is a time; some publishers count instead."""
STANDS_STILL: Final = 30 * 86400
"""The system's own repository changes within weeks: a mirror that has not for longer stands still, and fetching it
anew each night shows nothing of what was published since."""
_SECTION: Final = re.compile(r"\[([^\]]+)\]")
_ON: Final = {"1", "yes", "true", "on", "enabled"}
_OFF: Final = {"0", "no", "false", "off", "disabled"}


def indexes(output: bytes) -> dict[str, Any]:
    """`time` since when security updates may be unseen, `security` and `blind` of the cached repositories.

    `security` counts those that tell security updates of the system's own packages apart. `blind` names those of the
    system that tell none apart, or whose list could not be read: what waits there is not seen.
    """
    repositories: list[dict[str, Any]] = []
    for line in whole(output):
        key, _, value = line.partition(" ")
        if found := _REPOMD.fullmatch(line):
            repositories.append({"folder": found.group(3), "times": [number(found.group(1))], "kinds": set()})
        elif key == "revision" and repositories:
            repositories[-1]["revision"] = number(value)
        elif (found := _CONFIRMED.fullmatch(line)) and repositories:
            repositories[-1]["times"].append(number(found.group(1)))
        elif key in ("updateinfo", "system", "unread") and value.startswith("/") and repositories:
            repositories[-1]["kinds"].add(key)
        else:
            raise unknown(line)
    if not repositories:
        raise unseen(GapReason.NOT_FOUND, "dnf or yum has no cached repository data.", "dnf makecache")
    telling = [one for one in repositories if "updateinfo" in one["kinds"]]
    blind = {_name(one["folder"]) for one in repositories if _is_blind(one)}
    return {
        "time": time_of(min(map(_known_until, telling or repositories))),
        "security": sum("system" in one["kinds"] for one in repositories),
        "blind": sorted(blind),
    }


def _known_until(repository: Mapping[str, Any]) -> int:
    """When it was fetched or confirmed; for the system's own, never long past its last change."""
    fetched: int = max(repository["times"])
    revision: int = repository.get("revision", 0)
    if "system" in repository["kinds"] and revision > _EPOCHS:
        return min(fetched, revision + STANDS_STILL)
    return fetched


def _is_blind(repository: Mapping[str, Any]) -> bool:
    kinds = repository["kinds"]
    if "unread" in kinds:
        return True
    return "updateinfo" not in kinds and bool(_SYSTEM.search(_name(repository["folder"])))


def _name(file: str) -> str:
    """The repository's id: dnf's folder carries a digest, yum's is the id."""
    folder = file.removesuffix("/repomd.xml").removesuffix("/repodata").rpartition("/")[2]
    return _DIGEST.sub("", folder)


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
    if any("reposdir" in line.partition("=")[0] for lines in files.values() for line in lines):
        raise unseen(
            GapReason.UNSUPPORTED, "The repositories lie in another folder (reposdir=), which is not read yet."
        )
    sections = [(name, file, values) for file, lines in files.items() for name, values in _sections(lines)]
    default = next((_checked(values, "0") for name, _, values in sections if name == "main" and _names(values)), "0")
    unsigned = {
        name: {"id": name, "file": file}
        for name, file, values in sections
        if name != "main" and _truth(values.get("enabled", "1")) and not _truth(_checked(values, default))
    }
    return {"unsigned": [unsigned[name] for name in sorted(unsigned)]}


def _names(values: Mapping[str, str]) -> bool:
    return "gpgcheck" in values or "pkg_gpgcheck" in values


def _checked(values: Mapping[str, str], default: str) -> str:
    """dnf 5 calls the option pkg_gpgcheck, and knows the old name too."""
    return values.get("pkg_gpgcheck", values.get("gpgcheck", default))


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
