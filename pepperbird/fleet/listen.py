"""Listen: `/healthz` and `/metrics` over HTTP, to this computer alone. It reads a snapshot and can change nothing."""

from __future__ import annotations

import ipaddress
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final

from pepperbird.errors import UsageError
from pepperbird.fleet.health import Health
from pepperbird.fleet.metrics import health_json, metrics

_PATIENCE: Final = 5
_AT_A_TIME: Final = 16


class Listening:
    """Answers while inside `with`. `at` is an address of this computer and a port, `127.0.0.1:9380`; port 0 is any.

    Raises UsageError for another address, and where the port is taken.
    """

    def __init__(self, at: str, health: Health) -> None:
        host, port = _place(at)
        places = threading.BoundedSemaphore(_AT_A_TIME)

        class Handler(_Handler):
            known = health

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def process_request(self, request: object, client_address: object) -> None:
                if not places.acquire(blocking=False):
                    self.shutdown_request(request)  # type: ignore[arg-type]  # whatever the parent was given
                    return
                super().process_request(request, client_address)  # type: ignore[arg-type]  # as above

            def process_request_thread(self, request: object, client_address: object) -> None:
                try:
                    super().process_request_thread(request, client_address)  # type: ignore[arg-type]  # as above
                finally:
                    places.release()

            def handle_error(self, request: object, client_address: object) -> None:
                return  # whoever asked went away

        try:
            self._server = Server((host, port), Handler)
        except OSError as error:
            raise UsageError(f"{at}: cannot listen there: {error.strerror}; choose another with --listen") from error
        self.at = f"{host}:{self._server.server_address[1]}"

    def __enter__(self) -> Listening:
        threading.Thread(target=self._server.serve_forever, name="pepperbird-listen", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    known: Health
    timeout = _PATIENCE
    server_version, sys_version = "pepperbird", ""

    def do_GET(self) -> None:
        now = self.known.now
        if self.path == "/healthz":
            self._answer(503 if now.wrong else 200, "application/json", health_json(now))
        elif self.path == "/metrics":
            self._answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics(now).encode())
        else:
            self._answer(404, "text/plain; charset=utf-8", b"there are /healthz and /metrics\n")

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the parent gives it
        return


def _place(at: str) -> tuple[str, int]:
    host, _, port = at.rpartition(":")
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        raise UsageError(f"{at[:60]!r} is no address to listen on; write one like 127.0.0.1:9380") from None
    if not address.is_loopback:
        raise UsageError(f"{at}: only this computer may ask; write 127.0.0.1, and let a proxy speak to others")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise UsageError(f"{at[:60]!r}: no port; write one like 127.0.0.1:9380")
    return host, int(port)
