"""The directories of registered data: mode, owner, access list, and what everyone may write to below them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.reach import silent_mount
from pepperbird.observe.text import Unseen, keyed, number, unknown, whole

_MODE: Final = re.compile(r"[0-7]{1,4}")
_PEOPLE: Final = 1000
"""Numbers of accounts for people begin here (login.defs of all systems we know, but those before release 7)."""
_NO_LOGIN: Final = frozenset({"nologin", "false", "sync", "halt", "shutdown", "true"})
_COLUMNS: Final = ("real", "kind", "mode", "owner", "owner_kind", "group")


def modes(output: bytes) -> dict[str, Any]:
    """By path: its values, or the Gap that stands for all of them."""
    return {path: _values(path, lines) for path, lines in _sections(output).items()}


def _sections(output: bytes) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    lines: list[tuple[str, str]] | None = None
    for key, value in keyed(whole(output)):
        if key == "path" and value.startswith("/") and value not in found:
            lines = found[value] = []
        elif lines is None:
            raise unknown(f"{key} {value}")
        else:
            lines.append((key, value))
    return found


def _values(path: str, lines: list[tuple[str, str]]) -> dict[str, Any] | Gap:
    if gap := _out_of_reach(path, lines):
        return gap
    told = dict(lines)
    if len(told) != len(lines) or not {"real", "kind", "mode", "owner", "group", "acl"} <= told.keys():
        raise ValueError(f"{path} is not told of in full")
    if told.keys() - {"real", "kind", "mode", "owner", "group", "acl", "shell"} or not _MODE.fullmatch(told["mode"]):
        raise ValueError(f"{path} is told of in an odd way")
    uid, _, owner = told["owner"].partition(" ")
    return {
        "real": told["real"], "kind": told["kind"], "mode": _mode(path, told), "group": told["group"],
        "owner": owner if "shell" in told else uid,
        "owner_kind": _owner_kind(number(uid), told.get("shell")),
    }  # fmt: skip


def _out_of_reach(path: str, lines: list[tuple[str, str]]) -> Gap | None:
    if lines == [("absent", "")]:
        return Gap(GapReason.NOT_FOUND, f"{clean(path, 200)} does not exist on this machine; correct the register.")
    if len(lines) == 1 and lines[0][0] == "silent":
        return silent_mount(path, lines[0][1])
    if len(lines) == 1 and lines[0][0] == "denied":
        closed = clean(lines[0][1], 200)
        return Gap(
            GapReason.DENIED, f"What lies below {closed} is hidden from the scanning account.",
            f"setfacl -m u:pepperbird:x {closed}",
        )  # fmt: skip
    return None


def _mode(path: str, told: Mapping[str, str]) -> str | Gap:
    if told["acl"] == "no":
        return told["mode"].zfill(4)
    has = "has" if told["acl"] == "yes" else "may have"
    return Gap(
        GapReason.UNSUPPORTED,
        f"{clean(path, 200)} {has} an access list, which grants rights that its mode {told['mode']} does not show.",
        f"look at it with getfacl {clean(path, 200)}, remove it with setfacl -b; getfacl is in the package acl",
    )


def _owner_kind(uid: int, shell: str | None) -> str:
    if uid == 0:
        return "root"
    if shell is None:
        return "none"
    return "service" if uid < _PEOPLE or shell.rpartition("/")[2] in _NO_LOGIN else "person"


def opened(output: bytes) -> dict[str, Any]:
    """By path: what everyone may write to below, what is mounted there and what could not be read, or the Gap for all.

    Where something open was found, that stands, however little of the rest could be read.
    """
    return {path: _below(path, lines) for path, lines in _sections(output).items()}


def _below(path: str, lines: list[tuple[str, str]]) -> dict[str, list[str]] | Gap:
    if len(lines) == 1 and lines[0][0] == "silent":
        return silent_mount(path, lines[0][1], below=True)
    mounts = sorted({value for key, value in lines if key == "mount" and value})
    lines = [line for line in lines if line[0] != "mount"]
    if gap := _out_of_reach(path, lines):
        return gap
    if lines == [("file", "")]:
        return {"open": [], "mounts": [], "unread": []}
    if not lines or any(key != "open" or not value for key, value in lines[:-1]):
        raise ValueError(f"{path} is told of in an odd way")
    found = [value.replace("/./", "/", 1).removesuffix("/.") for _, value in lines[:-1]]
    ended = lines[-1]
    if ended == ("whole", ""):
        return {"open": found, "mounts": mounts, "unread": []}
    if ended[0] not in ("failed", "refused"):
        raise ValueError(f"{path} is told of in an odd way")
    return {"open": found, "mounts": mounts, "unread": [path]} if found else _unread(path, ended[0])


def _unread(path: str, how: str) -> Gap:
    if how == "refused":
        return Gap(
            GapReason.DENIED, f"Sudo does not let the scanning account look below {clean(path, 200)}.",
            "run `pepperbird privileges` anew, and put what it prints for this machine into its sudoers file",
        )  # fmt: skip
    return Gap(GapReason.DENIED, f"Not everything below {clean(path, 200)} could be read.")


def datadirs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`rows` by path; a Gap of one directory, or of what lies below it, stands in its own columns.

    What is mounted below and is itself a declared place that was found is asked for by its own row, and not named here.
    `direct` are the paths whose real place is known to be the path itself: one that is wrong is just not among them.
    """
    told, below = inputs["modes"], inputs["open"]
    if isinstance(told, Gap):
        raise Unseen(told)
    if not isinstance(below, Gap) and below.keys() != told.keys():
        raise ValueError("the two probes tell of different directories")
    real = {values["real"] for values in told.values() if not isinstance(values, Gap)}
    rows = []
    for path, values in sorted(told.items()):
        columns = dict.fromkeys(_COLUMNS, values) if isinstance(values, Gap) else values
        seen = _seen(values, below if isinstance(below, Gap) else below[path])
        if isinstance(seen, Gap):
            rows.append({"path": path, **columns, "open_below": seen, "not_entered": seen})
            continue
        apart = [one for one in seen["mounts"] if one not in real]
        rows.append({"path": path, **columns, "open_below": seen["open"], "not_entered": [*seen["unread"], *apart]})
    direct = [
        path for path, values in sorted(told.items())
        if not isinstance(values, Gap) and values["real"] == (path.rstrip("/") or "/")
    ]  # fmt: skip
    return {"rows": rows, "direct": direct}


def _seen(values: Mapping[str, Any] | Gap, below: Mapping[str, list[str]] | Gap) -> Mapping[str, list[str]] | Gap:
    """What lies below; where it is unknown because the place itself is, then with that reason."""
    return values if isinstance(below, Gap) and isinstance(values, Gap) else below
