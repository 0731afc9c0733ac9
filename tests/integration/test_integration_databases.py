"""Real PostgreSQL and MariaDB: each way in which asking fails gives its Gap, each right that is taken away is seen."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.model.evidence import Transcript
from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.observe import observe
from tests.support.databases import (
    ME,
    Mariadb,
    Postgresql,
    ask,
    ask_with,
    catalog,
    endpoint,
    free_port,
    mariadb,
    postgresql,
    scratch,
    secret_file,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the servers' own account may enter."""
    with scratch("pepperbird-db-") as made:
        yield made


@pytest.fixture(scope="module")
def pg(folder: Path) -> Iterator[Postgresql]:
    with postgresql(folder / "pg") as server:
        yield server


@pytest.fixture(scope="module")
def my(folder: Path) -> Iterator[Mariadb]:
    with mariadb(folder / "my") as server:
        yield server


def facts(server: Postgresql | Mariadb, folder: Path, namespace: str) -> dict[str, object]:
    planned = endpoint(server, secret_file(folder))
    return dict(observe(catalog(), planned, ask(planned)).facts[namespace])


def gap(transcript: Transcript) -> Gap:
    assert transcript.gap is not None
    assert all(output.gap is not None for output in transcript.probes.values())
    return transcript.gap


@pytest.mark.parametrize("kind", ["pg", "my"])
def test_a_closed_port_is_unreachable(kind: str, request: pytest.FixtureRequest, folder: Path) -> None:
    planned = endpoint(request.getfixturevalue(kind), secret_file(folder), at=f"127.0.0.1:{free_port()}")
    assert gap(ask(planned)).reason is GapReason.UNREACHABLE


@pytest.mark.parametrize("kind", ["pg", "my"])
def test_a_wrong_password_is_refused_and_never_shown(kind: str, request: pytest.FixtureRequest, folder: Path) -> None:
    transcript = ask(endpoint(request.getfixturevalue(kind), secret_file(folder, "Wrong-secret-1")))
    assert gap(transcript).reason is GapReason.LOGIN_REFUSED
    assert "Wrong-secret" not in repr(transcript)


@pytest.mark.parametrize("kind", ["pg", "my"])
def test_a_server_that_says_nothing_costs_its_time_and_no_more(
    kind: str, request: pytest.FixtureRequest, folder: Path
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        planned = endpoint(
            request.getfixturevalue(kind), secret_file(folder), at=f"127.0.0.1:{silent.getsockname()[1]}"
        )
        assert gap(ask(replace(planned, connect_timeout=2), deadline=4)).reason is GapReason.CONNECT_TIMEOUT


@pytest.mark.parametrize("kind", ["pg", "my"])
def test_tls_that_is_asked_for_and_not_there_is_no_connection(
    kind: str, request: pytest.FixtureRequest, folder: Path
) -> None:
    assert gap(ask(endpoint(request.getfixturevalue(kind), secret_file(folder), tls="require"))).reason is (
        GapReason.UNSUPPORTED
    )


def test_without_a_secret_file_nothing_is_asked(pg: Postgresql, folder: Path) -> None:
    assert gap(ask(endpoint(pg, folder / "nowhere"))).reason is GapReason.NO_CREDENTIAL


PG_RIGHTS = (
    ("REVOKE pg_monitor FROM pepper", "GRANT pg_monitor TO pepper", {"data_directory", "archive_waiting"}),
    (
        "REVOKE SELECT ON pg_hba_file_rules FROM pepper", "GRANT SELECT ON pg_hba_file_rules TO pepper", {"rules"},
    ),
    (
        "REVOKE EXECUTE ON FUNCTION pg_hba_file_rules() FROM pepper",
        "GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO pepper", {"rules"},
    ),
)  # fmt: skip


@pytest.mark.parametrize(("take", "give", "lost"), PG_RIGHTS)
def test_each_right_on_postgresql_is_needed(pg: Postgresql, folder: Path, take: str, give: str, lost: set[str]) -> None:
    assert not denied(facts(pg, folder, "postgresql"))
    pg.sql(take)
    try:
        assert denied(facts(pg, folder, "postgresql")) >= lost
    finally:
        pg.sql(give)


MY_RIGHTS = (
    ("SHOW DATABASES ON *.*", {"schemas"}),
    ("REFERENCES ON *.*", {"schemas"}),
    ("PROCESS ON *.*", {"log_readers", "mariadb_encrypted"}),
    ("REPLICA MONITOR ON *.*", {"replica", "channels"}),
    ("SELECT (User, Host, plugin, ssl_type, Super_priv, is_role) ON mysql.user", {"accounts"}),
)


@pytest.mark.parametrize(("right", "lost"), MY_RIGHTS)
def test_each_right_on_mariadb_is_needed(my: Mariadb, folder: Path, right: str, lost: set[str]) -> None:
    assert not denied(facts(my, folder, "mysql"))
    my.sql(f"REVOKE {right} FROM {ME}")
    try:
        assert denied(facts(my, folder, "mysql")) >= lost
    finally:
        my.sql(f"GRANT {right} TO {ME}")


def denied(found: dict[str, object]) -> set[str]:
    return {name for name, value in found.items() if '"denied"' in repr(value).replace("'", '"')}


def test_nothing_can_be_written_in_the_session(pg: Postgresql, folder: Path) -> None:
    """Were a query to write after all, the session would not let it."""
    planned = endpoint(pg, secret_file(folder))
    pg.sql("GRANT ALL ON SCHEMA public TO pepper")
    program = catalog().programs["sql"]
    assert b"READ ONLY" in program
    queries = json.loads(program)
    queries["postgresql"]["identity"] = "CREATE TABLE public.x(i int)"
    transcript = ask_with(planned, json.dumps(queries).encode())
    assert b"read-only" in transcript.probes["postgresql.identity"].stderr
    assert pg.sql("SELECT to_regclass('public.x') IS NULL") == "t"
