"""The release, the package manager, the age of its index, and what waits for a restart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.text import Unseen, keyed, lines_of, number, time_of, unknown, unseen, whole

_ASSIGNMENT: Final = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
_MANAGERS: Final = {"apt", "dnf", "yum", "zypper", "apk", "opkg", "pacman", "none"}
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_FIRST: Final = re.compile(r"[0-9]+")
_FIRST_TWO: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_ONE_NUMBER: Final = {"debian", "raspbian", "centos", "rhel", "almalinux", "rocky", "ol", "fedora", "amzn"}


def os_release(output: bytes) -> dict[str, Any]:
    """id, version_id, version_codename, pretty_name, and `release`, the name under which support tables know it."""
    found: dict[str, str] = {}
    for line in lines_of(output):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _ASSIGNMENT.fullmatch(text)
        if match is None:
            raise unknown(line)
        found[match.group(1)] = _unquoted(match.group(2))
    if "ID" not in found:
        raise ValueError("no ID in os-release")
    name = found["ID"]
    version = found.get("VERSION_ID", "")
    pattern = _FIRST if name in _ONE_NUMBER else _FIRST_TWO
    short = pattern.match(version)
    codename = found.get("VERSION_CODENAME", "")
    return {
        "id": name,
        "version_id": version or None,
        "version_codename": codename or None,
        "pretty_name": found.get("PRETTY_NAME") or found.get("NAME") or name,
        "release": f"{name} {short.group(0) if short else version or codename or 'rolling'}".lower(),
    }


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def package_manager(output: bytes) -> dict[str, str]:
    """`name` of the one package manager."""
    lines = lines_of(output)
    if len(lines) != 1 or lines[0] not in _MANAGERS:
        raise ValueError("not the name of a package manager")
    return {"name": lines[0]}


def package_index(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`time` and `security` of the index of the manager that owns the system."""
    manager = inputs["manager"]
    if isinstance(manager, Gap):
        raise Unseen(manager)
    name = manager["name"]
    indexes = inputs["apt_indexes"] if name == "apt" else inputs["rpm_indexes"]
    if name not in ("apt", "dnf", "yum"):
        raise unseen(GapReason.UNSUPPORTED, f"The index of the package manager {name} is not looked at yet.")
    if isinstance(indexes, Gap):
        raise Unseen(indexes)
    return {"time": indexes["time"], "security": indexes["security"]}


def reboot(output: bytes) -> dict[str, Any]:
    """`rows` of what waits for a restart. Unseen where kernels are installed that /boot does not show."""
    told: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in ("boot", "running", "mark", "kernel", "package", "needs-restarting"):
            raise unknown(f"{key} {value}")
        told.setdefault(key, []).append(value)
    if "boot" not in told:
        raise ValueError("no boot time")
    booted = number(told["boot"][0])
    if "package" in told and "kernel" not in told:
        raise unseen(
            GapReason.UNSUPPORTED, "Kernel packages are installed, but no kernel lies in /boot: it is not mounted.",
            "mount /boot",
        )  # fmt: skip
    rows: list[dict[str, Any]] = []
    newer = [number(line.partition(" ")[0]) for line in told.get("kernel", [])]
    newer = [at for at in newer if at > booted]
    if newer:
        rows.append({"reason": "a kernel was installed after the last boot", "since": time_of(min(newer))})
    if "mark" in told:
        since = time_of(number(told["mark"][0]))
        rows.append({"reason": "the distribution asks for a restart (reboot-required)", "since": since})
    status = told.get("needs-restarting", ["0"])[0]
    if status == "1":
        rows.append({"reason": "core libraries or services were updated after the last boot (needs-restarting)"})
    elif status != "0":
        raise ValueError("needs-restarting did not answer")
    return {"rows": rows}


def manifest(output: bytes) -> dict[str, Any]:
    """`count` of the installed packages and `digest` of their list. A list of none is refused: nobody asked rightly."""
    told = dict(keyed(whole(output)))
    count = number(told.get("count", "").strip())
    if told.keys() != {"count", "digest"} or not _SHA256.fullmatch(told["digest"]) or count < 2:
        raise ValueError("not a digest of installed packages")
    return {"count": count, "digest": told["digest"]}
