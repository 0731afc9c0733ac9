"""apt's sources and options: which of them let in what nobody signed."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import unknown, unseen, whole

_OPTION: Final = re.compile(r'option (\S+) "(.*)";')
_OFF: Final = {"", "0", "false", "no", "off", "without", "disable"}
_INSECURE: Final = ("allowunauthenticated", "allowinsecurerepositories", "allowweakrepositories",
                    "allowdowngradetoinsecurerepositories")  # fmt: skip
_USUAL: Final = {"dir::etc::sourcelist": "sources.list", "dir::etc::sourceparts": "sources.list.d"}
_ONE_LINE: Final = re.compile(r"deb(?:-src)?\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)(?P<rest>\s.*)?")
_BAD: Final = ("trusted", "allow-insecure", "allow-weak", "allow-downgrade-to-insecure")


def sources(output: bytes) -> dict[str, Any]:
    """`options` that are on, and `unsigned` sources. Unseen where a source file could not be read."""
    options: list[str] = []
    unsigned: dict[str, dict[str, str]] = {}
    files: dict[str, list[str]] = {}
    file = ""
    dumped = False
    for line in whole(output):
        key, _, value = line.partition(" ")
        if key == "option":
            dumped = dumped or line.lower().startswith("option dir::etc::sourcelist ")
            options += _option(line)
        elif key == "denied":
            raise unseen(GapReason.DENIED, f"The source file {value} can't be read.", "make it readable for everyone")
        elif key == "file":
            file = value
            files[file] = []
        elif key == "line" and file:
            files[file].append(value)
        elif key == "trusted":
            trusted, _, rest = value.partition(" ")
            if trusted != "yes":
                unsigned[rest] = {"id": rest, "uri": rest.partition(" ")[0], "option": "no valid signature"}
        elif line:
            raise unknown(line)
    if not dumped:
        raise ValueError("apt did not tell its options")
    for name, lines in files.items():
        found = _deb822(name, lines) if name.endswith(".sources") else _one_line(name, lines)
        unsigned |= {row["id"]: row for row in found}
    return {"options": sorted(set(options)), "unsigned": [unsigned[one] for one in sorted(unsigned)]}


def _option(line: str) -> list[str]:
    found = _OPTION.fullmatch(line)
    if found is None:
        raise unknown(line)
    name, value = found.group(1), found.group(2).strip()
    if name.lower() in _USUAL:
        if value.rstrip("/").removeprefix("/etc/apt/") != _USUAL[name.lower()]:
            raise unseen(GapReason.UNSUPPORTED, f"apt reads its sources from another place ({name} is {value}).")
        return []
    if name.lower().rpartition("::")[2] in _INSECURE and value.lower() not in _OFF:
        return [name]
    return []


def _one_line(file: str, lines: list[str]) -> list[dict[str, str]]:
    rows = []
    for at, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        found = _ONE_LINE.fullmatch(text)
        if found is None:
            raise unknown(line)
        for word in (found.group("options") or "").split():
            name, _, value = word.partition("=")
            if _bad(name.rstrip("+-"), value):
                rows.append({"id": f"{file}:{at}", "uri": found.group("uri"), "option": word})
    return rows


def _deb822(file: str, lines: list[str]) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    stanza: dict[str, str] = {}
    start, last = 1, ""
    for at, line in enumerate([*lines, ""], 1):
        if line.startswith("#"):
            continue
        if not line.strip():
            rows += _stanza(f"{file}:{start}", stanza)
            stanza, start, last = {}, at + 1, ""
        elif line[0] in " \t" and last:
            stanza[last] += " " + line.strip()
        elif ":" in line and line[0] not in " \t":
            name, _, value = line.partition(":")
            last = name.strip().lower()
            stanza[last] = value.strip()
        else:
            raise unknown(line)
    return rows


def _stanza(place: str, stanza: dict[str, str]) -> list[dict[str, str]]:
    if not stanza or stanza.get("enabled", "yes").lower() in _OFF - {""}:
        return []
    bad = [f"{name}: {stanza[name]}" for name in _BAD if name in stanza and _bad(name, stanza[name])]
    return [{"id": place, "uri": stanza.get("uris", ""), "option": ", ".join(bad)}] if bad else []


def _bad(name: str, value: str) -> bool:
    return name.lower() in _BAD and value.strip().lower() not in _OFF
