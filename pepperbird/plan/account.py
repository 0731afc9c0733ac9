"""The scripts that give a machine the account of the scan, and take all of it away again. Text only; nothing is run.

Every value stands once, at the head, as a quoted variable; what follows is the same for every machine. POSIX sh, for
shadow's tools and for busybox. Both scripts may be run again at any time.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pepperbird.errors import UsageError
from pepperbird.model.plan import EndpointPlan
from pepperbird.plan.account_script import MAKE, REMOVE
from pepperbird.plan.rights import account_of, sudoers

MARK: Final = "pepperbird read-only scans"
OPTIONS: Final = ("no-agent-forwarding", "no-port-forwarding", "no-pty", "no-user-rc", "no-X11-forwarding")
"""All that `restrict` means to today's servers, in words that those before OpenSSH 7.2 know too."""
EACH: Final = "DEVICE"
"""Left in the rights: the script names the disks that it finds on the machine."""
_NAME: Final = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_KEY: Final = re.compile(r"(ssh-[a-z0-9]+|ecdsa-sha2-nistp[0-9]+|sk-[a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})( .*)?")
_FROM: Final = re.compile(r"[A-Za-z0-9*?:][A-Za-z0-9.:/*?_-]{0,99}")


@dataclass(frozen=True, slots=True)
class Account:
    """What the scripts are made of. `key` is a public key without its comment; `expires` a day."""

    name: str
    machine: str
    key: str
    allowed_from: tuple[str, ...]
    expires: str
    rights: str


def account(endpoint: EndpointPlan, key: str, allowed_from: Sequence[str], days: int, *, at: str) -> Account:
    """The account of an endpoint, valid for `days` from `at`. Raises UsageError for values no script should hold."""
    for one in allowed_from:
        if not _FROM.fullmatch(one):
            raise UsageError(f"{one!r} is no address to log in from; give an IP address, a network or a host name")
    expires = (datetime.fromisoformat(at) + timedelta(days=days)).strftime("%Y-%m-%d")
    rights = sudoers([endpoint], [EACH]) if any(probe.commands for probe in endpoint.probes) else ""
    return Account(_name(endpoint), _machine(endpoint), public_key(key), tuple(allowed_from), expires, rights)


def public_key(text: str) -> str:
    """Type and key of a public key file, without options and comment. Raises UsageError."""
    if "PRIVATE KEY" in text:
        raise UsageError("this is a private key, which must never leave its machine; name the file that ends in .pub")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    match = _KEY.fullmatch(lines[0]) if len(lines) == 1 else None
    if match is None:
        raise UsageError("this is no public SSH key: one line, for example `ssh-ed25519 AAAA... comment`")
    kind, body = match.group(1), match.group(2)
    try:
        raw = base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise UsageError("this public SSH key is damaged: copy the file again") from error
    if raw[4 : 4 + len(kind)] != kind.encode() or int.from_bytes(raw[:4]) != len(kind):
        raise UsageError(f"this public SSH key is damaged: it does not hold a key of type {kind}")
    return f"{kind} {body}"


def make_script(made: Account) -> str:
    """The script that makes the account, its key and its rights, or brings them up to date."""
    options = ([f'from="{",".join(made.allowed_from)}"'] if made.allowed_from else []) + list(OPTIONS)
    head = f"Lets pepperbird look at {made.machine} until {made.expires}: one account, one key, fixed commands."
    days = (datetime.fromisoformat(made.expires) - datetime(1970, 1, 1)).days
    return _script(
        head,
        {
            "account": made.name, "mark": MARK, "expires": made.expires, "expires_day": str(days),
            "key": f"{','.join(options)} {made.key} {made.name}", "rights": made.rights,
            "rights_file": rights_file(made.name),
        },
        MAKE,
    )  # fmt: skip


def remove_script(endpoint: EndpointPlan) -> str:
    """The script that takes away all that `make_script` made, whatever it was made with."""
    name = _name(endpoint)
    head = f"Takes from {_machine(endpoint)} all that was made for pepperbird: account, home, key and rights."
    return _script(head, {"account": name, "mark": MARK, "rights_file": rights_file(name)}, REMOVE)


def rights_file(name: str) -> str:
    """Where the account's rights lie; sudo passes over a name with a dot in it."""
    return "/etc/sudoers.d/pepperbird" if name == "pepperbird" else f"/etc/sudoers.d/pepperbird-{name}"


def _script(head: str, values: dict[str, str], body: str) -> str:
    lines = ["#!/bin/sh", f"# {head}", "# Run it there as root; it may be run again.", "set -eu", ""]
    lines += [f"{name}={_quoted(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n" + body


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _name(endpoint: EndpointPlan) -> str:
    name = account_of(endpoint)
    if name == "root":
        raise UsageError(
            f"{endpoint.asset} is reached as root, which needs no rights of its own; set `as: pepperbird` on its "
            "access, so that the scan has few"
        )
    if not _NAME.fullmatch(name):
        raise UsageError(f"no script makes an account named {name!r}; choose a plain name, for example pepperbird")
    return name


def _machine(endpoint: EndpointPlan) -> str:
    return f"{endpoint.agency}/{endpoint.asset}"
