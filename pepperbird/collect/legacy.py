"""The fallback for servers that know only old algorithms: the `ssh` program, where the site allows it for an access.

It still refuses a host key that nobody vouched for. Passwords are not given to it: keys and the agent only.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from pathlib import Path

from pepperbird.collect import words
from pepperbird.collect.address import Address
from pepperbird.collect.frame import remote_command
from pepperbird.collect.interface import Lifeline, Order, Refused, Sink
from pepperbird.collect.known_hosts import fingerprint
from pepperbird.collect.local import run_command, run_program
from pepperbird.collect.vouch import known_hosts_file
from pepperbird.model.gap import Gap, GapReason

_OLD = {
    "KexAlgorithms": "+diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1",
    "HostKeyAlgorithms": "+ssh-rsa",
    "PubkeyAcceptedAlgorithms": "+ssh-rsa",
    "Ciphers": "+aes128-cbc,aes256-cbc,3des-cbc",
    "MACs": "+hmac-sha1",
}
_COMPRESSED = "as `ssh -C` agreed on"
"""What is told of compression, where `ssh` says no more."""


def run_legacy(order: Order, address: Address, user: str, sink: Sink, lifeline: Lifeline) -> None:
    """Carry out `order` with the `ssh` program. Raises Refused."""
    if shutil.which("ssh") is None:
        raise Refused(Gap(GapReason.LEGACY_SSH, "the `ssh` program is not installed here", "Install openssh-client."))
    sink.told("counted", words.PIPES)
    sink.told("compressed", _COMPRESSED if order.access.compress else words.PLAIN)
    with tempfile.TemporaryDirectory(prefix="pepperbird-") as folder:
        known = known_hosts_file(order.options)
        if order.access.host_key is not None:
            known = _pinned(order, address, Path(folder), lifeline)
        status = run_program(_arguments(order, address, user, known), order, sink, lifeline)
    if status == 255 and lifeline.cut_at is None:
        _explain(sink)


def _arguments(order: Order, address: Address, user: str, known: Path) -> list[str]:
    access = order.access
    settings = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(known),
        "GlobalKnownHostsFile": "/dev/null",
        "UpdateHostKeys": "no",
        "ConnectTimeout": str(order.endpoint.connect_timeout),
        "LogLevel": "ERROR",
        "RequestTTY": "no",
        "Compression": "yes" if access.compress else "no",
        **_OLD,
    }
    arguments = ["ssh", "-F", "/dev/null"]
    for name, value in settings.items():
        arguments += ["-o", f"{name}={value}"]
    if access.key:
        path = (order.options.root or Path.cwd()) / Path(access.key).expanduser()
        arguments += ["-i", str(path), "-o", "IdentitiesOnly=yes"]
    if access.jump:
        arguments += ["-J", ",".join(access.jump)]
    return [*arguments, "-p", str(address.port), "-l", user, "--", address.host, remote_command(len(order.program))]


def _pinned(order: Order, address: Address, folder: Path, lifeline: Lifeline) -> Path:
    """A known_hosts file with the one key of the machine that has the fingerprint of the inventory."""
    seconds = str(max(int(lifeline.left()), 1))
    said = run_command(["ssh-keyscan", "-T", seconds, "-p", str(address.port), "--", address.host], lifeline)
    found = []
    for line in said.decode("utf-8", "replace").splitlines():
        fields = line.split()
        if len(fields) == 3 and not line.startswith("#"):
            shown = fingerprint(base64.b64decode(fields[2] + "=="))
            if shown == order.access.host_key:
                file = folder / "known_hosts"
                file.write_text(f"{address.known_as} {fields[1]} {fields[2]}\n", encoding="ascii")
                return file
            found.append(shown)
    detail = f"{address} shows {words.shown(', '.join(found) or 'no key')}; the inventory has {order.access.host_key}"
    raise Refused(Gap(GapReason.HOST_KEY, detail, "Ask its administrator for the fingerprint before you change it."))


def _explain(sink: Sink) -> None:
    """`ssh` itself failed: its words say why."""
    said = words.shown(bytes(getattr(sink, "stderr").data[:2000]), 300)  # noqa: B009 - only our own Answer keeps it
    reason = GapReason.UNREACHABLE
    if "host key" in said.lower():
        reason = GapReason.HOST_KEY
    elif "permission denied" in said.lower():
        reason = GapReason.LOGIN_REFUSED
    elif "no matching" in said.lower():
        reason = GapReason.LEGACY_SSH
    raise Refused(Gap(reason, f"the `ssh` program could not do it either: {said}", "See `ssh -v` to this machine."))
