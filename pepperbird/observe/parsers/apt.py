"""apt: how old its index is, and which installed packages an archive of security updates has newer.

Not `apt-get -s dist-upgrade`: that hides what is held back, what a pin keeps away, and a security update whose fix
stands in a still newer version of another archive. `apt-cache policy` shows every version of every archive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import lines_of, number, time_of, unknown, unseen, whole

REPUBLISHED: Final = 10 * 86400
"""An archive of security updates is published anew within days: what is older than this was not refreshed, whatever
the time of the file says (a restored disk, a mirror that stands still)."""
_SECURITY: Final = re.compile(r"security", re.IGNORECASE)
_RELEASE: Final = re.compile(r"release ([0-9]+) ([0-9]+) (/\S+)")
_SOURCE: Final = re.compile(r"-?[0-9]+ (\S+ \S+ (?:\S+ )?Packages)")
_NAMES: Final = ("Origin", "Label", "Suite", "Codename")


def indexes(output: bytes) -> dict[str, Any]:
    """`time`: since when the index may lack updates; `security`: how many archives of security updates it holds."""
    releases: list[dict[str, Any]] = []
    targets: list[str] = []
    for line in whole(output):
        if found := _RELEASE.fullmatch(line):
            releases.append({"ctime": number(found[1]), "mtime": number(found[2]), "file": found[3]})
        elif line.startswith("head ") and releases:
            name, _, value = line[5:].partition(": ")
            releases[-1].setdefault(name, value)
        elif line.startswith("target /"):
            targets.append(line[7:])
        else:
            raise unknown(line)
    if not targets:
        raise unseen(GapReason.NOT_FOUND, "apt has no package index at all.", "apt-get update")
    used = [one for one in releases if any(target.startswith(_stem(one["file"])) for target in targets)]
    security = [one for one in used if any(_SECURITY.search(one.get(name, "")) for name in _NAMES)]
    if not used:
        raise ValueError("no release file belongs to the index")
    return {"time": time_of(min(_known_until(one) for one in security or used)), "security": len(security)}


def _stem(file: str) -> str:
    return re.sub(r"(In)?Release$", "", file)


def _known_until(release: Mapping[str, Any]) -> int:
    """When it was fetched or confirmed, but never past what was promised for it."""
    limits = [release["ctime"], release["mtime"] + REPUBLISHED]
    if "Date" in release:
        limits.append(_seconds(release["Date"]) + REPUBLISHED)
    if "Valid-Until" in release:
        limits.append(_seconds(release["Valid-Until"]))
    return int(min(limits))


def _seconds(text: str) -> int:
    moment = parsedate_to_datetime(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def policy(output: bytes) -> dict[str, Any]:
    """`archives` (source to its names) and `packages` with each newer version and where it stands."""
    archives: dict[str, str] = {}
    packages: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for line in lines_of(output):
        key, _, value = line.partition(" ")
        if key == "archive" and "\t" in value:
            names, _, source = value.partition("\t")
            archives[source] = names
        elif key == "package" and len(value.split(" ")) == 2:
            name, installed = value.split(" ")
            packages.append({"name": name.removesuffix(":"), "installed": installed, "versions": []})
        elif key == "version" and packages:
            packages[-1]["versions"].append({"version": value, "in": []})
        elif key == "in" and packages and packages[-1]["versions"]:
            packages[-1]["versions"][-1]["in"].append(_archive(value))
        elif key in ("packages", "installed"):
            counts[key] = number(value)
        else:
            raise unknown(line)
    if not counts.get("installed") or counts.get("packages") != counts["installed"]:
        raise ValueError("apt did not tell of every installed package")
    return {"archives": archives, "packages": packages}


def _archive(text: str) -> str:
    """A source without its priority: `500 http://... suite/main amd64 Packages`."""
    found = _SOURCE.fullmatch(text.strip())
    return found.group(1) if found else text.strip().partition(" ")[2]


def security(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`rows` of installed packages of which an archive of security updates holds a newer version.

    Unseen where apt has no such archive: an empty list would then only mean that nobody looked.
    """
    if not inputs["apt_indexes"]["security"]:
        raise unseen(
            GapReason.UNSUPPORTED,
            "apt has no archive of security updates, so that none could be seen to wait.",
            "add the distribution's security archive to /etc/apt/sources.list.d and run apt-get update",
        )
    archives = inputs["apt_updates"]["archives"]
    rows: dict[str, dict[str, Any]] = {}
    for package in inputs["apt_updates"]["packages"]:
        for version in package["versions"]:
            origin = next((one for one in version["in"] if _is_security(one, archives)), None)
            if origin is not None and package["name"] not in rows:
                rows[package["name"]] = {
                    "name": package["name"],
                    "installed": package["installed"],
                    "candidate": version["version"],
                    "origin": origin.rpartition(" ")[0],
                }
    return {"rows": [rows[name] for name in sorted(rows)]}


def _is_security(source: str, archives: Mapping[str, str]) -> bool:
    """Raises ValueError for a source that apt did not name: it might be one of security updates."""
    if source not in archives and not source.startswith("/var/lib/dpkg/status"):
        raise ValueError("a version of a source that apt did not name")
    return bool(_SECURITY.search(source) or _SECURITY.search(archives.get(source, "")))
