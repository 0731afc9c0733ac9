"""Values to bytes and back: canonical JSON (sorted keys, no spaces, UTF-8), compressed for the store.

The same value always gives the same bytes before compression, so digests are taken over those.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pepperbird.errors import StoreError
from pepperbird.model.evidence import ProbeOutput, Transcript
from pepperbird.model.gap import Gap
from pepperbird.model.verdict import Verdict

MAX_EXPANDED = 256 * 1024 * 1024


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def canonical(kind: Any, value: Any) -> bytes:
    """Canonical JSON of `value`, which is of type `kind`."""
    return canonical_json(_adapter(kind).dump_python(value, mode="json"))


def canonical_json(value: Any) -> bytes:
    """Canonical JSON of plain JSON values. A lone surrogate is written as the replacement character."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", errors="replace")


def digest(data: bytes) -> str:
    """`sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def verdicts_digest(verdicts: Sequence[Verdict]) -> str:
    return digest(canonical(tuple[Verdict, ...], tuple(verdicts)))


def pack(kind: Any, value: Any) -> bytes:
    """Compressed canonical JSON."""
    return zlib.compress(canonical(kind, value), 6)


def unpack(kind: Any, blob: bytes) -> Any:
    """The value that `pack` packed. Raises StoreError where the bytes are not one."""
    return value_of(kind, expand(blob))


def value_of(kind: Any, data: bytes) -> Any:
    """The value of canonical bytes. Raises StoreError where they are none of that kind."""
    try:
        return _adapter(kind).validate_json(data)
    except ValidationError as error:
        raise StoreError(f"the store holds a {kind} this version cannot read: {error.error_count()} faults") from error


def expand(blob: bytes) -> bytes:
    """Decompress, never to more than 256 MB. Raises StoreError."""
    engine = zlib.decompressobj()
    try:
        data = engine.decompress(blob, MAX_EXPANDED)
    except zlib.error as error:
        raise StoreError(f"the store holds damaged bytes ({error}); restore it from its backup") from error
    if engine.unconsumed_tail:
        raise StoreError("the store holds a record larger than 256 MB, which pepperbird never writes")
    return data


def transcript_bytes(transcript: Transcript) -> bytes:
    """What evidence is signed over: canonical JSON, for `sha256sum` too."""
    return canonical_json(transcript_json(transcript))


def compress(data: bytes) -> bytes:
    return zlib.compress(data, 6)


def unpack_transcript(blob: bytes) -> Transcript:
    """Raises StoreError where the bytes are not a transcript."""
    data = expand(blob)
    try:
        return transcript_of(json.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError("the store holds a transcript that cannot be read any more") from error


def transcript_json(transcript: Transcript) -> dict[str, Any]:
    """JSON values of a transcript; output bytes are base64."""
    return {
        "endpoint": transcript.endpoint,
        "started": transcript.started,
        "ended": transcript.ended,
        "connection": dict(transcript.connection),
        "gap": _gap_json(transcript.gap),
        "sent_bytes": transcript.sent_bytes,
        "received_bytes": transcript.received_bytes,
        "probes": {
            name: {
                "stdout": base64.b64encode(output.stdout).decode(),
                "stderr": base64.b64encode(output.stderr).decode(),
                "exit_status": output.exit_status,
                "milliseconds": output.milliseconds,
                "gap": _gap_json(output.gap),
            }
            for name, output in transcript.probes.items()
        },
    }


def transcript_of(data: dict[str, Any]) -> Transcript:
    """The transcript that `transcript_json` described."""
    return Transcript(
        endpoint=data["endpoint"],
        started=data["started"],
        ended=data["ended"],
        connection=data["connection"],
        gap=_gap_of(data["gap"]),
        sent_bytes=data["sent_bytes"],
        received_bytes=data["received_bytes"],
        probes={
            name: ProbeOutput(
                stdout=base64.b64decode(one["stdout"]),
                stderr=base64.b64decode(one["stderr"]),
                exit_status=one["exit_status"],
                milliseconds=one["milliseconds"],
                gap=_gap_of(one["gap"]),
            )
            for name, one in data["probes"].items()
        },
    )


def _gap_json(gap: Gap | None) -> dict[str, str] | None:
    return None if gap is None else {"reason": str(gap.reason), "detail": gap.detail, "remedy": gap.remedy}


def _gap_of(data: dict[str, str] | None) -> Gap | None:
    return None if data is None else _adapter(Gap).validate_python(data)
