"""What a kit brought: the one file that its script wrote, taken apart. Nothing in it is believed for standing there.

    pepperbird bundle 1
    nonce, agency, asset, user, host, machine, shell, began, ended      a line each: a name, a space, a value
    asked, out, err                                                     how many bytes each
    (an empty line)
    the bytes of all three, one after the other

`asked` is what was run: the program and the frame of questions, as they were given to the shell.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pepperbird.errors import UsageError

MAX_BYTES: Final = 128 << 20
_MAGIC: Final = b"pepperbird bundle 1\n"
_HEAD: Final = 4096
_NAME: Final = r"[A-Za-z0-9._-]{0,64}"
_NUMBER: Final = r"[0-9]{1,11}"
_FIELDS: Final[Mapping[str, str]] = {
    "nonce": r"[0-9a-f]{32}", "agency": r"[a-z0-9._-]{1,64}", "asset": r"[a-z0-9._-]{1,64}",
    "user": _NAME, "host": _NAME, "machine": _NAME, "shell": r"[A-Za-z0-9._/-]{0,200}",
    "began": _NUMBER, "ended": _NUMBER, "asked": _NUMBER, "out": _NUMBER, "err": _NUMBER,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as it was sent. `digest` is over the file, `began` and `ended` are seconds by the machine's clock."""

    nonce: str
    agency: str
    asset: str
    user: str
    host: str
    machine: str
    shell: str
    began: int
    ended: int
    asked: bytes
    out: bytes
    err: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Brought:
    """A bundle that was held against its kit, as the `kit` transport hands it on. `told` is about the connection."""

    nonce: str
    out: bytes
    err: bytes
    told: Mapping[str, object]


def read_bundle_bytes(data: bytes, name: str) -> Bundle:
    """The bundle that `data` is. Raises UsageError, which names the file by `name`, for anything else."""
    if not data.startswith(_MAGIC):
        raise UsageError(f"{name}: not a bundle of a pepperbird kit; send the file that its script wrote, as it is")
    end = data.find(b"\n\n", 0, _HEAD)
    if end < 0:
        raise _damaged(name, "its head does not end")
    values = _fields(data[len(_MAGIC) : end], name)
    sizes = [int(values.pop(part)) for part in ("asked", "out", "err")]
    body = memoryview(data)[end + 2 :]
    if len(body) != sum(sizes):
        raise _damaged(name, f"it says that {sum(sizes):,} bytes follow its head, and {len(body):,} do")
    asked, out, err = sizes[0], sizes[0] + sizes[1], sum(sizes)
    return Bundle(
        **{one: values[one] for one in ("nonce", "agency", "asset", "user", "host", "machine", "shell")},
        began=int(values["began"]), ended=int(values["ended"]),
        asked=bytes(body[:asked]), out=bytes(body[asked:out]), err=bytes(body[out:err]),
        digest="sha256:" + hashlib.sha256(data).hexdigest(),
    )  # fmt: skip


def _fields(head: bytes, name: str) -> dict[str, str]:
    """The lines of the head: each field once, in its order, and nothing else."""
    lines = head.decode("utf-8", "replace").split("\n")
    values: dict[str, str] = {}
    if len(lines) != len(_FIELDS):
        raise _damaged(name, "its head has other lines than a bundle has")
    for line, (field, pattern) in zip(lines, _FIELDS.items(), strict=True):
        found, _, value = line.partition(" ")
        if found != field or not re.fullmatch(pattern, value, re.ASCII):
            raise _damaged(name, f"the line {field} of its head is not one")
        values[field] = value
    return values


def _damaged(name: str, what: str) -> UsageError:
    return UsageError(f"{name}: damaged on its way ({what}); send it again as it is, not as text and not retyped")
