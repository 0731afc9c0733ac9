"""The way to a machine over SSH: through its jump hosts, each with its own host key and login, to the machine's key."""

from __future__ import annotations

from collections.abc import Sequence

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from pepperbird.collect import words
from pepperbird.collect.address import Address, account, connect, parse_address
from pepperbird.collect.interface import CollectOptions, Lifeline, Refused, Sink
from pepperbird.collect.ssh_link import Link, close, legacy_gap, open_link
from pepperbird.collect.ssh_login import login
from pepperbird.collect.vouch import HostKeyRule
from pepperbird.collect.wire import Connection
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.site import Access

_OVERHEAD = 1 << 20
"""What a connection may take beside what the probes say: key exchange, packets' own headers."""


def open_way(access: Access, address: Address, options: CollectOptions, lifeline: Lifeline, limit: int) -> Connection:
    """A connection to the machine's SSH port, direct or through all of its jump hosts. Raises Refused."""
    hops = [parse_address(hop) for hop in access.jump]
    places = [*hops, address]
    way: Connection = connect(places[0], lifeline)
    for number, hop in enumerate(hops):
        rule = HostKeyRule(hop, None, options)
        try:
            limit_here = 4 * limit + 4 * _OVERHEAD
            link = open_link(way, hop, rule.algorithms(), limit_here, lifeline, None)
        except IncompatiblePeer as error:
            raise Refused(_on_the_way(hop, legacy_gap(hop, error, {}))) from error
        try:
            require_key(link, rule)
            login(link, account(hop.user, access.user), hop, access, options, hop=True)
        except Refused as refused:
            raise Refused(_on_the_way(hop, refused.gap)) from refused
        following = places[number + 1]
        try:
            way = link.open_channel("direct-tcpip", (following.host, following.port), ("127.0.0.1", 0))
        except (paramiko.SSHException, EOFError) as error:
            detail = f"jump host {hop} does not reach {following}: {words.shown(error)}"
            remedy = "Check the address, and that the jump host allows forwarding (AllowTcpForwarding)."
            raise Refused(Gap(GapReason.UNREACHABLE, detail, remedy)) from error
        lifeline.closes(way.close)
    return way


def open_target(
    access: Access,
    address: Address,
    options: CollectOptions,
    algorithms: Sequence[str],
    limit: int,
    lifeline: Lifeline,
    sink: Sink | None,
) -> Link:
    """A connection whose server has shown a host key, which nobody has looked at yet. Raises as `open_link` does."""
    way = open_way(access, address, options, lifeline, limit)
    limit = 2 * limit + _OVERHEAD
    return open_link(way, address, algorithms, limit, lifeline, sink, compress=access.compress)


def require_key(link: Link, rule: HostKeyRule) -> None:
    """Raises Refused where nobody vouches for the key that the server has shown."""
    key = link.get_remote_server_key()
    rule.require(key.get_name(), key.asbytes())


def show_key(
    access: Access, address: Address, algorithms: Sequence[str], options: CollectOptions, lifeline: Lifeline
) -> tuple[list[str], str, bytes]:
    """The host key algorithms that a machine offers, and the type and bytes of the key it shows. Raises Refused."""
    try:
        link = open_target(access, address, options, algorithms, 0, lifeline, None)
    except IncompatiblePeer as error:
        raise Refused(legacy_gap(address, error, {})) from error
    key = link.get_remote_server_key()
    close(link)
    return (link.offered or {}).get("host_key_algorithms", []), key.get_name(), key.asbytes()


def _on_the_way(hop: Address, gap: Gap) -> Gap:
    return Gap(gap.reason, words.shown(f"on the way, at jump host {hop}: {gap.detail}", 500), gap.remedy)
