"""The NFS server of the kernel: whether it serves, and what it offers to whom.

Where something answers on the port of NFS that is not the kernel's server, or mountd keeps its table elsewhere, there
is no row at all but the reason why: what was read is then not what is offered.
"""

from __future__ import annotations

from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.exports import entries, row, table
from pepperbird.observe.text import keyed, number, unknown, unseen, whole

_STATE: Final = "/var/lib/nfs"
_OTHERS: Final = ("ganesha.nfsd", "unfsd", "rpc.unfsd")
_ONCE: Final = frozenset({"threads", "sees", "installed"})
_KEYS: Final = _ONCE | {
    "port", "process", "mountd", "state", "denied", "absent", "read", "table", "file", "versions",
}  # fmt: skip


def server(output: bytes) -> dict[str, Any]:
    """`running`, `versions` and the rows of `exports`. Unseen where what is offered can't be told from here."""
    told: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in _KEYS or (key in _ONCE and key in told):
            raise unknown(f"{key} {value}")
        told.setdefault(key, []).append(value)
    if not told.keys() >= _ONCE:
        raise ValueError("it is not told whether the server runs")
    running = number(told["threads"][0]) > 0
    _refuse_other(told, running)
    if not running and told["installed"] != ["yes"]:
        return {"running": False, "versions": [], "exports": []}
    for path in told.get("denied", []):
        raise unseen(GapReason.DENIED, f"{path} can't be read.", f"chmod a+r {path}: it holds no secrets")
    if running:
        _refuse_elsewhere(told)
        offers = list(table(told.get("table", [])))
    else:
        offers = list(entries(told.get("file", [])))
    return {"running": running, "versions": _versions(told, running), "exports": _rows(offers)}


def _rows(offers: list[tuple[str, str, list[str]]]) -> list[dict[str, Any]]:
    """Each offer once; two that only look the same by name are told apart by a number."""
    rows: list[dict[str, Any]] = []
    names: dict[str, int] = {}
    for one in (row(*offer) for offer in offers):
        if one in rows:
            continue
        name = str(one["id"])
        names[name] = names.get(name, 0) + 1
        rows.append(one | ({"id": f"{name} ({names[name]})"} if names[name] > 1 else {}))
    return rows


def _refuse_other(told: dict[str, list[str]], running: bool) -> None:
    if told["sees"] != ["all"]:
        raise unseen(
            GapReason.DENIED, "The processes of other users are hidden from the scanning account (hidepid).",
            "mount /proc with gid= of a group that the scanning account is in, or without hidepid",
        )  # fmt: skip
    names = {line.partition(" ")[0] for line in told.get("process", [])}
    other: str | None = next((name for name in _OTHERS if name in names), None)
    if other is None and "port" in told and not running:
        other = "an unknown program on port 2049"
    if other is not None:
        raise unseen(
            GapReason.UNSUPPORTED, f"NFS is served here by another server than the kernel's: {other}.",
            "use nfs-kernel-server, or ask for a waiver",
        )  # fmt: skip


def _refuse_elsewhere(told: dict[str, list[str]]) -> None:
    """mountd answers from its own table; which that is, its command line and nfs.conf tell."""
    places = list(told.get("state", []))
    for line in told.get("mountd", []):
        places += _state_of(line.split())
    other = next((place for place in places if place.rstrip("/") != _STATE), None)
    if other is not None:
        raise unseen(
            GapReason.UNSUPPORTED, f"mountd keeps its table in {other} and not in {_STATE}.",
            f"let it use {_STATE}: take away state-directory-path in /etc/nfs.conf, or the option -s",
        )  # fmt: skip
    if "table" not in told and any(path.startswith(_STATE) for path in told.get("absent", [])):
        raise unseen(
            GapReason.UNSUPPORTED, f"The server runs, and there is no table of exports in {_STATE}.",
            "exportfs -ra",
        )  # fmt: skip


def _state_of(words: list[str]) -> list[str]:
    found = []
    for at, word in enumerate(words):
        if word.startswith("--state-directory-path="):
            found.append(word.partition("=")[2])
        elif word in ("-s", "--state-directory-path"):
            found += words[at + 1 : at + 2]
        elif word.startswith("-s") and len(word) > 2:
            found.append(word[2:])
    return found


def _versions(told: dict[str, list[str]], running: bool) -> list[str] | Gap:
    if not running:
        return []
    if "versions" not in told:
        return Gap(GapReason.DENIED, "Only root may read which versions of NFS the server speaks.")
    return sorted(word[1:] for word in told["versions"][0].split() if word.startswith("+"))
