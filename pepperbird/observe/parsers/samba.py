"""The smbd that runs: which file it was started with, and what that file comes to.

A share never rests on a part of the file, or on one that smbd has not read: where it was changed since, where some of
it varies by client or lies in the registry, or where not all of it may be read, there is no row but the reason why.
"""

from __future__ import annotations

from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.parsers.samba_shares import globals_row, sections, shares, user_shares
from pepperbird.observe.text import keyed, number, time_of, unknown, unseen, whole

TICKS: Final = 100
_CONFIG: Final = "/etc/samba/smb.conf"
_OF_SAMBA: Final = "--option=server role check:inhibit=yes"
"""What the program `samba` of a domain controller starts its smbd with; it sets nothing that is judged."""
_KEYS: Final = frozenset({
    "sees", "boot", "port", "process", "foreign", "enabled", "unit", "file", "gone", "denied", "registry", "varies",
    "testparm", "set", "users", "user",
})  # fmt: skip


def server(output: bytes) -> dict[str, Any]:
    """`running`, and the rows of `servers` and `shares`. Unseen where what is offered can't be told from here."""
    told: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in _KEYS:
            raise unknown(f"{key} {value}")
        told.setdefault(key, []).append(value)
    _refuse_other(told)
    running = "process" in told
    if not running and "port" not in told and "enabled" not in told:
        return {"running": False, "servers": [], "shares": []}
    config = _refuse_unread(told)
    if running:
        _refuse_changed(told)
    found = sections(told.get("set", []))
    everything = shares(found) + user_shares(told.get("user", []), told.get("users", [""])[0], found)
    return {"running": running, "servers": [globals_row(config, found)], "shares": _named(everything)}


def _refuse_other(told: dict[str, list[str]]) -> None:
    if told.get("sees") not in (["all"], ["own"]):
        raise ValueError("it is not told whether all processes could be seen")
    if "foreign" in told:
        raise unseen(GapReason.UNSUPPORTED, f"SMB is served here by another server than Samba: {told['foreign'][0]}.",
                     "use Samba, or ask for a waiver")  # fmt: skip
    if told["sees"] != ["all"]:
        raise unseen(
            GapReason.DENIED, "The processes of other users are hidden from the scanning account (hidepid).",
            "mount /proc with gid= of a group that the scanning account is in, or without hidepid",
        )  # fmt: skip
    if "process" not in told and "port" in told:
        raise unseen(GapReason.UNSUPPORTED, "Something listens on a port of SMB (445, 139), and it is no smbd.",
                     "ss -ltnp '( sport = :445 or sport = :139 )'")  # fmt: skip


def _refuse_unread(told: dict[str, list[str]]) -> str:
    """The configuration file, where all of it was read."""
    configs = sorted({_config(line) for line in told.get("process", [])}) or [_CONFIG]
    if len(configs) > 1:
        raise unseen(GapReason.UNSUPPORTED, f"Several smbd run here, with different files: {', '.join(configs)}.",
                     "run one smbd")  # fmt: skip
    config = configs[0]
    if told.get("gone") and config in told["gone"]:
        raise unseen(GapReason.UNSUPPORTED, f"smbd was started with {config}, which is not there any more.",
                     "put it back, or restart smbd")  # fmt: skip
    if told.get("testparm") == ["denied"] or (config in told.get("denied", []) and config != _CONFIG):
        raise unseen(
            GapReason.DENIED, f"smbd was started with {config}, which the scanning account can't read.",
            f"chmod a+r {config}: it holds no secrets; or start smbd with {_CONFIG}",
        )  # fmt: skip
    if denied := told.get("denied"):
        raise unseen(GapReason.DENIED, f"The scanning account can't read {denied[0]}, which Samba reads.",
                     "let the scanning account read it: it holds no secrets")  # fmt: skip
    if "registry" in told:
        raise unseen(GapReason.UNSUPPORTED, "Part of Samba's configuration lies in its registry.",
                     f"write what `net conf list` prints into {config}, and take `registry` out of it")  # fmt: skip
    if varies := told.get("varies"):
        raise unseen(GapReason.UNSUPPORTED, f"Part of Samba's configuration depends on who connects: {varies[0]}.",
                     "include files by a fixed path")  # fmt: skip
    if told.get("testparm") != ["yes"]:
        raise unseen(GapReason.UNSUPPORTED, "testparm does not print what Samba makes of its file.",
                     f"install testparm (Debian: samba-common-bin), and look at: testparm -s {config}")  # fmt: skip
    return config


def _config(process: str) -> str:
    """The file that an smbd was started with; what its command line sets by `--option` no file tells."""
    words = process.replace(_OF_SAMBA, "").split()[4:]
    path = _CONFIG
    while words:
        word = words.pop(0)
        if word.startswith("--option") or word.startswith("-o"):
            raise unseen(GapReason.UNSUPPORTED, f"smbd was started with settings on its command line: {word}.",
                         f"write them into {path}")  # fmt: skip
        if word.startswith("--configfile="):
            path = word.partition("=")[2]
        elif word in ("-s", "--configfile") or (word[:1] == "-" and set(word[1:-1]) <= set("DFSi") and word[-1] == "s"):
            path = words.pop(0) if words else ""
        elif word.startswith("-s"):
            path = word[2:]
    if not path.startswith("/"):
        raise unseen(GapReason.UNSUPPORTED, f"smbd was started with a file that can't be found: {path}.",
                     f"start it with {_CONFIG}")  # fmt: skip
    return path


def _refuse_changed(told: dict[str, list[str]]) -> None:
    boot = number(told["boot"][0])
    loaded = min(_loaded_at(line, boot, told.get("unit", [])) for line in told["process"])
    for line in told.get("file", []):
        at, _, path = line.partition(" ")
        if number(at) > loaded:
            raise unseen(
                GapReason.UNSUPPORTED,
                f"{path} was changed after smbd had read it at {time_of(loaded)}: not all that it says is what runs.",
                "systemctl reload smbd (on Red Hat and its kin: systemctl reload smb)",
            )


def _loaded_at(process: str, boot: int, units: list[str]) -> int:
    """When it read its files for certain: at its start, or when systemd last told it (or its parent) to."""
    pid, parent, start = process.split()[:3]
    at = boot + number(start) // TICKS + 1
    for line in units:
        owner, _, microseconds = line.partition(" ")
        if owner in (pid, parent):
            at = max(at, boot + number(microseconds) // 1_000_000 + 1)
    return at


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Shares whose names differ only in what can't be shown are told apart by a number."""
    seen: dict[str, int] = {}
    for row in rows:
        name = row["name"]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            row["name"] = f"{name} ({seen[name]})"
    return rows
