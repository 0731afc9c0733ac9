"""The `sql` transport: one read-only session with a database server, one query per probe, rows as canonical JSON.

What a probe said is `{"columns": [...], "rows": [[...], ...]}`, of a query that is asked in every database one such
object by the name of the database: `{"each": {NAME: {...} or {"gap": ...}}}`. The queries are content; nothing but the
limits of time is added to them, and no value of a target ever becomes part of one.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, Final, Protocol

from pepperbird.collect import sql_words, words
from pepperbird.collect.answer import Answer
from pepperbird.collect.interface import Count, Lifeline, Order, Refused, Sink
from pepperbird.collect.sql_words import Told
from pepperbird.model.evidence import ProbeOutput
from pepperbird.model.gap import Gap
from pepperbird.model.plan import ProbeCall

DRIVERS: Final = {
    "postgresql": ("pepperbird.collect.sql_postgresql", "psycopg"),
    "mysql": ("pepperbird.collect.sql_mysql", "pymysql"),
}
MOST_ROWS: Final = 20_000
CLOCK_SECONDS: Final = 5


class Session(Protocol):
    """One connection to one database. `query` yields the names of the columns first, then each row."""

    def query(self, text: str) -> Iterator[Sequence[Any]]: ...
    def limit(self, text: str, seconds: int) -> None: ...
    def facts(self) -> dict[str, object]: ...
    def close(self) -> None: ...


class Driver(Protocol):
    """Opens sessions, and says what an error of its library means. `explain` never raises."""

    def open(self, order: Order, lifeline: Lifeline, setup: str, database: str | None) -> Session: ...
    def explain(self, error: Exception) -> Told: ...


class SqlTransport:
    """Asks a database server."""

    def run(self, order: Order, sink: Sink, lifeline: Lifeline) -> None:
        if not isinstance(sink, Answer):
            raise TypeError("a database server is answered for whole")
        namespace = order.endpoint.probes[0].id.partition(".")[0]
        driver = _driver(namespace)
        texts = json.loads(order.program)[namespace]
        asked = _Asked(order, lifeline, driver, texts)
        lifeline.enter(words.CONNECT, order.endpoint.connect_timeout)
        session = driver.open(order, lifeline, texts["session"], None)
        try:
            lifeline.enter(words.PROBES)
            for name, value in session.facts().items():
                sink.told(name, value)
            for name, value in _clock(session, texts["limit"], texts["clock"]).items():
                sink.told(name, value)
            sink.told("counted", words.TEXTS)
            sink.outputs = {}
            asked.all(session, sink)
        finally:
            session.close()


def _clock(session: Session, limit: str, text: str) -> dict[str, int]:
    """How far the server's clock is from this computer's, half a round trip taken off; nothing where it won't say."""
    with suppress(Exception):  # a driver may raise anything on what a server sends
        session.limit(limit, CLOCK_SECONDS)
        sent = time.time()
        _, row = session.query(text)
        back = time.time()
        offset = int(row[0]) - round((sent + back) * 500)
        return {"clock_offset_ms": offset, "clock_step_ms": 1, "round_trip_ms": math.ceil((back - sent) * 1000)}
    return {}


def _driver(namespace: str) -> Driver:
    module, library = DRIVERS[namespace]
    try:
        import_module(library)
    except ImportError as error:
        raise Refused(sql_words.no_driver(library)) from error
    driver: Driver = import_module(module).DRIVER
    return driver


class _Asked:
    """The probes of one endpoint, asked one after the other."""

    def __init__(self, order: Order, lifeline: Lifeline, driver: Driver, texts: dict[str, str]) -> None:
        self.order, self.lifeline, self.driver, self.texts = order, lifeline, driver, texts
        self.listed: dict[str, list[dict[str, Any]]] = {}
        self.count = Count()
        lifeline.meters.append(self.count)

    def all(self, session: Session, sink: Answer) -> None:
        """An output for every probe that could be asked; where the connection breaks, the Gap of the rest."""
        outputs = sink.outputs = {}
        calls = sorted(self.order.endpoint.probes, key=lambda call: call.each is not None)
        for call in calls:
            began = time.monotonic()
            output = self._each(call) if call.each is not None else self._one(session, call)
            if self.lifeline.cut_at is not None:
                sink.recorded_gap = words.deadline(self.order.endpoint, self.lifeline.cut_at)
                return
            self.count.received += len(output.stdout)
            milliseconds = round((time.monotonic() - began) * 1000)
            outputs[call.id] = ProbeOutput(output.stdout, output.stderr, output.exit_status, milliseconds, output.gap)
            if output.gap is not None and output.exit_status is None and output.gap.reason in sql_words.BROKEN:
                sink.recorded_gap = output.gap
                return

    def _one(self, session: Session, call: ProbeCall) -> ProbeOutput:
        try:
            found = self._rows(session, call)
        except Exception as error:  # noqa: BLE001 - a driver may raise anything on what a server sends
            return self._failed(call, error)
        if isinstance(found, Gap):
            return ProbeOutput(b"", b"", None, 0, found)
        name = call.id.partition(".")[2]
        self.listed[name] = [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
        return ProbeOutput(_canonical(found), b"", 0, 0)

    def _rows(self, session: Session, call: ProbeCall) -> dict[str, Any] | Gap:
        """Columns and rows, or the Gap of more than the probe may say."""
        session.limit(self.texts["limit"], call.timeout)
        query = self.texts[call.id.partition(".")[2]]
        self.count.sent += len(query.encode())
        reader = session.query(query)
        columns = [str(name) for name in next(reader)]
        rows: list[list[Any]] = []
        size = 0
        for row in reader:
            rows.append([plain(value) for value in row])
            size += len(_canonical(rows[-1])) + 1
            if size > call.max_bytes - 1024 or len(rows) > MOST_ROWS:
                with suppress(Exception):
                    reader.close()  # type: ignore[attr-defined]
                return words.truncated(call)
        return {"columns": columns, "rows": rows}

    def _failed(self, call: ProbeCall, error: Exception) -> ProbeOutput:
        told = self.driver.explain(error)
        account = self.order.access.user or "pepperbird"
        gap = sql_words.gap_of(call, told, account)
        status = sql_words.STATUS.get(told.kind, 1 if gap is None else None)
        return ProbeOutput(b"", words.shown(told.said, 300).encode(), status, 0, gap)

    def _each(self, call: ProbeCall) -> ProbeOutput:
        """The query in every database that the listing probe gave, each in a session of its own."""
        each = call.each
        rows = self.listed.get(each.probe) if each is not None else None
        if each is None or rows is None:
            return ProbeOutput(b"", b"", None, 0, sql_words.not_listed(call))
        names = [str(row.get(each.column)) for row in rows if row.get(each.only) is True]
        if len(names) > each.most:
            return ProbeOutput(b"", b"", None, 0, sql_words.too_many(call, len(names)))
        found: dict[str, Any] = {}
        for name in names:
            if self.lifeline.cut_at is not None:
                break
            found[name] = self._in_database(call, name)
        body = _canonical({"each": found})
        if len(body) > call.max_bytes:
            return ProbeOutput(b"", b"", None, 0, words.truncated(call))
        return ProbeOutput(body, b"", 0, 0)

    def _in_database(self, call: ProbeCall, name: str) -> dict[str, Any]:
        try:
            session = self.driver.open(self.order, self.lifeline, self.texts["session"], name)
        except Refused as refused:
            return {"gap": str(refused.gap.reason), "said": refused.gap.detail}
        try:
            found = self._rows(session, call)
        except Exception as error:  # noqa: BLE001 - as in _one
            told = self.driver.explain(error)
            return {"gap": str(sql_words.reason_of(told)), "said": words.shown(told.said, 300)}
        finally:
            session.close()
        return {"gap": str(found.reason), "said": found.detail} if isinstance(found, Gap) else found


def plain(value: Any) -> Any:
    """A value of a driver as JSON: numbers, truth and text as they are; anything else as the text that it prints."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 1 << 63 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value)


def _canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace")
