"""One SSH connection up to the shown host key: which algorithms we ask for, and all that the server offered."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import paramiko
from paramiko.kex_curve25519 import KexCurve25519
from paramiko.ssh_exception import IncompatiblePeer

from pepperbird.collect import words
from pepperbird.collect.address import Address, refused
from pepperbird.collect.deflate import Deflater, Inflater
from pepperbird.collect.interface import Lifeline, Refused, Sink
from pepperbird.collect.wire import BoundedSocket, Connection
from pepperbird.model.gap import Gap, GapReason

if TYPE_CHECKING:
    import socket

# What goes wrong on a connection is told by its Gap. Without this the library would print it on standard error.
logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)

_LISTS: Final = {
    "kex_algorithms": ("kex_algo_list",),
    "host_key_algorithms": ("server_key_algo_list",),
    "ciphers": ("server_encrypt_algo_list", "client_encrypt_algo_list"),
    "macs": ("server_mac_algo_list", "client_mac_algo_list"),
    "compression": ("server_compress_algo_list", "client_compress_algo_list"),
}
_ZLIB: Final = "zlib@openssh.com"
"""Begins after the login: nobody who is not let in, and no server that nobody vouches for, compresses anything."""
_NO_ALGORITHM: Final = ("ext-info-", "kex-strict-")
_MOST: Final = 200
_HANDSHAKE_LIMIT: Final = 131_072
"""An honest server says a tenth of that before its key is known."""


_KEX: Any = getattr(paramiko.Transport, "_preferred_kex")  # noqa: B009 - the type stubs lack it
_KEX_INFO: Any = getattr(paramiko.Transport, "_kex_info")  # noqa: B009 - nor this


class Link(paramiko.Transport):
    """A connection that remembers the server's lists as it sent them."""

    _preferred_kex: tuple[str, ...] = (
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        *(name for name in _KEX if not name.startswith("curve25519")),
    )
    _kex_info = _KEX_INFO | {"curve25519-sha256": KexCurve25519}
    _preferred_ciphers = (
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "aes128-ctr",
        "aes192-ctr",
        "aes256-ctr",
    )
    _preferred_macs = (
        "hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-512-etm@openssh.com",
        "hmac-sha2-256",
        "hmac-sha2-512",
        "hmac-sha1",
    )

    _preferred_keys: tuple[str, ...] = ()
    _preferred_compression: tuple[str, ...] = (words.PLAIN,)
    _compression_info: dict[str, tuple[Any, Any]] = {words.PLAIN: (None, None)}  # noqa: RUF012 - the library's own way
    remote_compression: str | None
    offered: dict[str, list[str]] | None = None

    def _really_parse_kex_init(self, m: paramiko.Message, ignore_first_byte: bool = False) -> dict[str, Any]:
        parsed: dict[str, Any] = super()._really_parse_kex_init(m, ignore_first_byte)  # type: ignore[misc]
        if not ignore_first_byte and self.offered is None:
            self.offered = {name: _merged(parsed, keys) for name, keys in _LISTS.items()}
        return parsed


def _merged(parsed: dict[str, Any], keys: Sequence[str]) -> list[str]:
    names = dict.fromkeys(name for key in keys for name in parsed[key][:_MOST])
    return [words.shown(name, 80) for name in names if name and not name.startswith(_NO_ALGORITHM)]


def open_link(
    connection: Connection,
    address: Address,
    algorithms: Sequence[str],
    limit: int,
    lifeline: Lifeline,
    sink: Sink | None,
    *,
    compress: bool = False,
) -> Link:
    """Exchange keys with the server. Raises Refused; IncompatiblePeer where no algorithm is in common.

    `algorithms` are the host key signatures to ask for, best first. What the server offers is told to `sink`.
    """
    wire = BoundedSocket(connection, _HANDSHAKE_LIMIT)
    link = Link(cast("socket.socket", wire))  # all that it uses of a socket is there
    link._preferred_keys = tuple(algorithms)
    if wire.outermost:
        lifeline.meters.append(wire)
    if compress:
        link._preferred_compression = (_ZLIB, words.PLAIN)
        link._compression_info = {words.PLAIN: (None, None), _ZLIB: (Deflater, partial(Inflater, wire))}
    link.daemon = True
    lifeline.closes(partial(close, link))
    link.banner_timeout = link.handshake_timeout = lifeline.left() + 60  # the lifeline is sooner
    link.auth_timeout = None  # type: ignore[assignment]
    try:
        link.start_client()
    except IncompatiblePeer:
        raise
    except (paramiko.SSHException, OSError, EOFError) as error:
        close(link)
        raise Refused(_no_ssh(address, wire, error)) from error
    finally:
        if sink is not None:
            _tell(link, sink)
    wire.limit = limit
    return link


def compression(link: Link) -> str:
    """How both ways are compressed after the login: `none` where the server does not do it."""
    agreed = {link.local_compression, link.remote_compression}
    return _ZLIB if agreed == {_ZLIB} else words.PLAIN


def overflowed(link: Link) -> Gap | None:
    """The Gap of a connection that we ended because of how much came over it."""
    wire = cast("BoundedSocket", link.sock)
    return words.overflow(wire.limit) if wire.overflow else None


def _tell(link: Link, sink: Sink) -> None:
    if link.remote_version:
        sink.told("server_version", words.shown(link.remote_version, 255))
    for name, values in (link.offered or {}).items():
        sink.told(name, values)


def _no_ssh(address: Address, wire: BoundedSocket, error: BaseException) -> Gap:
    if wire.overflow:
        return words.overflow(wire.received)
    if wire.received == 0:
        return refused(address, "the connection was closed before a word was said")
    return refused(address, f"no SSH connection came about: {words.shown(error)}")


def close(link: paramiko.Transport) -> None:
    """Close at once: the socket first, so that the library's thread wakes up and ends."""
    link.sock.close()
    link.close()


def legacy_gap(address: Address, link_error: BaseException, offered: dict[str, Any]) -> Gap:
    missing = words.shown(link_error).partition("(no acceptable ")[2].rstrip(")") or "method"
    names = {"kex algorithm": "kex_algorithms", "host key": "host_key_algorithms"}
    key = names.get(missing, missing if missing in offered else "kex_algorithms")
    has = words.shown(", ".join(offered.get(key, ())), 200) or "nothing"
    return Gap(
        GapReason.LEGACY_SSH,
        f"{address} speaks no {missing} that is still considered safe; it offers: {has}",
        "Update its SSH server. Until then `legacy: true` at this access lets pepperbird use the `ssh` program with "
        "old algorithms; the report marks it.",
    )
