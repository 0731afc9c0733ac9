"""What one probe says of one bucket or vault: its answer, or the Gap that stands for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean


def cell_of(given: Mapping[str, Any], probe: str, name: str, read: Callable[[Any], Any]) -> Any:
    """What a probe says of one bucket: `read` gets the answer, None where the server says that nothing is set."""
    all_of_it = given[probe]
    if isinstance(all_of_it, Gap):
        return all_of_it
    said = all_of_it["each"].get(name)
    if said is None:
        return all_of_it["rest"]
    try:
        if "gap" in said:
            return gap_of(said)
        found = one_of(said)
        if found.get("more"):
            return Gap(GapReason.TRUNCATED, f"{clean(name, 60)} holds more than was looked through")
        return read(found.get("answer"))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return Gap(
            GapReason.PARSE, f"what {probe} says of {clean(name, 60)} is not understood ({type(error).__name__})"
        )


def one_of(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict) or not (isinstance(said.get("answer"), dict) or isinstance(said.get("absent"), str)):
        raise ValueError("neither an answer nor the word that there is none")
    return said


def gap_of(said: Any) -> Gap:
    return Gap(GapReason(str(said["gap"])), clean(str(said["said"]), 300), clean(str(said["remedy"]), 300))
