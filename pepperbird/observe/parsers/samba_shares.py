"""What testparm -sv prints, and the files of `net usershare`: settings that hold for all, and the shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.text import clean
from pepperbird.observe.text import unknown

_DIALECTS: Final[Mapping[str, int]] = {
    "CORE": 1, "COREPLUS": 2, "LANMAN1": 10, "LANMAN2": 20, "NT1": 100, "SMB2": 210, "SMB2_02": 202, "SMB2_10": 210,
    "SMB2_22": 222, "SMB2_24": 224, "SMB3": 311, "SMB3_00": 300, "SMB3_02": 302, "SMB3_10": 310, "SMB3_11": 311,
}  # fmt: skip
"""Dialects as smb.conf names them; SMB2 and SMB3 alone stand for a later one, as Samba takes them."""
_ENCRYPTION: Final = {
    "default": "default", "auto": "default", "enabled": "default", "if_required": "default", "yes": "required",
    "true": "required", "desired": "desired", "required": "required", "mandatory": "required", "force": "required",
    "no": "off", "off": "off", "false": "off", "disabled": "off",
}  # fmt: skip
_SIGNING: Final = {
    "default": "offered", "auto": "offered", "yes": "offered", "enabled": "offered", "if_required": "offered",
    "desired": "offered", "required": "required", "mandatory": "required", "force": "required", "no": "disabled",
    "off": "disabled", "disabled": "disabled",
}  # fmt: skip
_ROLE_DC: Final = "active directory domain controller"
Sections = dict[str, dict[str, str]]


def sections(lines: list[str]) -> Sections:
    """The settings by section; `global` holds what a share that is silent has."""
    found: Sections = {}
    current: dict[str, str] | None = None
    for line in lines:
        if line.startswith("[") and line.endswith("]"):
            if line[1:-1] in found:
                raise unknown(line)
            current = found[line[1:-1]] = {}
        else:
            name, equals, value = line.strip().partition(" =")
            if not equals or current is None:
                raise unknown(line)
            current[name] = value.strip()
    if "global" not in found:
        raise ValueError("testparm printed no [global]")
    return found


def globals_row(config: str, found: Sections) -> dict[str, Any]:
    """What holds for every share."""
    base = found["global"]
    protocol = (base.get("server min protocol") or base["min protocol"]).upper()
    signing = _one_of(_SIGNING, base["server signing"])
    if base["server signing"].lower() == "default" and base.get("server role", "").lower() == _ROLE_DC:
        signing = "required"  # so Samba decides on a domain controller
    if protocol not in _DIALECTS:
        raise unknown(protocol)
    return {
        "id": clean(config, 300), "min_protocol": protocol, "min_dialect": _DIALECTS[protocol], "signing": signing,
        "encryption": _encryption(base), "map_to_guest": base["map to guest"].lower(),
        "restrict_anonymous": int(base["restrict anonymous"]),
    }  # fmt: skip


def shares(found: Sections) -> list[dict[str, Any]]:
    """Each share that is switched on, printers left out."""
    base = found["global"]
    rows = []
    for name, own in found.items():
        share = {**base, **own}
        if name == "global" or _yes(share["printable"]) or not _yes(share["available"]):
            continue
        path = own.get("path", "") or ("/home" if name == "homes" else base.get("path", ""))
        guest = _yes(share["guest ok"]) or _yes(share["guest only"])
        rows.append(_row(name, path, share, guest=guest, by_user=False))
    return rows


def user_shares(lines: list[str], folder: str, found: Sections) -> list[dict[str, Any]]:
    """The shares in the files of `net usershare`: `FOLDER/NAME:setting=value`."""
    files: dict[str, dict[str, str]] = {}
    for line in lines:
        head, colon, setting = line.removeprefix(folder.rstrip("/") + "/").partition(":")
        if not colon:
            raise unknown(line)
        name, _, value = setting.partition("=")
        files.setdefault(head, {})[name.strip().lower()] = value
    rows = []
    for head, file in files.items():
        if "path" in file:
            guest = file.get("guest_ok", "n").strip().lower().startswith("y")
            share = {**found["global"], "read only": "No" if ":f" in file.get("usershare_acl", "").lower() else "Yes"}
            rows.append(_row(file.get("sharename") or head, file["path"], share, guest=guest, by_user=True))
    return rows


def _row(name: str, path: str, share: Mapping[str, str], *, guest: bool, by_user: bool) -> dict[str, Any]:
    return {
        "name": clean(name, 200), "path": clean(path, 1000), "guest": guest, "writable": not _yes(share["read only"]),
        "encryption": _encryption(share), "hosts_allow": clean(share.get("hosts allow", ""), 300),
        "valid_users": clean(share.get("valid users", ""), 300), "made_by_user": by_user,
    }  # fmt: skip


def _encryption(share: Mapping[str, str]) -> str:
    """Samba before 4.14 calls it `smb encrypt`."""
    return _one_of(_ENCRYPTION, share.get("server smb encrypt") or share["smb encrypt"])


def _one_of(words: Mapping[str, str], value: str) -> str:
    if value.lower() not in words:
        raise unknown(value)
    return words[value.lower()]


def _yes(value: str) -> bool:
    if value.lower() not in ("yes", "no"):
        raise unknown(value)
    return value.lower() == "yes"
