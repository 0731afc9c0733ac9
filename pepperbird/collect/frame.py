"""The wire, outgoing: the command that starts the program, and the frame that says which probes to run.

The command reads exactly the program's bytes from standard input, in pieces as large as they come, and leaves the frame
to it. No value of a site or a target is ever part of a command line or of the program's text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from pepperbird.model.plan import ProbeCall

STDERR_LIMIT = 16384
MARKS_LIMIT = 1024
"""Room for the marks around one probe, on both streams."""
NOISE_LIMIT = 65536
"""What a login may say before the program speaks (banners of a shell's start files)."""

_FUNCTION = re.compile(r"[a-z][a-z0-9_]*")
READER = (
    'p=;n=$1;while [ $n -gt 0 ];do c=$(dd bs=$n count=1 2>/dev/null;echo .);c=${c%.};[ -n "$c" ]||exit 70;'
    'p="$p$c";n=$((n-${#c}));done;eval "$p"'
)
"""Reads as many bytes as $1 says from standard input and runs them. It has no single quote in it."""


def bootstrap(length: int) -> list[str]:
    """The argument list that runs a program of `length` bytes from standard input; a shell may be put in its place."""
    return ["/bin/sh", "-c", READER, "pepperbird", str(length)]


def remote_command(length: int) -> str:
    """The same as one line for whatever login shell the account has. Quoted for sh, csh and fish alike."""
    return f"env LC_ALL=C /bin/sh -c '{READER}' pepperbird {length}"


def function_of(probe: str) -> str:
    """The shell function of `<namespace>.<probe>`."""
    return probe.replace(".", "_")


def encode_frame(nonce: str, calls: Sequence[ProbeCall]) -> bytes:
    """The argument frame. Raises ValueError for what the wire cannot carry: a NUL byte, a name that is no name."""
    parts = [f"pepperbird 1 {nonce} {len(calls)}\n".encode("ascii")]
    for call in calls:
        function = function_of(call.id)
        if not _FUNCTION.fullmatch(function) or call.privilege not in ("none", "sudo", "administrator"):
            raise ValueError(f"probe {call.id!r} cannot be asked for")
        parts.append(
            f"{function} {int(call.timeout)} {int(call.max_bytes)} {call.privilege} {len(call.args)}\n".encode("ascii")
        )
        for arg in call.args:
            value = arg.encode("utf-8", "replace")
            if b"\0" in value:
                raise ValueError(f"a value for probe {call.id} has a NUL byte in it")
            parts.append(b"%d\n%s\n" % (len(value), value))
    return b"".join(parts)


def order_digest(calls: Sequence[ProbeCall]) -> str:
    """`sha256:...` over the frame of these calls without its nonce: what was asked, with which arguments and limits."""
    return "sha256:" + hashlib.sha256(encode_frame("", calls)).hexdigest()


def read_limit(calls: Sequence[ProbeCall]) -> int:
    """The most that an honest machine can say to these probes, and so the most that is read of any machine."""
    return NOISE_LIMIT + sum(call.max_bytes + STDERR_LIMIT + MARKS_LIMIT for call in calls)
