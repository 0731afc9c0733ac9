"""What a server keeps for others: when each log was written to last, and the names in each list of packages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.reach import silent_mount
from pepperbird.observe.text import keyed, number, unknown, whole

_AHEAD: Final = 300
"""Seconds that a file may lie ahead of the clock of its own machine before that clock was set back."""
_PACKAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:-]*")


def kept_logs(output: bytes) -> dict[str, Any]:
    """`rows` by whose log it is; a Gap in the columns of one that could not be looked at."""
    return {"rows": [{"id": owner, "path": path, **_log(path, said)} for owner, path, said in _parts(output)]}


def _log(path: str, said: list[tuple[str, str]]) -> dict[str, Any]:
    if said == [("absent", "")]:
        return {"files": 0}
    if len(said) == 1 and said[0][0] == "silent":
        return dict.fromkeys(("files", "silent"), silent_mount(path, said[0][1]))
    if len(said) == 1 and said[0][0] == "failed":
        gap = Gap(
            GapReason.PARSE, f"Not everything below {clean(path, 200)} could be looked at: {clean(said[0][1], 200)}"
        )
        return {"files": gap, "silent": gap}
    told = dict(said)
    if len(told) != len(said) or not {"files", "aside"} <= told.keys() <= {"files", "aside", "age"}:
        raise ValueError(f"{path} is told of in an odd way")
    files, _ = number(told["files"]), number(told["aside"])
    if bool(files) != ("age" in told):
        raise ValueError(f"{path} has files without a time, or a time without files")
    return {"files": files, **({"silent": _silent(told["age"])} if files else {})}


def _silent(text: str) -> int | Gap:
    age = -number(text[1:]) if text.startswith("-") else number(text)
    if age < -_AHEAD:
        return Gap(
            GapReason.UNSUPPORTED, "The newest file is from the future: the clock of the log store was set back."
        )
    return max(age, 0)


def kept_packages(output: bytes) -> dict[str, Any]:
    """`rows` by whose list it is; what is not there lists nothing."""
    return {"rows": [{"id": owner, "path": path, "names": _names(path, said)} for owner, path, said in _parts(output)]}


def _names(path: str, said: list[tuple[str, str]]) -> list[str] | Gap:
    if said == [("absent", "")]:
        return []
    if len(said) == 1 and said[0][0] == "silent":
        return silent_mount(path, said[0][1])
    if len(said) == 1 and said[0][0] == "denied":
        closed = clean(said[0][1], 200)
        return Gap(GapReason.DENIED, f"The account may not read {closed}.", f"setfacl -m u:pepperbird:rX {closed}")
    if len(said) == 1 and said[0][0] == "odd":
        return Gap(GapReason.UNSUPPORTED, f"{clean(path, 200)} is no file; the list of packages is one.")
    *packages, (last, others) = said or [("", "")]
    if last != "others" or any(key != "package" or not _PACKAGE.fullmatch(name) for key, name in packages):
        raise ValueError(f"{path} is told of in an odd way")
    number(others)
    return sorted({name for _, name in packages})


def package_names(output: bytes) -> dict[str, Any]:
    """`names` of the packages that are installed. A list of none is refused: nobody asked rightly."""
    told = list(keyed(whole(output)))
    if len(told) < 2 or not all(mark == "-" and _PACKAGE.fullmatch(name) for mark, name in told):
        raise ValueError("not a list of installed packages")
    return {"names": sorted({name for _, name in told})}


def _parts(output: bytes) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Owner, path and the lines of each thing that is kept; every owner once."""
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    lines: list[tuple[str, str]] | None = None
    for key, value in keyed(whole(output)):
        if key == "of":
            owner, _, path = value.partition(" ")
            if owner in found or not path.startswith("/"):
                raise unknown(f"{key} {value}")
            lines = []
            found[owner] = (path, lines)
        elif lines is None:
            raise unknown(f"{key} {value}")
        else:
            lines.append((key, value))
    yield from ((owner, path, lines) for owner, (path, lines) in found.items())
