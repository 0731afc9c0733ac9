"""MySQL and MariaDB through PyMySQL: sessions that can't write, and what their errors mean.

Where TLS is asked for, nothing of the login is sent before it; a password never goes in the clear to a server whose
certificate nobody vouches for; no server may ask for files of this computer.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import pymysql
from pymysql.constants import CLIENT
from pymysql.cursors import SSCursor

from pepperbird.collect import sql_words, words
from pepperbird.collect.address import Address, connect
from pepperbird.collect.interface import Lifeline, Order, Refused
from pepperbird.collect.sql_address import Target, target_of
from pepperbird.collect.sql_words import Told
from pepperbird.model.gap import Gap

PORT: Final = 3306
_DENIED: Final = frozenset({1044, 1142, 1143, 1227, 1370})
_ABSENT: Final = frozenset({1054, 1064, 1109, 1146, 1193, 1235, 1272})
_SLOW: Final = frozenset({1317, 1969, 3024})
_LOST: Final = frozenset({1053, 2006, 2013, 2014, 2055})
_AWAY: Final = frozenset({1040, 1053, 1203, 2002, 2003, 2013})
_NO_TLS: Final = 2026


if TYPE_CHECKING:
    _Base = pymysql.connections.Connection[Any]
else:
    _Base = pymysql.connections.Connection


class _Connection(_Base):
    """A connection that speaks no word of its login where TLS is demanded and the server has none."""

    demand_tls = False

    def _request_authentication(self) -> None:
        if self.demand_tls and not getattr(self, "server_capabilities", 0) & CLIENT.SSL:
            raise pymysql.err.OperationalError(_NO_TLS, "the server offers no TLS")
        super()._request_authentication()  # type: ignore[misc]


class _Refuse:
    """Stands in the place of login methods that would show the password to whoever asks."""

    def __init__(self, connection: object) -> None: ...

    def authenticate(self, packet: object) -> None:
        raise pymysql.err.OperationalError(2059, "the server asks for the password in the clear, without safe TLS")

    def prompt(self, echo: object, prompt: object) -> bytes:
        raise pymysql.err.OperationalError(2059, "the server asks for the password in the clear, without safe TLS")


class MysqlSession:
    """One connection. The server says by its version whether it is MariaDB."""

    def __init__(self, connection: _Connection, target: Target, tls: bool) -> None:
        self._connection, self._target, self._tls = connection, target, tls

    def query(self, text: str) -> Iterator[Sequence[Any]]:
        cursor = self._connection.cursor(SSCursor)
        try:
            cursor.execute(text)
            yield [str(column[0]) for column in cursor.description or ()]
            while (row := cursor.fetchone()) is not None:
                yield row
        finally:
            cursor.close()

    def limit(self, text: str, seconds: int) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(text.strip(), {"seconds": seconds, "milliseconds": seconds * 1000})

    def facts(self) -> dict[str, object]:
        return {
            "user": self._target.user,
            "peer": f"{self._target.host}:{self._target.port}",
            "server_version": words.shown(str(getattr(self._connection, "server_version", "")), 100),
            "tls": self._tls,
            "tls_verified": self._tls and self._target.verified,
        }

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._connection.close()


class MysqlDriver:
    def open(self, order: Order, lifeline: Lifeline, setup: str, database: str | None) -> MysqlSession:
        target = target_of(order, PORT, database)
        channel = connect(Address(target.host, target.port), lifeline)
        channel.settimeout(max(target.seconds, 1))
        lifeline.closes(lambda: _cut(channel))
        connection = _made(target)
        try:
            connection.connect(channel)
        except (pymysql.err.MySQLError, OSError, ValueError, TypeError, IndexError, RuntimeError) as error:
            channel.close()
            raise Refused(_refusal(error, target)) from None
        spoken: socket.socket = connection._sock  # type: ignore[attr-defined]
        spoken.settimeout(None)
        lifeline.closes(lambda: _cut(spoken))
        try:
            with connection.cursor() as cursor:
                for statement in setup.split(";"):
                    if statement.strip():
                        cursor.execute(statement.strip())
        except (pymysql.err.MySQLError, OSError) as error:
            connection.close()
            raise Refused(sql_words.unsafe_session(error)) from None
        return MysqlSession(connection, target, isinstance(spoken, ssl.SSLSocket))

    def explain(self, error: Exception) -> Told:
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        said = str(error.args[1]) if len(error.args) > 1 else str(error)
        if code in _DENIED:
            return Told("denied", said)
        if code in _ABSENT:
            return Told("absent", said)
        if code in _SLOW:
            return Told("timeout", said)
        if code in _LOST or isinstance(error, OSError | pymysql.err.InterfaceError):
            return Told("lost", said)
        return Told("other", said)


DRIVER: Final = MysqlDriver()


def _made(target: Target) -> _Connection:
    clear: dict[str, Any] = {} if target.verified else {"mysql_clear_password": _Refuse, "dialog": _Refuse}
    connection = _Connection(
        host=target.host, port=target.port, user=target.user, password=target.password, database=target.database,
        connect_timeout=max(target.seconds, 1), charset="utf8mb4", autocommit=True, local_infile=False,
        defer_connect=True, auth_plugin_map=clear, ssl=_context(target), ssl_disabled=target.tls in ("off", "prefer"),
        program_name="pepperbird",
    )  # fmt: skip
    connection.demand_tls = target.tls in ("verify", "require")
    return connection


def _context(target: Target) -> Any:
    if target.tls in ("off", "prefer"):  # this computer itself
        return None
    try:
        context = ssl.create_default_context(cafile=target.ca)
    except (OSError, ssl.SSLError) as error:
        raise Refused(sql_words.certificate(error)) from None
    if not target.verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _refusal(error: Exception, target: Target) -> Gap:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    said = str(error.args[1]) if len(error.args) > 1 else str(error)
    if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in said:
        return sql_words.certificate(said)
    if code == _NO_TLS or isinstance(error, ssl.SSLError):
        return sql_words.no_tls(said)
    if isinstance(error, TimeoutError) or "timed out" in said:
        return sql_words.connect_timeout(target.seconds)
    if code in _AWAY or isinstance(error, OSError):
        return sql_words.unreachable(said)
    return sql_words.login_refused(target.user, said)


def _cut(channel: socket.socket) -> None:
    with contextlib.suppress(OSError):
        channel.shutdown(socket.SHUT_RDWR)
