"""Keys that open a machine and what each may do there, keys that lie on it, and servers of backups that only add."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import shlex
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

from pepperbird.expression.functions import under
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.text import keyed, unknown, unseen, whole

_KEY: Final = re.compile(
    r"(?:(?P<options>.*?)[ \t]+)?(?P<kind>ssh-[a-z0-9-]+|ecdsa-[a-z0-9-]+|sk-[a-z0-9@.-]+) +(?P<key>[A-Za-z0-9+/=]+)"
)
_OPTION: Final = re.compile(r'([A-Za-z0-9-]+)(?:="((?:[^"\\]|\\.)*)")?(?:,|$)')
_PRUNED: Final = ("/proc", "/sys", "/dev", "/run", "/usr", "/tmp", "/var/lib/docker")  # noqa: S108 - only named
_DEEPEST: Final = 3
"""A home of three folders has its keys five deep, where the probe ends."""
_BESIDE: Final = ("hangs", "closed")
_CLOSED: Final = ("nologin", "false", "sync", "halt", "shutdown")
_OFF: Final = frozenset({"none", "no", ""})
_USUAL: Final = frozenset({".ssh/authorized_keys", ".ssh/authorized_keys2", "%h/.ssh/authorized_keys"})
_EACH: Final = frozenset({"no-port-forwarding", "no-agent-forwarding", "no-x11-forwarding", "no-pty"})
"""What `restrict` stands for; older servers know only these."""
_WAYS: Final = {
    "passwordauthentication": "passwords (PasswordAuthentication)",
    "kbdinteractiveauthentication": "passwords (KbdInteractiveAuthentication)",
    "authorizedkeyscommand": "keys that a program names (AuthorizedKeysCommand)",
    "trustedusercakeys": "certificates (TrustedUserCAKeys)",
}


def admitted(output: bytes) -> dict[str, Any]:
    """`keys`, one row each, `other_ways`, and `beside`: where none were looked for while a mount hangs.

    Raises Unseen where sshd did not tell its settings.
    """
    rows: list[dict[str, Any]] = []
    settings: dict[str, str] = {}
    homes: dict[str, str] = {}
    ways: list[str] = []
    lines = whole(output)
    for key, value in keyed(lines):
        if key == "key":
            file, _, line = value.partition(" ")
            rows.append(_row(file, line, len(rows), homes))
        elif key == "sshd":
            name, _, setting = value.partition(" ")
            settings[name.lower()] = setting.strip()
        elif key == "failed":
            raise unseen(
                GapReason.PARSE, f"The machine could not tell who may log in: {value}", "see what `sshd -T` says there"
            )
        elif key == "account":
            name, home, _ = _account(value)
            homes.setdefault(home, name)
        elif key == "linked":
            ways.append(clean(f"keys that {value} leads to", 200))
        elif key not in ("network", *_BESIDE):
            raise unknown(f"{key} {value}")
    if not _WAYS.keys() <= settings.keys() | {"authorizedkeyscommand", "trustedusercakeys"}:
        raise ValueError("sshd did not tell whether passwords are taken")
    ways += [words for name, words in _WAYS.items() if settings.get(name, "").lower() not in _OFF]
    if "1" in settings.get("protocol", "2").split(","):
        ways.append("keys of SSH 1, which are all digits (Protocol)")
    files = settings.get("authorizedkeysfile", "")
    if not files or not set(files.split()) <= _USUAL | {"none"}:
        ways.append(clean(f"keys in other files (AuthorizedKeysFile {files})", 200))
    ways += [f"keys of {one}" for one in _not_entered(lines)]
    return {"keys": rows, "other_ways": ways, "beside": _beside(lines)}


def held(output: bytes) -> dict[str, Any]:
    """`keys`: the fingerprints of all keys, or a Gap where one could not be told or a home was not entered.

    While a mount hangs, of all that were found: `beside` names where none were looked for.
    """
    public: dict[str, str] = {}
    private: list[str] = []
    lines = whole(output)
    for key, value in keyed(lines):
        if key == "public":
            file, _, text = value.rpartition(" ")
            public[file] = _fingerprint(text)
        elif key == "private":
            private.append(value)
        elif key == "failed":
            raise unseen(GapReason.DENIED, f"The machine was not searched whole: {value}")
        elif key not in ("account", "network", *_BESIDE):
            raise unknown(f"{key} {value}")
    beside = _beside(lines)
    if places := _not_entered(lines):
        gap = Gap(GapReason.UNSUPPORTED, f"The keys of these were not looked at: {', '.join(places)[:300]}")
        return {"keys": gap, "beside": beside}
    if alone := [one for one in private if f"{one}.pub" not in public]:
        return {"keys": Gap(
            GapReason.UNSUPPORTED, clean(f"Private keys without their public half (.pub): {', '.join(alone)}", 400),
            "write it beside the key: ssh-keygen -y -f KEY > KEY.pub",
        ), "beside": beside}  # fmt: skip
    return {"keys": sorted(set(public.values())), "beside": beside}


def servers(output: bytes) -> dict[str, Any]:
    """`rows`: the servers that run. Raises Unseen where other accounts' processes could not be seen."""
    rows: list[dict[str, Any]] = []
    for key, value in keyed(whole(output)):
        if key == "sees" and value == "own":
            raise unseen(GapReason.DENIED, "Only the account's own processes can be seen (hidepid).")
        if key == "server":
            name, _, line = value.partition(" ")
            words = line.split()
            if name == "rclone" and words[1:3] != ["serve", "restic"]:
                continue
            rows.append(
                {
                    "id": clean(f"{name} {len(rows) + 1}", 60),
                    "path": _served(words),
                    "append_only": "--append-only" in words,
                }
            )
        elif key not in ("sees", ""):
            raise unknown(f"{key} {value}")
    return {"rows": rows}


def _served(words: list[str]) -> str:
    for before, word in pairwise(words):
        if before == "--path":
            return clean(word, 200)
    return clean(next((word[7:] for word in words if word.startswith("--path=")), ""), 200)


def _account(value: str) -> tuple[str, str, str]:
    """Name, home and shell."""
    parts = value.split(":")
    if len(parts) != 3:
        raise unknown(f"account {value}")
    return parts[0], parts[1], parts[2]


def _beside(lines: list[str]) -> list[str]:
    """Where keys may lie that nobody could look for, in words. What is never searched is left out."""
    found = [clean(f"{point} ({kind}), which hangs", 200) for point, kind in _hanging(lines)]
    found += [clean(f"{value}, which could not be listed", 200) for key, value in keyed(lines) if key == "closed"]
    return found[:50]


def _hanging(lines: list[str]) -> list[tuple[str, str]]:
    """Point and kind of each mount that hangs."""
    found = []
    for key, value in keyed(lines):
        point, _, kind = value.rpartition(" ")
        if key == "hangs" and not (point.startswith("/") and kind):
            raise unknown(f"{key} {value}")
        if key == "hangs" and not any(under(point, place) for place in _PRUNED):
            found.append((point, kind))
    return found


def _not_entered(lines: list[str]) -> list[str]:
    """The accounts that can log in and whose homes the probe did not look into, but those on a mount that hangs."""
    network = [value for key, value in keyed(lines) if key == "network"]
    hanging = _hanging(lines)
    found = []
    if not any(key == "account" for key, _ in keyed(lines)):
        raise ValueError("the machine named no accounts")
    for key, value in keyed(lines):
        if key != "account":
            continue
        name, home, shell = _account(value)
        if shell.rpartition("/")[2] in _CLOSED or any(under(home, point) for point, _ in hanging):
            continue
        deep = len([step for step in home.split("/") if step]) > _DEEPEST
        if deep or any(under(home, place) for place in (*_PRUNED, *network)):
            found.append(clean(f"{name} ({home})", 100))
    return found[:50]


def _row(file: str, line: str, index: int, homes: dict[str, str]) -> dict[str, Any]:
    match = _KEY.fullmatch(line.strip())
    if match is None:
        raise unknown(f"key {file} {line}")
    options = _options(match["options"] or "")
    print_ = _fingerprint(match["key"])
    words = _words(options.get("command"))
    return {
        "id": clean(f"{file} {index + 1} {print_}", 300), "account": homes.get(file.rpartition("/.ssh/")[0], ""),
        "fingerprint": print_, "command": _may(options, words), "within": _within(words),
        "restricted": _restricted(set(options)),
    }  # fmt: skip


def _restricted(options: set[str]) -> bool:
    if "restrict" in options:
        return not options & {"port-forwarding", "agent-forwarding", "x11-forwarding", "pty"}
    return options >= _EACH


def _options(text: str) -> dict[str, str]:
    found, at = {}, 0
    while at < len(text):
        match = _OPTION.match(text, at)
        if match is None:
            raise unknown(f"options {text[at:]}")
        found[match[1].lower()] = (match[2] or "").replace('\\"', '"')
        at = match.end()
    return found


def _words(command: str | None) -> list[str]:
    try:
        return shlex.split(command or "")
    except ValueError:
        return ["?"]


def _may(options: dict[str, str], words: list[str]) -> str:
    """In one word. What a shell could make more of (`;`, `$(...)`) is a command like any other."""
    if "command" not in options:
        return "any"
    plain = re.fullmatch(r"[A-Za-z0-9 _./=:@+-]*", " ".join(words)) is not None
    program = words[0].rpartition("/")[2] if words else ""
    borg = program == "borg" and words[1:2] == ["serve"]
    rest = program == "rclone" and words[1:3] == ["serve", "restic"]
    if plain and (borg or rest):
        return "append-only" if "--append-only" in words else "borg" if borg else "other"
    return "other"


def _within(words: Iterable[str]) -> list[str]:
    found, before = [], ""
    for word in words:
        name, _, value = word.partition("=")
        if name in ("--restrict-to-path", "--restrict-to-repository") and value:
            found.append(clean(value, 200))
        elif before in ("--restrict-to-path", "--restrict-to-repository"):
            found.append(clean(word, 200))
        before = word
    return found


def _fingerprint(key: str) -> str:
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a key that is no base64") from error
    return "SHA256:" + base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
