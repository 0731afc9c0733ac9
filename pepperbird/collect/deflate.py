"""What compresses an SSH connection both ways, and takes from a hostile server no more than from one that does not.

The library above expands whatever a packet holds: a few kilobytes could become gigabytes. Here each packet and all of
them together expand to what the connection may carry and no further; then it ends, and the limit is told.
"""

from __future__ import annotations

import zlib
from typing import Final

from paramiko import SSHException

from pepperbird.collect.wire import BoundedSocket

_PACKET: Final = 262_144
"""The largest packet that any SSH server sends; what we ask for in one is an eighth of it."""


class Deflater:
    """Compresses what is sent; later packets refer to earlier ones."""

    def __init__(self) -> None:
        self._engine = zlib.compressobj()

    def __call__(self, data: bytes) -> bytes:
        return self._engine.compress(data) + self._engine.flush(zlib.Z_SYNC_FLUSH)


class Inflater:
    """Expands what is received, within the limit of its `wire`."""

    def __init__(self, wire: BoundedSocket) -> None:
        self._wire = wire
        self._engine = zlib.decompressobj()
        self._expanded = 0

    def __call__(self, data: bytes) -> bytes:
        room = min(_PACKET, self._wire.limit - self._expanded)
        expanded = self._engine.decompress(data, room + 1)
        self._expanded += len(expanded)
        if len(expanded) > room:
            self._wire.overflow = True
            raise SSHException("a compressed packet is larger than any may be")
        return expanded
