"""What comes of many requests, kept small: of an answer only what content keeps, of a probe only what it may say."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pepperbird.collect import words
from pepperbird.model.evidence import ProbeOutput
from pepperbird.model.gap import Gap
from pepperbird.model.plan import ProbeCall


class Pile:
    """The answers of one probe by bucket, as bytes. More than the probe may say is none of it."""

    def __init__(self, probe: ProbeCall) -> None:
        self.probe = probe
        self.gap: Gap | None = None
        self.full = False
        self._parts: dict[str, bytes] = {}
        self._size = self._milliseconds = 0
        self._lock = threading.Lock()

    def put(self, bucket: str, found: Mapping[str, Any] | Gap, milliseconds: int = 0) -> None:
        if isinstance(found, Gap):
            found = {"gap": str(found.reason), "said": found.detail, "remedy": found.remedy}
        part = canonical(bucket) + b":" + canonical(found)
        with self._lock:
            self._milliseconds += milliseconds
            self._size += len(part) + 1
            self.full = self._size > self.probe.max_bytes - 64
            if self.full:
                self._parts.clear()
            else:
                self._parts[bucket] = part

    def output(self, wanted: Collection[str], missing: Gap) -> ProbeOutput:
        """All of it; `missing` stands for those of the buckets that nobody asked."""
        if self.full:
            return ProbeOutput(b"", b"", None, self._milliseconds, words.truncated(self.probe))
        if self.gap is not None:
            return ProbeOutput(b"", b"", 1, 0, self.gap)
        body = b'{"each":{' + b",".join(part for _, part in sorted(self._parts.items())) + b"}"
        if any(name not in self._parts for name in wanted):
            body += b',"rest":' + canonical({"gap": missing.reason, "said": missing.detail, "remedy": missing.remedy})
        return ProbeOutput(body + b"}", b"", 0, self._milliseconds)


def kept(call: Mapping[str, Any], pages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the pages of one answer what the call keeps. Lists of several pages are put together."""
    if call["newest"]:
        return _newest(pages)
    answer: dict[str, Any] = {}
    more = False
    for page in pages:
        for name in (*call["keep"], *(("Headers",) if call["headers"] else ())):
            value = page.get(name)
            if value is None:
                continue
            if isinstance(value, list):
                answer.setdefault(name, []).extend(plain(_columns(call, value)))
            else:
                answer[name] = plain(_document(_columns(call, [value])[0]))
        more = bool(following(call, page))
    return {"answer": answer} | ({"more": True} if more else {})


def following(call: Mapping[str, Any], page: Mapping[str, Any]) -> str | None:
    """What leads to the next page, None for the last one."""
    if call["next"]:
        return page.get(call["next"]) or None
    return page.get("NextContinuationToken") or (page.get("ContinuationToken") if "Buckets" in page else None)


def _columns(call: Mapping[str, Any], rows: list[Any]) -> list[Any]:
    """Of the rows of an answer only the members that the call keeps."""
    if not call["columns"]:
        return rows
    return [
        {name: value for name, value in row.items() if name in call["columns"]} if isinstance(row, dict) else row
        for row in rows
    ]


def _newest(pages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """When the newest object was written, how many were seen, and its name for the next question (`key`)."""
    count, newest, key, more = 0, datetime.min.replace(tzinfo=UTC), "", False
    for page in pages:
        for row in page.get("Contents", ()):
            count += 1
            if row["LastModified"] > newest:
                newest, key = row["LastModified"], row["Key"]
        more = bool(page.get("IsTruncated"))
    answer: dict[str, Any] = {"count": count}
    if key:
        answer["newest"] = plain(newest)
    return {"answer": answer, **({"more": True} if more else {}), **({"key": key} if key and not more else {})}


def _document(value: Any) -> Any:
    """A text of JSON, as a policy is, as what it says."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        return json.loads(value)
    return value


def plain(value: Any) -> Any:
    """A value of the library as JSON; a time in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace")
