"""One form of JSON for everything that is signed: sorted keys, no spaces, UTF-8, no fractions, nothing twice.

The same value always gives the same bytes, and other bytes never give a value, so that a digest over the bytes speaks
for the value and there are no two ways to write one statement.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pepperbird.errors import TrustError

MAX_BYTES = 64 * 1024 * 1024


def canonical(value: Any) -> bytes:
    """The bytes of `value`: None, truth values, whole numbers, text, lists and maps. Raises TrustError for others."""
    _plain(value)
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise TrustError("half a character (a lone surrogate) cannot be signed") from error


def parse(data: bytes, what: str) -> Any:
    """The value of canonical bytes. Raises TrustError, naming `what`, for every other way to write it."""
    if len(data) > MAX_BYTES:
        raise TrustError(f"{what} is larger than {MAX_BYTES} bytes")
    try:
        value = json.loads(data.decode())
        same = canonical(value) == data
    except (ValueError, RecursionError) as error:
        raise TrustError(f"{what} is not JSON") from error
    if not same:
        raise TrustError(f"{what} is not in the one form that is signed (sorted, without spaces, nothing twice)")
    return value


def sha256(data: bytes) -> str:
    """`sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _plain(value: Any) -> None:
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TrustError("a map that is signed has text for its keys")
        for one in value.values():
            _plain(one)
    elif isinstance(value, list):
        for one in value:
            _plain(one)
    elif value is not None and not isinstance(value, (str, bool, int)):
        raise TrustError(f"a {type(value).__name__} cannot be signed")
