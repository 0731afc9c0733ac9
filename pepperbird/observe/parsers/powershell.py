"""JSON as Windows PowerShell 5.1 writes it: what every parser of a Windows probe stands on.

Known of its ConvertTo-Json, and held to here: a list of one may come as the one alone, or as {value, Count}; a time may
come as `/Date(milliseconds)/`; what lies deeper than -Depth comes as the name of a type, which is refused; what `>`
wrote is UTF-16 with a mark. Every list of a probe comes with its Count, so that none is shorter than it was.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pepperbird.model.text import clean
from pepperbird.observe.text import MAX_BYTES, json_of, number

_MARKS: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))
_CUT: Final = re.compile(r"(System|Microsoft)(\.\w+)+(\[\]|`\d.*)?|@\{.*", re.DOTALL)
_DATE: Final = re.compile(r"/Date\((-?[0-9]{1,15})([+-][0-9]{4})?\)/")
_ISO: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,7})?Z")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def text_of(output: bytes) -> str:
    """What was written, without its mark. Raises ValueError for what is too long or not of that encoding."""
    if len(output) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    mark, encoding = next(((m, name) for m, name in _MARKS if output.startswith(m)), (b"", "utf-8"))
    text = output[len(mark) :].decode(encoding)
    if "\0" in text:
        raise ValueError("a NUL character: UTF-16 without its mark, or no text at all")
    return text.strip("\r\n")


def record(output: bytes) -> dict[str, Any]:
    """The one record that a probe answered. Raises ValueError for anything else, and for one cut in its depth."""
    found = json_of(text_of(output))
    if not isinstance(found, dict):
        raise ValueError("not one record")
    _uncut(found)
    return found


def rows(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The list of that name, whole by its Count. Raises ValueError."""
    listed = _list(_field(found, name))
    if len(listed) != _whole(found, f"{name}Count") or not all(isinstance(one, dict) for one in listed):
        raise ValueError(f"{name}: it is not as long as it says, or not of records")
    return listed


def texts(found: dict[str, Any], name: str) -> list[str]:
    """The list of texts of that name, whole by its Count. Raises ValueError."""
    listed = _list(_field(found, name))
    if len(listed) != _whole(found, f"{name}Count") or not all(isinstance(one, str) for one in listed):
        raise ValueError(f"{name}: it is not as long as it says, or not of texts")
    return listed


def word(found: dict[str, Any], name: str) -> str:
    """A text; a letter that is none (`\\0`) is ''. Raises ValueError."""
    value = _field(found, name)
    if not isinstance(value, str) or len(value) > 1000:
        raise ValueError(f"{name}: not a text")
    return value.strip("\0").strip()


def truth(found: dict[str, Any], name: str) -> bool:
    """A truth value, as JSON or as PowerShell writes it in a text. Raises ValueError."""
    value = _field(found, name)
    if isinstance(value, bool):
        return value
    if value in ("True", "False"):
        return bool(value == "True")
    raise ValueError(f"{name}: neither true nor false")


def whole(found: dict[str, Any], name: str) -> int:
    """A whole number that is not negative, as JSON or in a text. Raises ValueError."""
    value = _field(found, name)
    return number(value) if isinstance(value, str) else _whole(found, name)


def moment(value: Any) -> str:
    """RFC 3339 in UTC of a time: ISO 8601 in UTC, or `/Date(milliseconds)/`. Raises ValueError."""
    text = value.get("value") if isinstance(value, dict) else value  # with DisplayHint beside it, as Get-Date gives it
    if not isinstance(text, str):
        raise ValueError("not a time")
    if iso := _ISO.fullmatch(text):
        return _said(datetime.fromisoformat(iso[1]))
    if date := _DATE.fullmatch(text):
        try:
            return _said(_EPOCH + timedelta(seconds=int(date[1]) // 1000))
        except OverflowError as error:
            raise ValueError("a time out of range") from error
    raise ValueError(f"not a time: {clean(text, 40)}")


def day(text: str) -> str:
    """RFC 3339 of the beginning of a day. Raises ValueError."""
    if not _DAY.fullmatch(text):
        raise ValueError(f"not a day: {clean(text, 40)}")
    return _said(datetime.fromisoformat(text))


def _said(time: datetime) -> str:
    return time.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _field(found: dict[str, Any], name: str) -> Any:
    if name not in found:
        raise ValueError(f"{name} is missing")
    return found[name]


def _whole(found: dict[str, Any], name: str) -> int:
    value = _field(found, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}: not a whole number")
    return value


def _list(value: Any) -> list[Any]:
    """A list, whatever PowerShell 5.1 made of it."""
    if isinstance(value, dict) and value.keys() == {"value", "Count"}:
        inner = value["value"]
        if not isinstance(inner, list) or len(inner) != value["Count"]:
            raise ValueError("a list that is not as long as it says")
        return inner
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _uncut(value: Any) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _uncut(inner)
    elif isinstance(value, list):
        for inner in value:
            _uncut(inner)
    elif isinstance(value, str) and _CUT.fullmatch(value):
        raise ValueError(f"cut off in its depth by ConvertTo-Json: {clean(value, 40)}")
