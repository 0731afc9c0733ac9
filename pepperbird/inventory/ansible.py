"""`ansible-inventory --list` (JSON) read into additions to one agency: its hosts as servers, with how to log in.

Passwords are never taken over. Whatever a host has that the register cannot hold is told as a note.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pepperbird.errors import Issue, UsageError
from pepperbird.inventory.additions import Additions, Item, Origin
from pepperbird.located.document import Path
from pepperbird.model.state import SERVERS, AssetKind
from pepperbird.model.text import clean

MAX_HOSTS = 20_000
_SSH = frozenset({"ssh", "smart", "paramiko", "paramiko_ssh", "openssh"})
_WINDOWS = frozenset({"winrm", "psrp"})
_SECRET = re.compile(r"ansible_.*(pass|password|passphrase)$")
_JUMP = re.compile(r"(?:-J\s*|-o\s*['\"]?ProxyJump[= ]\s*)([A-Za-z0-9_.@:,\[\]-]+)")
_ARGUMENTS = ("ansible_ssh_common_args", "ansible_ssh_extra_args")


class _HostError(Exception):
    """One host cannot be taken over; the text says why and what to do."""


def additions_of(
    text: str, agency: str, group_kinds: Mapping[str, AssetKind], file: str
) -> tuple[Additions, list[Issue], list[str]]:
    """The hosts as additions, what is wrong with them, and notes. Raises UsageError where it is no such inventory.

    `group_kinds`: a server kind makes the group's hosts servers of that kind; another kind adds, to each of its hosts,
    an asset `<host>-<kind>` that stands on it.
    """
    data = _loaded(text, file)
    groups = {name: _members(data, name) for name in data if name != "_meta"}
    meta = data.get("_meta")
    variables = meta.get("hostvars") if isinstance(meta, dict) else None
    variables = variables if isinstance(variables, dict) else {}
    hosts = sorted({*variables, *(host for members in groups.values() for host in members)})
    if not hosts:
        raise UsageError(f"{file}: holds no host; make it with `ansible-inventory --list`")
    if len(hosts) > MAX_HOSTS:
        raise UsageError(f"{file}: more than {MAX_HOSTS} hosts; split it by agency")
    for group in group_kinds:
        if group not in groups:
            raise UsageError(f"{file}: has no group {group!r}; it has: {clean(', '.join(sorted(groups)), 300)}")
    found = Additions(agency, Origin(file))
    issues: list[Issue] = []
    notes: list[str] = []
    names: dict[str, str] = {}
    for host in hosts:
        own = variables.get(host, {})
        kinds = [kind for group, kind in group_kinds.items() if host in groups[group]]
        origin = Origin(file, label=f"host {clean(host, 80)}")
        try:
            for item in _host(host, own if isinstance(own, dict) else {}, kinds, origin, notes):
                _unique(names, item.row["id"], host)
                found.things[item.name] = item
        except _HostError as error:
            issues.append(origin.issue(str(error)))
    return found, issues, notes


def _loaded(text: str, file: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file}: not readable as JSON; make it with `ansible-inventory --list`") from error
    if not isinstance(data, dict) or not any(isinstance(value, dict) for value in data.values()):
        raise UsageError(
            f"{file}: not what `ansible-inventory --list` writes; a map of groups and `_meta` was expected"
        )
    return data


def _members(data: Mapping[str, Any], group: str) -> set[str]:
    """The hosts of a group and of the groups below it."""
    found: set[str] = set()
    waiting, seen = [group], {group}
    while waiting:
        entry = data.get(waiting.pop())
        if not isinstance(entry, dict):
            continue
        found |= set(_strings(entry.get("hosts")))
        below = [child for child in _strings(entry.get("children")) if child not in seen]
        waiting += below
        seen |= set(below)
    return found


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, list | dict):
        yield from (item for item in value if isinstance(item, str))


def _host(
    host: str, own: Mapping[str, Any], kinds: list[AssetKind], origin: Origin, notes: list[str]
) -> Iterator[Item]:
    connection = str(own.get("ansible_connection", "ssh")).rpartition(".")[2]
    name = re.sub(r"[^a-z0-9._-]+", "-", host.lower()).strip("-._")[:64]
    if not name:
        raise _HostError("no short name can be made of it; add it by hand")
    servers = {kind for kind in kinds if kind in SERVERS}
    if len(servers) > 1:
        raise _HostError("its groups make it both a Linux and a Windows server; correct --group-kind")
    kind = servers.pop() if servers else AssetKind.WINDOWS_SERVER if connection in _WINDOWS else AssetKind.LINUX_SERVER
    row: dict[str, Any] = {"id": name, "kind": str(kind)}
    if name != host:
        row["title"] = host
    origins: dict[Path, Origin] = {}
    if connection == "local":
        row["access"] = [{"via": "local"}]
    elif connection in _SSH:
        row["access"] = [_ssh(host, own, origin, notes)]
    else:
        notes.append(f"{origin.label}: connection {clean(connection, 40)!r} is not taken over; `access` is left out")
    if any(_SECRET.fullmatch(key) for key in own):
        notes.append(
            f"{origin.label}: its password was not taken; write `secret: env:NAME` or `file:PATH` in its access"
        )
    yield Item("assets", row, origin, origins)
    for other in dict.fromkeys(kinds):
        if other not in SERVERS:
            yield Item("assets", {"id": f"{name[:48]}-{other}", "kind": str(other), "on": name}, origin)


def _ssh(host: str, own: Mapping[str, Any], origin: Origin, notes: list[str]) -> dict[str, Any]:
    address = _text(own, "ansible_host", "ansible_ssh_host") or host
    port = _text(own, "ansible_port", "ansible_ssh_port")
    if port is not None and port != "22":
        address = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    access: dict[str, Any] = {"via": "ssh", "at": address}
    if (user := _text(own, "ansible_user", "ansible_ssh_user", "ansible_user_id")) is not None:
        access["as"] = user
    if (key := _text(own, "ansible_ssh_private_key_file", "ansible_private_key_file")) is not None:
        access["key"] = key
    for name in _ARGUMENTS:
        arguments = _text(own, name)
        if arguments is None:
            continue
        jump = _JUMP.search(arguments)
        if jump is not None:
            access["jump"] = [hop for hop in jump.group(1).split(",") if hop]
        if jump is None or jump.group(0) != arguments.strip():
            notes.append(f"{origin.label}: {name} is only taken over as far as it names a jump host")
    return access


def _text(own: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = own.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise _HostError(f"{name} is not text; write it out in the Ansible inventory")
        if "{{" in str(value) or "{%" in str(value):
            raise _HostError(f"{name} is a template, which only Ansible can fill in; write it out")
        return str(value)
    return None


def _unique(names: dict[str, str], name: str, host: str) -> None:
    if name in names:
        raise _HostError(f"gives the short name {name!r}, as host {clean(names[name], 80)} does; rename one")
    names[name] = host
