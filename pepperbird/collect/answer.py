"""Answer: what one machine said, from its two streams to one ProbeOutput for every probe that was asked of it.

A probe of which any part is missing has a Gap that says why; what was complete before a connection broke is kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pepperbird.collect import words
from pepperbird.collect.frame import STDERR_LIMIT
from pepperbird.collect.redact import Redactor, readable
from pepperbird.collect.segments import Segment, Stream
from pepperbird.model.evidence import ProbeOutput
from pepperbird.model.gap import Gap
from pepperbird.model.plan import EndpointPlan, ProbeCall


@dataclass(slots=True)
class Answer:
    """Collects what comes (it is a Sink), up to `limit` bytes in all, and makes the outputs of it."""

    nonce: str
    limit: int
    connection: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, ProbeOutput] | None = None
    recorded_gap: Gap | None = None
    received: int = 0
    overflow: bool = False
    stdout: Stream = field(init=False)
    stderr: Stream = field(init=False)

    def __post_init__(self) -> None:
        self.stdout = Stream(self.nonce)
        self.stderr = Stream(self.nonce)

    def listen(self, nonce: str) -> None:
        """Expect marks with another nonce, before anything has come."""
        self.nonce, self.stdout, self.stderr = nonce, Stream(nonce), Stream(nonce)

    def out(self, data: bytes) -> bool:
        return self._take(self.stdout, data)

    def err(self, data: bytes) -> bool:
        return self._take(self.stderr, data)

    def told(self, name: str, value: object) -> None:
        self.connection[name] = value

    def _take(self, stream: Stream, data: bytes) -> bool:
        room = max(self.limit - self.received, 0)
        self.received += len(data)
        stream.feed(data[:room] if len(data) > room else data, time.monotonic())
        self.overflow = self.overflow or len(data) > room
        if not self.overflow and "clock_offset_ms" not in self.connection:
            self._clock()
        return not (self.overflow or self._heard())

    def _clock(self) -> None:
        """The machine's clock against ours, from its first mark: it was read about half a round trip ago."""
        hello = self.stdout.mark("hello")
        if hello is None:
            return
        seconds, _, nanoseconds = hello.value.partition(" ")
        if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 12):
            self.connection["clock_offset_ms"] = None
            return
        fine = nanoseconds.isascii() and nanoseconds.isdigit() and len(nanoseconds) == 9
        self.connection["clock_step_ms"] = 1 if fine else 1000
        remote = int(seconds) * 1000 + (int(nanoseconds) // 1_000_000 if fine else 500)
        travel = int(self.connection.get("round_trip_ms") or 0) // 2
        self.connection["clock_offset_ms"] = remote - (round(time.time() * 1000) - travel)

    def _heard(self) -> bool:
        """Both streams have come to their end: no need to wait for the connection to do so."""
        return self.stdout.done and self.stderr.done

    def complete(self) -> bool:
        """Did the program itself say that it was done?"""
        return self.outputs is not None or self.stdout.done

    def silence(self) -> Gap | None:
        """Why there is nothing at all, where the program never began to speak."""
        if self.outputs is not None or self.stdout.mark("hello") is not None:
            return None
        return words.no_shell(bytes(self.stderr.data[:2000]) + bytes(self.stdout.data[:2000]))

    def probes(self, endpoint: EndpointPlan, redactor: Redactor, rest: Gap | None) -> dict[str, ProbeOutput]:
        """One output for each planned probe; `rest` is the Gap of those that did not end."""
        if self.outputs is not None:
            given: Mapping[str, ProbeOutput] = self.outputs
        else:
            given = dict(self._said(endpoint))
        fallback = rest or words.ended_early()
        redacted = 0
        cleaned: dict[str, ProbeOutput] = {}
        for call in endpoint.probes:
            output = given.get(call.id) or ProbeOutput(b"", b"", None, 0, fallback)
            stdout, taken_out = redactor.clean(readable(output.stdout))
            stderr, taken_err = redactor.clean(readable(output.stderr))
            redacted += taken_out + taken_err
            cleaned[call.id] = ProbeOutput(stdout, stderr, output.exit_status, output.milliseconds, output.gap)
        if redacted:
            self.connection["redacted"] = redacted
        return cleaned

    def _said(self, endpoint: EndpointPlan) -> list[tuple[str, ProbeOutput]]:
        out, err = self.stdout.segments(), self.stderr.segments()
        account = endpoint.access.user or str(self.connection.get("user") or "pepperbird")
        errors = {number: segment.body[:STDERR_LIMIT] for number, segment in err.items()}
        return [
            (call.id, _output(call, out[number], errors.get(number, b""), account))
            for number, call in enumerate(endpoint.probes)
            if number in out
        ]


def _output(call: ProbeCall, segment: Segment, stderr: bytes, account: str) -> ProbeOutput:
    gap: Gap | None = None
    if segment.killed:
        gap = words.probe_timeout(call)
    elif segment.denied is not None:
        gap = words.denied(call, segment.denied, account)
    elif segment.exit_status is None or len(segment.body) > call.max_bytes:
        gap = words.truncated(call)
    elif segment.exit_status == 77:
        gap = words.denied(call, "", account, stderr)
    milliseconds = max(round((segment.ended - segment.began) * 1000), 0)
    return ProbeOutput(segment.body[: call.max_bytes], stderr, segment.exit_status, milliseconds, gap)
