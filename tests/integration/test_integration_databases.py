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
from pepperbird.plan.sql_rights import grants
from tests.support.databases import (
    ME,
    PASSWORD,
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
from tests.support.databases_judged import judged, states

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


RIGHTS = {
    "GRANT pg_monitor TO pepper": {"BR-04.1", "DI-09.2"},
    "GRANT SELECT ON pg_hba_file_rules TO pepper": {"DS-11.1"},
    "GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO pepper": {"DS-11.1"},
    "GRANT SHOW DATABASES ON *.* TO pepper": {"DI-14.2", "DS-01.4"},
    "GRANT SELECT (User, Host, plugin, ssl_type, Super_priv, is_role) ON mysql.user TO pepper": {"DS-11.3"},
    "GRANT REFERENCES ON *.* TO pepper": {"DI-14.2"},
    "GRANT REPLICA MONITOR ON *.* TO pepper": {"DI-15.1", "DR-08.3"},
    "GRANT PROCESS ON *.* TO pepper": {"BR-04.2", "DR-08.3", "DS-04.3"},
}
"""What each printed statement is for: the clauses that become an error without it, and no others. (Of standbys there
are none here: test_integration_database_states looks at those.)"""


def printed(server: Postgresql | Mariadb, secret: Path) -> list[str]:
    """The statements that `pepperbird privileges --sql` prints for the account, without what is behind them."""
    lines = grants([endpoint(server, secret)]).replace("'pepper'@'%'", "pepper").splitlines()
    return [line.partition(";")[0] for line in lines if line.startswith(("GRANT", "CREATE"))]


def test_the_statements_that_are_printed_are_those_that_are_proved(pg: Postgresql, my: Mariadb, folder: Path) -> None:
    secret = secret_file(folder)
    both = [one for server in (pg, my) for one in printed(server, secret) if one.startswith("GRANT")]
    assert both == list(RIGHTS)


@pytest.mark.parametrize("right", RIGHTS)
def test_each_right_is_needed(pg: Postgresql, my: Mariadb, folder: Path, right: str) -> None:
    secret = secret_file(folder)
    server = my if "*.*" in right or "mysql.user" in right else pg
    before = judged({"db": server}, secret)
    mine = right.replace(" TO pepper", f" TO {ME}") if server is my else right
    server.sql(mine.replace("GRANT", "REVOKE", 1).replace(" TO ", " FROM "))
    try:
        after = judged({"db": server}, secret)
    finally:
        server.sql(mine)
    changed = {clause for clause, state in states(after, "db").items() if state != states(before, "db")[clause]}
    assert changed == RIGHTS[right]
    for clause in changed:
        gaps = [one.gap for one in after["db"][clause]]
        assert states(after, "db")[clause] == "error"
        assert {gap.reason for gap in gaps if gap is not None} == {GapReason.DENIED}
        assert all(gap is not None and right in gap.remedy for gap in gaps), gaps


def test_a_database_that_does_not_let_the_account_in_is_named_with_the_right_that_opens_it(
    pg: Postgresql, folder: Path
) -> None:
    pg.sql("REVOKE CONNECT ON DATABASE registry FROM PUBLIC")
    try:
        found = judged({"db": pg}, secret_file(folder))
    finally:
        pg.sql("GRANT CONNECT ON DATABASE registry TO PUBLIC")
    (one,) = found["db"]["DI-14.1"]
    assert (one.subject, str(one.state), one.gap.reason if one.gap else None) == ("registry", "error", GapReason.DENIED)


def test_an_account_made_by_what_is_printed_sees_all_that_the_tests_own_does(pg: Postgresql, folder: Path) -> None:
    secret = secret_file(folder)
    pg.sql(*(one.replace("pepper", "other") for one in printed(pg, secret)), f"ALTER ROLE other PASSWORD '{PASSWORD}'")
    assert states(judged({"db": pg}, secret, **{"as": "other"}), "db") == states(judged({"db": pg}, secret), "db")


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
