"""Facts made safe for the evaluator: JSON types only, bounded depth, whole numbers of 64 bits, no lone surrogates.

The evaluator is native code that a 50,000-deep value or a lone surrogate would crash; nothing gets to it but through
here. What can't be represented becomes a Gap, never a nearby value.
"""

from __future__ import annotations

import math
from typing import Any

from pepperbird.model.gap import Gap, GapReason

MAX_DEPTH = 32
_MIN, _MAX = -(2**63), 2**63 - 1


def normalise(value: Any, depth: int = 0) -> Any:
    """A copy of `value` of JSON types and Gaps only. Never raises and never recurses deeper than 32."""
    if value is None or isinstance(value, bool | Gap):
        return value
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int):
        return value if _MIN <= value <= _MAX else Gap(GapReason.PARSE, "a number beyond 64 bits")
    if isinstance(value, float):
        return value if math.isfinite(value) else Gap(GapReason.PARSE, "a number that is not finite")
    if depth >= MAX_DEPTH:
        return Gap(GapReason.PARSE, f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, list):
        return [normalise(inner, depth + 1) for inner in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            return Gap(GapReason.PARSE, "a key that is not text")
        return {normalise(key): normalise(inner, depth + 1) for key, inner in value.items()}
    return Gap(GapReason.PARSE, f"a value of type {type(value).__name__}")
