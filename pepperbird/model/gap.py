"""Gap: missing evidence as a value, with a reason that a person can act on.

A Gap is never an exception and never a pass. Each reason maps to exactly one state (design, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pepperbird.model.state import State

WAKE: Final = (
    "see that the server or the disk behind this mount runs and that this machine reaches it; where it does not come "
    "back, take the mount away (`umount -f -l` and its name), mount it anew and scan again"
)
"""What to do about a mount that hangs or is dead."""


class GapReason(StrEnum):
    UNREACHABLE = "unreachable"
    HOST_KEY = "host-key"
    CONNECT_TIMEOUT = "connect-timeout"
    LEGACY_SSH = "legacy-ssh"
    DENIED = "denied"
    LOGIN_REFUSED = "login-refused"
    PROBE_TIMEOUT = "probe-timeout"
    TRUNCATED = "truncated"
    PARSE = "parse"
    UNSUPPORTED = "unsupported"
    NOT_FOUND = "not-found"
    NO_CREDENTIAL = "no-credential"
    NO_COLLECTOR = "no-collector"
    NO_AUTHORISATION = "no-authorisation"
    NO_ATTESTATION = "no-attestation"
    NOT_DUE = "not-due"
    NOT_ASKED = "not-asked"


_STATE: Final = {
    GapReason.UNREACHABLE: State.UNREACHABLE,
    GapReason.HOST_KEY: State.UNREACHABLE,
    GapReason.CONNECT_TIMEOUT: State.UNREACHABLE,
    GapReason.LEGACY_SSH: State.UNREACHABLE,
    GapReason.DENIED: State.ERROR,
    GapReason.LOGIN_REFUSED: State.ERROR,
    GapReason.PROBE_TIMEOUT: State.ERROR,
    GapReason.TRUNCATED: State.ERROR,
    GapReason.PARSE: State.ERROR,
    GapReason.UNSUPPORTED: State.ERROR,
    GapReason.NOT_FOUND: State.ERROR,
    GapReason.NO_CREDENTIAL: State.UNCHECKED,
    GapReason.NO_COLLECTOR: State.UNCHECKED,
    GapReason.NO_AUTHORISATION: State.UNCHECKED,
    GapReason.NO_ATTESTATION: State.UNCHECKED,
    GapReason.NOT_DUE: State.UNCHECKED,
    GapReason.NOT_ASKED: State.UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class Gap:
    """Why something could not be seen.

    `detail` says what happened, in words for an administrator; `remedy` the exact right, line or step that would let
    us see it ('' where there is none beyond the reason's own). Both are already bounded and free of control
    characters: whoever makes a Gap from what a target sent cleans it first.
    """

    reason: GapReason
    detail: str = ""
    remedy: str = ""

    @property
    def state(self) -> State:
        return _STATE[self.reason]
