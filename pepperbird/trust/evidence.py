"""The statement about what one endpoint said: who was asked, how we knew it was them, and by which program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pepperbird.model.evidence import Transcript
from pepperbird.model.text import clean
from pepperbird.trust.statement import Kind, Statement, Subject

_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run asks by: its id, and the digests (`sha256:...`) of its content and of the programs by endpoint."""

    run: str
    content: str
    programs: Mapping[str, str]


def evidence_statement(asked: Asked, transcript: Transcript, digest: str) -> Statement:
    """`digest` is over the transcript's canonical bytes as they are stored."""
    seen = transcript.connection
    return Statement(
        Kind.EVIDENCE,
        (Subject(transcript.endpoint, digest),),
        {
            "run": asked.run,
            "endpoint": transcript.endpoint,
            "started": transcript.started,
            "ended": transcript.ended,
            "content": asked.content,
            "asked": _text(seen.get("asked")),
            "program": asked.programs.get(transcript.endpoint, ""),
            "peer": _text(seen.get("peer")),
            "user": _text(seen.get("user")),
            "host_key": _text(seen.get("host_key_fingerprint")),
            "machine_id": _text(seen.get("machine_id")),
            "clock_offset_ms": _whole(seen.get("clock_offset_ms")),
            "gap": str(transcript.gap.reason) if transcript.gap else "",
        },
    )


def _text(value: Any) -> str:
    return "" if value is None else clean(str(value), _LIMIT)


def _whole(value: Any) -> int | None:
    return round(value) if isinstance(value, (int, float)) and abs(value) < 1e15 else None
