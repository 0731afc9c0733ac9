"""What may belong on the register: NFS exports, folders of backup repositories and of databases."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import keyed, unknown, unseen, whole

_QUOTED: Final = re.compile(r'"(/[^"]*)"(\s.*)?')
_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_KINDS: Final = frozenset({"restic", "borg", "postgresql", "mysql"})


def nfs_exports(output: bytes) -> dict[str, Any]:
    """`paths` of exports(5): the first word of each entry, quoted or with octal escapes."""
    paths: set[str] = set()
    entry = ""
    for key, value in keyed(whole(output)):
        if key == "denied":
            raise unseen(GapReason.DENIED, f"{value} can't be read.", f"let the scanning account read {value}")
        if key not in ("file", "line", "") or (key == "" and value):
            raise unknown(f"{key} {value}")
        if key != "line":
            continue
        entry += value.strip()
        if entry.endswith("\\"):
            entry = entry[:-1] + " "
            continue
        if entry and not entry.startswith("#"):
            paths.add(_path(entry))
        entry = ""
    return {"paths": sorted(paths)}


def _path(entry: str) -> str:
    quoted = _QUOTED.fullmatch(entry)
    path = quoted.group(1) if quoted else entry.split(maxsplit=1)[0]
    if not path.startswith("/"):
        raise unknown(entry)
    return _OCTAL.sub(lambda found: chr(int(found.group(1), 8)), path)


def found_folders(output: bytes) -> dict[str, Any]:
    """`folders` by what they look like."""
    folders: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in _KINDS or not value.startswith("/"):
            raise unknown(f"{key} {value}")
        folders.setdefault(key, []).append(value)
    return {"folders": folders}
