"""Results of verifications and restore drills, each with the fingerprint of the key whose signature over it holds.

Strict in form: a file of another form makes all of it unknown. A signature that does not hold, or figures that cannot
be, are no error of form: the row has no `signed_by`, and it is for the checks to say what such a result is worth.
"""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.expression.functions import epoch
from pepperbird.model.gap import GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.drill_signatures import signer
from pepperbird.observe.text import number, unknown, unseen, whole

_FIRST: Final = "pepperbird-result 1"
_IDS: Final = ("repository", "store", "tool")
_TEXTS: Final = ("version", "machine", "point")
_NUMBERS: Final = ("percent", "seconds", "files", "bytes", "whole", "expected", "matched")
_KEYS: Final = (
    "kind", "repository", "store", "tool", "version", "machine", "point", "part", "percent", "started", "ended",
    "seconds", "files", "bytes", "whole", "expected", "matched", "status", "outcome",
)  # fmt: skip
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_PART: Final = re.compile(r"([1-9][0-9]?)/([1-9][0-9]?)")
_ROUNDING: Final = 2
"""Seconds that a duration and the two times that it lies between may differ by."""


def results(output: bytes) -> dict[str, Any]:
    """`results`: one row per file."""
    lines = whole(output)
    if lines == ["none"]:
        return {"results": []}
    if "more" in lines:
        raise unseen(
            GapReason.TRUNCATED, "There are more than 400 results of verifications and drills on the machine.",
            "move those of repositories that are no more out of /var/lib/pepperbird/drills",
        )  # fmt: skip
    files: dict[str, list[str]] = {}
    mine: list[str] | None = None
    for line in lines:
        key, _, value = line.partition(" ")
        if key == "file" and value not in files:
            mine = files[value] = []
        elif mine is None or key != "|":
            raise unknown(line)
        else:
            mine.append(value)
    return {"results": [_result(name, told) for name, told in files.items()]}


def _result(name: str, lines: list[str]) -> dict[str, Any]:
    try:
        end = lines.index("end")
        fields = _fields(lines[:end])
    except ValueError as error:
        raise ValueError(f"{clean(name, 120)}: {error}") from error
    signed = "".join(f"{line}\n" for line in lines[: end + 1]).encode()
    signed_by = signer(signed, lines[end + 1 :]) if _possible(fields) else ""
    return {"id": clean(name, 200), **fields, "signed_by": signed_by}


def _fields(lines: list[str]) -> dict[str, Any]:
    pairs = [line.partition(" ") for line in lines[1:]]
    if lines[:1] != [_FIRST] or tuple(key for key, _, _ in pairs) != _KEYS:
        raise ValueError("not a result of the form that is known")
    said = {key: value for key, _, value in pairs}
    if said["kind"] not in ("verify", "drill") or said["outcome"] not in ("good", "bad"):
        raise ValueError("a kind or an outcome that is not known")
    row: dict[str, Any] = {"kind": said["kind"], **{name: _id(said[name]) for name in _IDS}}
    if not row["repository"] or not row["tool"] or bool(row["store"]) != (row["kind"] == "drill"):
        raise ValueError("it does not say of what it is")
    row |= {name: "" if said[name] == "-" else clean(said[name], 120) for name in _TEXTS}
    row |= {name: number(said[name]) for name in _NUMBERS}
    row |= {"part": 0, "parts": 0} if said["part"] == "-" else _part(said["part"])
    row |= {name: _time(said[name]) for name in ("started", "ended")}
    row["good"] = said["outcome"] == "good" and number(said["status"]) == 0
    return row


def _possible(row: dict[str, Any]) -> bool:
    """What no run of the program writes is worth nothing, whoever signed it."""
    lasted = epoch(row["ended"]) - epoch(row["started"])
    if lasted < 0 or abs(lasted - row["seconds"]) > _ROUNDING or row["matched"] > row["expected"]:
        return False
    if row["kind"] == "drill":
        return True
    return bool(row["parts"]) and row["percent"] * row["parts"] <= 100


def _id(text: str) -> str:
    if text == "-":
        return ""
    if not _ID.fullmatch(text):
        raise ValueError(f"not an id: {clean(text, 40)}")
    return text


def _part(text: str) -> dict[str, int]:
    found = _PART.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise ValueError(f"not a part: {clean(text, 40)}")
    return {"part": int(found[1]), "parts": int(found[2])}


def _time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError(f"not a time: {clean(text, 40)}")
    epoch(text)
    return text
