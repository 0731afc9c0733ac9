"""Evidence: what an endpoint said (Transcript), what it means (Facts), and what we remember of before (Memory)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pepperbird.model.gap import Gap
from pepperbird.model.state import Assurance

type_json = Any
"""A JSON value (None, bool, int, float, str, list, dict), in which any value may also be a Gap."""


@dataclass(frozen=True, slots=True)
class ProbeOutput:
    """What one probe said: raw bytes, already redacted and bounded by its limit.

    `exit_status` is None when the probe was killed or never ended. `gap` is set by the transport for what only it can
    know (probe-timeout, truncated, denied by sudo, connection lost before it ran); observe decides the rest.
    """

    stdout: bytes
    stderr: bytes
    exit_status: int | None
    milliseconds: int
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that one endpoint said in one run. `gap` is set when nothing (more) could be asked of it.

    `connection` holds what the transport itself saw, JSON only (for ssh: server_version, kex_algorithms,
    host_key_algorithms, ciphers, macs, compression, host_key_fingerprint, host_key_type, host_key_verified, legacy,
    clock_offset_ms, clock_step_ms, round_trip_ms, user, peer, compressed; for local: same_clock; `redacted` counts what
    redaction took out, `asked` is the digest of what was asked with which arguments; of a kit: host, user, machine_id,
    shell, kit, kit_made, bundle, collected_at, clock_offset_at_least_ms). Times are RFC 3339 UTC.

    What `sent_bytes` and `received_bytes` are, `connection.counted` says. `wire`: every byte of the TCP connections for
    this endpoint, key exchange and encryption included, TCP's and IP's own headers not; through a jump host, of the
    connection to that. `pipes`: what went to and came from the program (this computer; the `ssh` program). `texts`: the
    queries and the rows of a database. A recording carries nothing.
    """

    endpoint: str
    started: str
    ended: str
    connection: Mapping[str, Any]
    probes: Mapping[str, ProbeOutput]
    gap: Gap | None = None
    sent_bytes: int = 0
    received_bytes: int = 0

    @property
    def bare(self) -> Transcript:
        """All but what the probes said, which is most of it: how it was asked, and what that carried."""
        return replace(self, probes={})


Facts = Mapping[str, Any]
"""namespace -> (field -> JSON value or Gap, or a Gap for the whole namespace)."""


@dataclass(frozen=True, slots=True)
class AssetEvidence:
    """Typed facts of one asset from one endpoint. `collected_at` RFC 3339; `digest` over the transcript."""

    asset: str
    facts: Facts
    collected_at: str
    assurance: Assurance = Assurance.OBSERVED
    digest: str = ""


@dataclass(frozen=True)
class Evidence:
    """The facts of a run by asset id (`<agency>/<asset>`)."""

    assets: Mapping[str, AssetEvidence] = field(default_factory=dict)


@dataclass(frozen=True)
class Memory:
    """The remembered past, frozen for a run: asset key -> "namespace.field" -> row key -> what is tracked.

    first_seen: {"first_seen": time}; samples: {"samples": [[time, number], ...]}, at most one a day and 40 days long;
    changes: {"since": time, "value": number or text, "changed": [time, ...]}, the newest 20. Of an agency itself, under
    `<agency>/<agency>` and "register.entries": what its register has, {"first_seen": time}, and had, with "gone" too;
    the entry "" says since when that is kept, {"since": time}.
    Its digest stands in the run.
    """

    tracks: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
