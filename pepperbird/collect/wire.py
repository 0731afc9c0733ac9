"""The socket under an SSH connection: counts what passes and stops at a limit, whatever the protocol above would take.

The library above keeps what it reads until it makes sense; a hostile server could make that endless, before login too.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Protocol


class Connection(Protocol):
    """What an SSH connection needs underneath: a socket, or a channel through another machine."""

    def send(self, data: bytes, /) -> int: ...
    def recv(self, size: int, /) -> bytes: ...
    def settimeout(self, seconds: float | None, /) -> None: ...
    def close(self) -> None: ...


class BoundedSocket:
    """Passes at most `limit` bytes inwards, then ends as if the peer had closed; `overflow` tells that it was us.

    Whoever owns it may raise `limit` once it knows more about the peer.
    """

    def __init__(self, connection: Connection, limit: int) -> None:
        self._connection = connection
        self.limit = limit
        self.received = 0
        self.sent = 0
        self.overflow = False
        self.outermost = isinstance(connection, socket.socket)
        """Not inside of another connection: what it carries leaves this computer as it is."""
        self._closed = False  # the library asks a socket for this name

    def recv(self, size: int) -> bytes:
        if self.received >= self.limit:
            self.overflow = True
            return b""
        data = self._connection.recv(size)
        self.received += len(data)
        return data

    def send(self, data: bytes) -> int:
        count = self._connection.send(data)
        self.sent += count
        return count

    def settimeout(self, seconds: float | None) -> None:
        self._connection.settimeout(seconds)

    def getpeername(self) -> object:
        return self._connection.getpeername() if isinstance(self._connection, socket.socket) else None

    def close(self) -> None:
        """Close it so that a thread that reads from it wakes up at once."""
        self._closed = True
        if isinstance(self._connection, socket.socket):
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()
