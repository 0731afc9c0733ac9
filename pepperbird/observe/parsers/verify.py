"""Files that differ from their packages, as dpkg and rpm verify them: both print nine marks, a kind and a path.

Only the mark of the content counts (5), and not for configuration (c). Where the content could not be read (?), nothing
was verified at all.
"""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import keyed, number, unknown, unseen, whole

_LINE: Final = re.compile(r"([.?SM5DLUGTPC]{8,9}) +(?:([acdglmr]) +)?(/.*)")
_DIGEST: Final = 2
_SHOWN: Final = 10


def verified(output: bytes) -> dict[str, Any]:
    """`changed`: paths whose content differs; `first`: the first of them; `missing`: how many files are gone."""
    changed: set[str] = set()
    told: dict[str, int] = {}
    for key, value in keyed(whole(output)):
        if key in ("missing", "status") and key not in told:
            told[key] = number(value)
        elif key == "file" and (match := _LINE.fullmatch(value)) is not None:
            _refuse_unread(match.group(1), match.group(3))
            if match.group(1)[_DIGEST] == "5" and match.group(2) != "c":
                changed.add(match.group(3))
        else:
            raise unknown(f"{key} {value}")
    if set(told) != {"missing", "status"} or told["status"] not in (0, 1):
        raise ValueError("the verification did not come to its end")
    return {"changed": sorted(changed), "first": sorted(changed)[:_SHOWN], "missing": told["missing"]}


def _refuse_unread(marks: str, path: str) -> None:
    if marks[_DIGEST] == "?":
        raise unseen(
            GapReason.DENIED, f"{path} could not be read, so that its content was not compared.", "run as root"
        )
