"""Values to bytes and back: canonical JSON (sorted keys, no spaces, UTF-8), compressed for the store.

The same value always gives the same bytes before compression, so digests are taken over those.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
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


def verdicts_digest(verdicts: Iterable[Verdict]) -> str:
    """The digest of the canonical JSON of all of them, of which only one is written out at a time."""
    total = hashlib.sha256()
    for piece in canonical_items(Verdict, verdicts):
        total.update(piece)
    return "sha256:" + total.hexdigest()


def canonical_items(kind: Any, items: Iterable[Any]) -> Iterator[bytes]:
    """Piece by piece what `canonical(tuple[kind, ...], items)` gives at once: as JSON a long one takes ten times the
    memory that it takes as values."""
    yield b"["
    for number, one in enumerate(items):
        yield b"," + canonical(kind, one) if number else canonical(kind, one)
    yield b"]"


def pack(kind: Any, value: Any) -> bytes:
    """Compressed canonical JSON."""
    return compress(canonical(kind, value))


def pack_items(kind: Any, items: Iterable[Any]) -> bytes:
    """What `pack(tuple[kind, ...], items)` gives, in the memory of one of them."""
    engine = zlib.compressobj(6)
    return b"".join([*(engine.compress(piece) for piece in canonical_items(kind, items)), engine.flush()])


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
