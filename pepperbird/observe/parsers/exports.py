"""Entries of exports(5) and of mountd's table: a directory, a client, and what holds for each security flavour.

The first word of an entry may be quoted or hold octal escapes. Options may be set for some flavours alone: what stands
behind `sec=` is theirs. An export is taken at its weakest flavour.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any, Final

from pepperbird.model.text import clean
from pepperbird.observe.text import unknown

_WORD: Final = re.compile(r'(?:"[^"]*"|[^\s"])+')
_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_CLIENT: Final = re.compile(r"([^()]*)\(([^()]*)\)")
_PER_FLAVOUR: Final = {
    "ro": ("writable", False), "rw": ("writable", True),
    "root_squash": ("root_squash", True), "no_root_squash": ("root_squash", False),
    "all_squash": ("all_squash", True), "no_all_squash": ("all_squash", False),
    "secure": ("secure", True), "insecure": ("secure", False),
}  # fmt: skip
_DEFAULTS: Final = {"writable": False, "root_squash": True, "all_squash": False, "secure": True}
_WIDEST: Final = {4: 8, 6: 16}
"""A network of fewer bits than these is as good as everybody."""


def entries(lines: Iterable[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Directory, client and options of each offer in the lines of exports(5), comments and continuations undone."""
    for line in _joined(lines):
        words = list(takewhile(lambda word: not word.startswith("#"), _WORD.findall(line)))
        path = directory(words[0])
        common: list[str] = []
        clients = 0
        for word in words[1:]:
            if word.startswith("-"):
                common = word[1:].split(",")
                continue
            found = _CLIENT.fullmatch(word)
            if found is None and ("(" in word or ")" in word):
                raise unknown(line)
            client, own = found.groups() if found else (word, "")
            clients += 1
            yield path, client or "*", [*common, *filter(None, own.split(","))]
        if not clients:
            yield path, "*", common


def _joined(lines: Iterable[str]) -> Iterator[str]:
    entry = ""
    for line in [*lines, ""]:
        entry += line.strip()
        if entry.endswith("\\") and not entry.startswith("#"):
            entry = entry[:-1] + " "
            continue
        if entry and not entry.startswith("#"):
            yield entry
        entry = ""


def directory(word: str) -> str:
    """The path that the first word of an entry stands for."""
    path = _OCTAL.sub(lambda found: chr(int(found.group(1), 8)), word.replace('"', ""))
    if not path.startswith("/"):
        raise unknown(word)
    return path


def table(lines: Iterable[str]) -> Iterator[tuple[str, str, list[str]]]:
    """The same of mountd's table (etab): one client a line, every option written out."""
    for line in lines:
        path, _, offer = line.partition("\t")
        found = _CLIENT.fullmatch(offer.strip())
        if found is None:
            raise unknown(line)
        yield directory(path), found.group(1) or "*", found.group(2).split(",")


def row(path: str, client: str, options: Iterable[str]) -> dict[str, Any]:
    """What one offer comes to, at its weakest flavour."""
    base, whole = dict(_DEFAULTS), {"sync": "yes", "anonuid": "65534", "xprtsec": ""}
    flavours: dict[str, dict[str, bool]] = {}
    current = [base]
    for option in options:
        name, _, value = option.partition("=")
        if name == "sec":
            current = [flavours.setdefault(flavour, dict(base)) for flavour in value.split(":") if flavour]
        elif name in _PER_FLAVOUR:
            key, state = _PER_FLAVOUR[name]
            for flavour in current:
                flavour[key] = state
        elif name in ("sync", "async"):
            whole["sync"] = "yes" if name == "sync" else "no"
        elif name in whole:
            whole[name] = value
    rules = list(flavours.values()) or [base]
    to_root = whole["anonuid"].lstrip("+").lstrip("0") == ""
    return {
        "id": clean(f"{path} to {client}", 400), "path": clean(path, 1000), "client": clean(client, 300),
        "everyone": everyone(client), "writable": any(one["writable"] for one in rules),
        "security": list(flavours) or ["sys"], "transport": [one for one in whole["xprtsec"].split(":") if one],
        "root_squashed": not to_root and all(one["root_squash"] or one["all_squash"] for one in rules),
        "reserved_ports": all(one["secure"] for one in rules), "sync": whole["sync"] == "yes",
    }  # fmt: skip


def everyone(client: str) -> bool:
    """True where the client of an export is anybody who comes along."""
    if client.startswith("gss/") or (client and set(client) <= set("*?.")):
        return True
    try:
        network = ipaddress.ip_network(client, strict=False)
    except ValueError:
        return False
    return network.prefixlen < _WIDEST[network.version]
