"""The wire, incoming: one stream cut at its marks. A mark carries the run's nonce, which no output can know.

Bounded by whoever feeds it; binary-safe; the same whatever pieces the bytes arrive in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_WORD_LIMIT: Final = 400


@dataclass(frozen=True, slots=True)
class Mark:
    kind: str
    value: str
    start: int
    end: int
    at: float


@dataclass(slots=True)
class Segment:
    """What stands between `begin` and `end` of one probe on one stream."""

    body: bytes
    began: float
    ended: float
    exit_status: int | None = None
    killed: bool = False
    denied: str | None = None


@dataclass(slots=True)
class Stream:
    """One stream of a run. `feed` it as bytes come, then ask for its `segments`."""

    nonce: str
    data: bytearray = field(default_factory=bytearray)
    marks: list[Mark] = field(default_factory=list)
    _pattern: re.Pattern[bytes] = field(init=False)
    done: bool = False
    _from: int = 0

    def __post_init__(self) -> None:
        nonce = re.escape(self.nonce.encode("ascii"))
        self._pattern = re.compile(rb"\n" + nonce + rb" ([a-z]+)(?: ([^\n]{0,%d}))?\n" % _WORD_LIMIT)

    def feed(self, piece: bytes, at: float) -> None:
        """Take `piece`, which came at the moment `at`."""
        self.data += piece
        tail = len(self.nonce) + _WORD_LIMIT + 40
        if self.data.find(self.nonce.encode("ascii"), self._from) >= 0:
            for match in self._pattern.finditer(self.data, self._from):
                value = (match[2] or b"").decode("utf-8", "replace")
                self.marks.append(Mark(match[1].decode("ascii"), value, match.start(), match.end(), at))
                self._from = match.end()
                self.done = self.done or match[1] == b"done"
        # What may still become a mark is looked at again with the next piece.
        self._from = max(self._from, len(self.data) - tail)

    def mark(self, kind: str) -> Mark | None:
        return next((mark for mark in self.marks if mark.kind == kind), None)

    def segments(self) -> dict[int, Segment]:
        """The complete segments by number. A stream whose marks are out of order is read up to that place."""
        found: dict[int, Segment] = {}
        begun: Mark | None = None
        inner: list[Mark] = []
        for mark in self.marks:
            if mark.kind == "begin":
                if begun is not None or mark.value != str(len(found)):
                    break
                begun, inner = mark, []
            elif mark.kind in ("end", "killed"):
                if begun is None or mark.value != begun.value:
                    break
                found[len(found)] = _segment(self.data, begun, inner, mark)
                begun = None
            elif begun is not None:
                inner.append(mark)
        return found

    def open(self) -> Mark | None:
        """The mark of the probe that had begun and not ended when the stream broke off."""
        begins = [mark for mark in self.marks if mark.kind == "begin"]
        ends = sum(mark.kind in ("end", "killed") for mark in self.marks)
        return begins[-1] if len(begins) > ends else None


def _segment(data: bytearray, begun: Mark, inner: list[Mark], end: Mark) -> Segment:
    segment = Segment(b"", begun.at, end.at, killed=end.kind == "killed")
    pieces: list[bytes] = []
    position = begun.end
    stop = end.start
    for mark in inner:
        if mark.kind == "exit" and mark.value.isascii() and mark.value.isdigit():
            # What a process left behind says after its probe has ended belongs to no probe.
            segment.exit_status = int(mark.value)
            stop = mark.start
            break
        if mark.kind == "denied":
            segment.denied = mark.value
            pieces.append(bytes(data[position : mark.start]))
            position = mark.end
    pieces.append(bytes(data[position : max(stop, position)]))
    segment.body = b"".join(pieces)
    return segment
