"""Structured logs: one line of JSON an event, on standard error, with nothing secret in it and nothing that acts."""

from __future__ import annotations

import json
import sys
import threading
from typing import TextIO

from pepperbird.model.text import clean
from pepperbird.scan.clock import now

_LONGEST = 1000


class Log:
    """Writes lines such as `{"at": "...", "event": "run-begun", "level": "info", "run": "..."}`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def info(self, event: str, **about: str | int) -> None:
        self._write("info", event, about)

    def warning(self, event: str, **about: str | int) -> None:
        self._write("warning", event, about)

    def error(self, event: str, **about: str | int) -> None:
        self._write("error", event, about)

    def _write(self, level: str, event: str, about: dict[str, str | int]) -> None:
        told = {name: clean(value, _LONGEST) if isinstance(value, str) else value for name, value in about.items()}
        line = json.dumps({"at": now(), "level": level, "event": event, **told}, sort_keys=True)
        stream = self._stream or sys.stderr
        with self._lock:
            try:
                stream.write(line + "\n")
                stream.flush()
            except (OSError, ValueError):
                return  # whoever read the log went away: that must not end what is being carried out
