"""The `ssh` transport: one connection, one login, one exec, the program and its frame on standard input."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from pepperbird.collect import words
from pepperbird.collect.address import Address, account, parse_address
from pepperbird.collect.frame import remote_command
from pepperbird.collect.hostkey import fetch_host_keys
from pepperbird.collect.interface import Lifeline, Order, Refused, Sink
from pepperbird.collect.known_hosts import fingerprint
from pepperbird.collect.ssh_link import Link, close, compression, legacy_gap, overflowed
from pepperbird.collect.ssh_login import login
from pepperbird.collect.ssh_open import open_target, require_key
from pepperbird.collect.vouch import ALGORITHMS, HostKeyRule
from pepperbird.model.gap import Gap, GapReason

_PIECE = 65536


class SshTransport:
    """Speaks SSH itself (paramiko). Where a server knows only old algorithms, `legacy` hands over to `ssh`."""

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        access, options = order.access, order.options
        address = parse_address(access.at)
        user = account(access.user, address.user)
        lifeline.enter(words.CONNECT, order.endpoint.connect_timeout)
        sink.told("user", words.shown(user, 100))
        rule = HostKeyRule(address, access.host_key, options)
        try:
            try:
                link = _trusted(order, address, rule, lifeline, sink)
            except IncompatiblePeer as error:
                self._legacy(order, address, user, sink, lifeline, error)
                return
            sink.told("legacy", False)
            sink.told("counted", words.WIRE)
            sink.told("compressed", compression(link))
            try:
                lifeline.enter(words.LOGIN)
                login(link, user, address, access, options, hop=False)
                lifeline.enter(words.PROBES)
                _exec(link, order, sink)
            finally:
                too_much = overflowed(link)
                if too_much is not None:
                    raise Refused(too_much)
        finally:
            lifeline.release()

    def _legacy(
        self, order: Order, address: Address, user: str, sink: Sink, lifeline: Lifeline, error: BaseException
    ) -> None:
        if not order.access.legacy:
            raise Refused(legacy_gap(address, error, getattr(sink, "connection", {}))) from error
        from pepperbird.collect.legacy import run_legacy

        sink.told("legacy", True)
        run_legacy(order, address, user, sink, lifeline)


def _trusted(order: Order, address: Address, rule: HostKeyRule, lifeline: Lifeline, sink: Sink) -> Link:
    """A connection to a server whose host key is vouched for."""
    access, options = order.access, order.options
    link = open_target(access, address, options, rule.algorithms(), order.max_bytes, lifeline, sink)
    key = link.get_remote_server_key()
    if rule.pinned and not rule.accepts(key.asbytes()):
        # The fingerprint of the inventory may be that of another of its keys: the server shows the one asked for.
        with contextlib.suppress(Refused):
            shown = fetch_host_keys(access, lifeline.left(), options, lifeline.meters)
            kind = next((kind for kind, _, print_ in shown if print_ == access.host_key), None)
            if kind is not None:
                close(link)
                link = open_target(access, address, options, ALGORITHMS[kind], order.max_bytes, lifeline, sink)
                key = link.get_remote_server_key()
    sink.told("host_key_type", words.shown(key.get_name(), 60))
    sink.told("host_key_fingerprint", fingerprint(key.asbytes()))
    sink.told("peer", _peer(link))
    require_key(link, rule)
    sink.told("host_key_verified", True)  # until here anybody could have said what we noted of the connection
    return link


def _peer(link: Link) -> str:
    peer: Any = link.sock.getpeername()
    return f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else "through a jump host"


def _exec(link: Link, order: Order, sink: Sink) -> None:
    """Run the program and feed `sink` until the machine is done, or the sink has enough. Raises Refused."""
    try:
        channel = link.open_session()
        sink.told("round_trip_ms", _round_trip(link))
        arrived = threading.Event()
        channel.in_buffer.set_event(arrived)
        channel.in_stderr_buffer.set_event(arrived)
        channel.exec_command(remote_command(len(order.program)))
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise Refused(_no_exec(error)) from error
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):  # what it said so far tells why
        channel.sendall(order.program + order.frame)
        channel.shutdown_write()
    _listen(channel, arrived, sink)


def _round_trip(link: Link) -> int:
    """Milliseconds to and fro, by a request that every server answers at once, if only to say that it knows none such.

    Opening the session would not do: the server prepares it before it answers, which can take half a second.
    """
    before = time.monotonic()
    link.global_request("keepalive@openssh.com", wait=True)
    return round((time.monotonic() - before) * 1000)


def _listen(channel: paramiko.Channel, arrived: threading.Event, sink: Sink) -> None:
    while True:
        ended = channel.eof_received or channel.closed
        quiet = True
        # Reading one stream may clear the event that the other has set: sleep only after a look at both found nothing.
        if channel.recv_ready():
            quiet = False
            if not sink.out(channel.recv(_PIECE)):
                return
        if channel.recv_stderr_ready():
            quiet = False
            if not sink.err(channel.recv_stderr(_PIECE)):
                return
        if quiet:
            if ended:
                return
            arrived.wait(0.5)
            arrived.clear()


def _no_exec(error: BaseException) -> Gap:
    return Gap(
        GapReason.UNSUPPORTED,
        f"the login was accepted, but no command may be run: {words.shown(error)}",
        "The account needs a shell; `ForceCommand` and `restrict` in its keys or in sshd_config may forbid it.",
    )
