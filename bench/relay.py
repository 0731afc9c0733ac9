"""A way through to a server that counts, on its own, every byte that goes there and comes back."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class Counted:
    """`total` is of all connections until now, both ways."""

    port: int
    total: int = 0


@contextlib.contextmanager
def relay(port: int) -> Iterator[Counted]:
    """Listens on 127.0.0.1 and passes everything on to `port` there."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        counted = Counted(listener.getsockname()[1])
        lock = threading.Lock()

        def pump(source: socket.socket, target: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while piece := source.recv(65536):
                    with lock:
                        counted.total += len(piece)
                    target.sendall(piece)
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    peer, _ = listener.accept()
                    other = socket.create_connection(("127.0.0.1", port))
                    for ends in ((peer, other), (other, peer)):
                        threading.Thread(target=pump, args=ends, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield counted
