"""PostgreSQL through psycopg: sessions that can't write, and what its errors mean.

Nothing of the environment (PGOPTIONS, services, ~/.pgpass) has a say, and a password is never sent in the clear to a
server whose certificate nobody vouches for.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterator, Sequence
from typing import Any, Final

import psycopg

from pepperbird.collect import sql_words, words
from pepperbird.collect.interface import Lifeline, Order, Refused
from pepperbird.collect.sql_address import Target, target_of
from pepperbird.collect.sql_words import Told
from pepperbird.model.gap import Gap, GapReason

PORT: Final = 5432
_MODES: Final = {"verify": "verify-full", "require": "require", "prefer": "prefer", "off": "disable"}
_DENIED: Final = frozenset({"42501"})
_ABSENT: Final = frozenset({"42P01", "42883", "42703", "42704"})
_AWAY: Final = re.compile(
    r"refused|could not translate|no route|unreachable|reset by peer|closed the connection unexpectedly|starting up"
    r"|shutting down|too many (clients|connections)|remaining connection slots|recovery mode|could not (receive|send)",
    re.IGNORECASE,
)


class PostgresqlSession:
    """One connection to one database."""

    def __init__(self, connection: psycopg.Connection[Any], target: Target) -> None:
        self._connection, self._target = connection, target

    def query(self, text: str) -> Iterator[Sequence[Any]]:
        with self._connection.cursor() as cursor:
            stream = cursor.stream(text.encode())
            first = next(stream, None)
            yield [column.name for column in cursor.description or ()]
            if first is not None:
                yield first
                yield from stream

    def limit(self, text: str, seconds: int) -> None:
        self._connection.execute(text.strip().encode(), {"milliseconds": str(seconds * 1000)})

    def facts(self) -> dict[str, object]:
        info = self._connection.info
        return {
            "user": self._target.user,
            "peer": f"{self._target.host}:{self._target.port}",
            "server_version": info.parameter_status("server_version") or "",
            "tls": bool(self._connection.pgconn.ssl_in_use),
            "tls_verified": bool(self._connection.pgconn.ssl_in_use) and self._target.verified,
        }

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._connection.close()


class PostgresqlDriver:
    def open(self, order: Order, lifeline: Lifeline, setup: str, database: str | None) -> PostgresqlSession:
        target = target_of(order, PORT, database)
        try:
            connection: psycopg.Connection[Any] = psycopg.connect(
                "", autocommit=True, prepare_threshold=None, **_parameters(target)
            )
        except psycopg.Error as error:
            raise Refused(_refusal(error, target)) from None
        lifeline.closes(lambda: _cut(connection))
        try:
            for statement in setup.split(";"):
                if statement.strip():
                    connection.execute(statement.encode())
        except psycopg.Error as error:
            connection.close()
            raise Refused(sql_words.unsafe_session(error)) from None
        return PostgresqlSession(connection, target)

    def explain(self, error: Exception) -> Told:
        said = str(error).strip().split("\n", 1)[0]
        state = getattr(error, "sqlstate", None)
        if state in _DENIED:
            return Told("denied", said)
        if state in _ABSENT:
            return Told("absent", said)
        if state == "57014":
            return Told("timeout", said)
        if isinstance(error, psycopg.OperationalError) and (state is None or state[:2] in ("08", "57")):
            return Told("lost", said)
        return Told("other", said)


DRIVER: Final = PostgresqlDriver()


def _parameters(target: Target) -> dict[str, Any]:
    given: dict[str, Any] = {
        "host": target.host, "port": target.port, "user": target.user, "dbname": target.database or "postgres",
        "connect_timeout": max(target.seconds, 2), "sslmode": _MODES[target.tls], "application_name": "pepperbird",
        "options": "-c default_transaction_read_only=on", "passfile": os.devnull, "gssencmode": "disable",
        "client_encoding": "UTF8", "target_session_attrs": "any",
    }  # fmt: skip
    if target.password:
        given["password"] = target.password
    if target.verified:
        given["sslrootcert"] = target.ca or "system"
    elif psycopg.pq.version() >= 160000:
        given["require_auth"] = "!password"
    return given


def _refusal(error: psycopg.Error, target: Target) -> Gap:
    said = " ".join(str(error).split())
    if "timeout expired" in said or "timed out" in said:
        return sql_words.connect_timeout(target.seconds)
    if "permission denied for database" in said:
        return Gap(GapReason.DENIED, words.shown(said), "GRANT CONNECT ON DATABASE to the scanning account")
    if "certificate" in said and "FATAL" not in said:
        return sql_words.certificate(said)
    if "does not support SSL" in said:
        return sql_words.no_tls(said)
    if _AWAY.search(said):
        return sql_words.unreachable(said)
    return sql_words.login_refused(target.user, said)


def _cut(connection: psycopg.Connection[Any]) -> None:
    """Wake whoever waits for the server: from another thread only the socket may be touched."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)
