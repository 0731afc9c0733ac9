"""Answers of database servers: `{"columns": [...], "rows": [[...]]}` to rows by name, strictly."""

from __future__ import annotations

from typing import Any

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.text import MAX_BYTES, json_of, unseen

MOST_ROWS = 20_000


def rows_of(given: Any) -> list[dict[str, Any]]:
    """The rows of one answer. Raises ValueError for anything of another form."""
    if not isinstance(given, dict) or set(given) != {"columns", "rows"}:
        raise ValueError("not an answer of a query")
    columns, rows = given["columns"], given["rows"]
    if not isinstance(columns, list) or not all(isinstance(one, str) for one in columns):
        raise ValueError("columns without names")
    if len(set(columns)) != len(columns) or not isinstance(rows, list) or len(rows) > MOST_ROWS:
        raise ValueError("columns or rows that do not fit")
    if not all(isinstance(row, list) and len(row) == len(columns) for row in rows):
        raise ValueError("a row of another length")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def answer(output: bytes) -> Any:
    """The JSON of a probe. Raises ValueError."""
    if len(output) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    return json_of(output.decode("utf-8"))


def table(output: bytes) -> list[dict[str, Any]]:
    """The rows of a probe that was asked once."""
    return rows_of(answer(output))


def sql_rows(output: bytes) -> dict[str, Any]:
    """All rows, as they are."""
    return {"rows": table(output)}


def sql_one(output: bytes) -> dict[str, Any]:
    """The one row of an answer that has exactly one."""
    return single(table(output))


def single(rows: list[dict[str, Any]]) -> dict[str, Any]:
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} rows where one is expected")
    return rows[0]


def each(output: bytes) -> dict[str, dict[str, Any] | Gap]:
    """By database the one row of its answer, or the Gap that stands for it."""
    given = answer(output)
    if not isinstance(given, dict) or set(given) != {"each"} or not isinstance(given["each"], dict):
        raise ValueError("not an answer by database")
    return {name: _one_of(name, found) for name, found in given["each"].items()}


def _one_of(name: str, found: Any) -> dict[str, Any] | Gap:
    if isinstance(found, dict) and "gap" in found:
        detail = f"{clean(name, 60)}: {clean(str(found.get('said', '')), 300)}"
        return Gap(GapReason(str(found["gap"])), detail, "give the account the right to connect to every database")
    return single(rows_of(found))


def text(row: dict[str, Any], name: str) -> str:
    """A value that must be text. Raises ValueError."""
    value = row.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is not text")
    return value


def hidden(what: str, remedy: str) -> Exception:
    """For a row or value that the server leaves out where the account lacks the right."""
    return unseen(GapReason.DENIED, f"the server does not show {what} to this account", remedy)
