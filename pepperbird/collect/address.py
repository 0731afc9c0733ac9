"""Addresses as the site writes them (`host`, `host:port`, `[v6]:port`, `user@host:port`), and connecting to one."""

from __future__ import annotations

import contextlib
import getpass
import socket
import time
from dataclasses import dataclass
from functools import partial

from pepperbird.collect import words
from pepperbird.collect.interface import Lifeline, Refused
from pepperbird.model.gap import Gap, GapReason


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int = 22
    user: str | None = None

    @property
    def known_as(self) -> str:
        """The name under which known_hosts files keep it."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 22 else f"{host}:{self.port}"


def parse_address(text: str, default_port: int = 22) -> Address:
    """Raises Refused where `text` is no address."""
    user, _, place = text.rpartition("@")
    host, port = place, ""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        port = rest.removeprefix(":")
    elif place.count(":") == 1:
        host, _, port = place.partition(":")
    number = int(port) if port.isascii() and port.isdigit() else default_port
    if not host or host.startswith("-") or not 0 < number < 65536 or (port and not port.isdigit()):
        detail = f"{words.shown(text)!r} is no address"
        raise Refused(Gap(GapReason.UNREACHABLE, detail, "Write `at` as host or host:port."))
    return Address(host.lower(), number, user or None)


def account(*names: str | None) -> str:
    """The first name that is given, else the account this process runs under, as `ssh` does it."""
    return next((name for name in names if name), None) or getpass.getuser()


def connect(address: Address, lifeline: Lifeline) -> socket.socket:
    """A TCP connection to the first of its addresses that answers. Raises Refused."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        detail = f"the name {words.shown(address.host)} has no address: {words.shown(error)}"
        raise Refused(Gap(GapReason.UNREACHABLE, detail, "Correct `at`, or the DNS of this computer.")) from error
    failure: OSError = OSError("no address")
    for number, (family, kind, protocol, _, place) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        lifeline.closes(partial(abort, connection))
        try:
            # A dead address of several may not use up the time of the others.
            connection.settimeout(max(lifeline.left() / (len(found) - number), 0.1))
            connection.connect(place)
        except OSError as error:
            connection.close()
            failure = error
            continue
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    if isinstance(failure, TimeoutError) or lifeline.cut_at:
        lifeline.stage_due = min(lifeline.stage_due, time.monotonic())
        raise Refused(no_answer(address)) from failure
    raise Refused(refused(address, failure)) from failure


def no_answer(address: Address) -> Gap:
    return Gap(
        GapReason.CONNECT_TIMEOUT,
        f"{address} does not answer",
        "Check that it runs, that address and port are right, and that a firewall lets this computer in.",
    )


def refused(address: Address, error: object) -> Gap:
    return Gap(
        GapReason.UNREACHABLE,
        f"{address} cannot be reached: {words.shown(str(error))}",
        "Check that the machine and its SSH server run, and that address and port are right.",
    )


def abort(connection: socket.socket) -> None:
    """Close it so that whoever reads or writes on it stops at once."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
