"""The digest of a transcript: SHA-256 over one canonical form, so that evidence can be told by what it rests on."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pepperbird.model.evidence import Transcript
from pepperbird.model.gap import Gap


def digest_of(transcript: Transcript) -> str:
    """`sha256:` and the digest; the same transcript always gives the same, any other byte another."""
    form = {
        "endpoint": transcript.endpoint,
        "started": transcript.started,
        "ended": transcript.ended,
        "connection": dict(transcript.connection),
        "gap": _gap(transcript.gap),
        "probes": {
            name: [
                hashlib.sha256(one.stdout).hexdigest(), hashlib.sha256(one.stderr).hexdigest(), one.exit_status,
                one.milliseconds, _gap(one.gap),
            ]
            for name, one in transcript.probes.items()
        },
    }  # fmt: skip
    canonical = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def _gap(gap: Gap | None) -> Any:
    return None if gap is None else [str(gap.reason), gap.detail, gap.remedy]
