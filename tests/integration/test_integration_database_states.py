"""Real PostgreSQL and MariaDB in the states that count, each with its exact verdict and what it says."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pepperbird.model.state import Tier
from tests.support.databases import ME, Mariadb, Postgresql, free_port, mariadb, postgresql, scratch, secret_file
from tests.support.databases_judged import Found, judged, said, states
from tests.support.databases_states import (
    badly_kept,
    caught_up,
    damage,
    encrypted_mariadb,
    faketime,
    fill_log,
    follower,
    promote,
    replica,
    strong_accounts,
    wait_for,
    well_kept,
)

pytestmark = pytest.mark.slow
TIGHT = {"DR-08": {"max_replica_lag_seconds": 1}, "DI-15": {"max_slot_retained_gb": 0}}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder in which the servers' own account may make others."""
    with scratch("pepperbird-states-") as made:
        yield made


@pytest.fixture(scope="module")
def secret(folder: Path) -> Path:
    return secret_file(folder)


@pytest.fixture(scope="module")
def primary(folder: Path) -> Iterator[Postgresql]:
    with well_kept(folder / "primary") as server:
        yield server


@pytest.fixture(scope="module")
def second(primary: Postgresql, folder: Path) -> Iterator[Postgresql]:
    with follower(primary, folder / "second") as server:
        yield server


def about(found: Found, asset: str, clause: str, subject: str = "") -> tuple[str, str]:
    """State and message, with every number of bytes, seconds and milliseconds as N."""
    state, message = said(found, asset, clause, subject)
    return state, re.sub(r"-?\d+(?= (bytes|s|ms)\b)|(?<=transaction )none", "N", message).replace("N s ago", "N")


def while_nothing_is_written(primary: Postgresql, second: Postgresql, secret: Path) -> Found:
    """Asked again where the server just then wrote something of its own accord, as every 15 seconds: until a standby
    has replayed that, it is behind, and nothing tells for how long."""
    for _ in range(3):
        found = judged({"db-1": primary, "db-2": second}, secret)
        if "does not say for how long" not in said(found, "db-1", "DR-08.1")[1]:
            break
        caught_up(primary)
    return found


def test_what_a_well_kept_pair_of_servers_comes_to(primary: Postgresql, second: Postgresql, secret: Path) -> None:
    found = while_nothing_is_written(primary, second, secret)
    assert states(found, "db-1") == {
        "BR-04.1": "pass", "BR-04.4": "unchecked", "DI-01.1": "pass", "DI-02.1": "pass", "DI-03.1": "pass",
        "DI-09.2": "pass", "DI-14.1": "pass", "DI-15.2": "pass", "DR-08.1": "pass", "DR-08.2": "not_applicable",
        "DR-08.5": "not_applicable", "DS-01.3": "pass", "DS-04.1": "unchecked", "DS-10.1": "unchecked",
        "DS-10.3": "pass", "DS-11.1": "pass", "DS-11.2": "pass", "DS-15.2": states(found, "db-1")["DS-15.2"],
    }  # fmt: skip
    assert states(found, "db-2") | {"DS-15.2": ""} == states(found, "db-1") | {
        "BR-04.1": "not_applicable", "DI-09.2": "fail", "DI-15.2": "not_applicable", "DR-08.1": "not_applicable",
        "DR-08.2": "pass", "DR-08.5": "pass", "DS-15.2": "",
    }  # fmt: skip
    streams = "1 of 1 standbys stream and are near enough: standby-1 (streaming, N s, N bytes behind)"
    assert about(found, "db-1", "DR-08.1") == ("pass", streams)
    assert about(found, "db-2", "DR-08.2") == (
        "pass", "receives: yes, paused: no, N bytes received and not replayed, last transaction N",
    )  # fmt: skip
    ready = "held against db-1: hot_standby on, paused no, on the same timeline, smaller settings: none"
    assert about(found, "db-2", "DR-08.5") == ("pass", ready)


def test_a_standby_that_somebody_paused(primary: Postgresql, second: Postgresql, secret: Path) -> None:
    second.sql("SELECT pg_wal_replay_pause()")
    try:
        primary.sql("INSERT INTO deeds VALUES (1, 'Kollie')", database="registry")
        found = judged({"db-1": primary, "db-2": second}, secret)
    finally:
        second.sql("SELECT pg_wal_replay_resume()")
    assert about(found, "db-2", "DR-08.2") == (
        "fail", "receives: yes, paused: yes, N bytes received and not replayed, last transaction N",
    )  # fmt: skip
    assert about(found, "db-2", "DR-08.5") == (
        "fail", "held against db-1: hot_standby on, paused yes, on the same timeline, smaller settings: none",
    )  # fmt: skip


def test_a_primary_does_not_believe_that_a_standby_far_behind_is_no_second_late(
    primary: Postgresql, second: Postgresql, secret: Path
) -> None:
    """The server goes on showing the lag that it measured last, though nothing is replayed any more."""
    second.sql("SELECT pg_wal_replay_pause()")
    try:
        fill_log(primary, pieces=2)
        wait_for(primary, "SELECT pg_wal_lsn_diff(flush_lsn, replay_lsn) > 20000000 FROM pg_stat_replication")
        found = judged({"db-1": primary, "db-2": second}, secret)
    finally:
        second.sql("SELECT pg_wal_replay_resume()")
        caught_up(primary)
    assert about(found, "db-1", "DR-08.1") == (
        "error", "a standby is N bytes behind, and the server does not say for how long",
    )  # fmt: skip


def test_a_standby_that_lags(primary: Postgresql, second: Postgresql, secret: Path) -> None:
    second.sql("ALTER SYSTEM SET recovery_min_apply_delay = '5h'", "SELECT pg_reload_conf()")
    try:
        primary.sql("INSERT INTO deeds VALUES (2, 'Sumo')", database="registry")
        time.sleep(2.2)
        found = judged({"db-1": primary, "db-2": second}, secret, limits=TIGHT)
    finally:
        second.sql("ALTER SYSTEM RESET recovery_min_apply_delay", "SELECT pg_reload_conf()")
        caught_up(primary)
    assert about(found, "db-2", "DR-08.2") == (
        "fail", "receives: yes, paused: no, N bytes received and not replayed, last transaction N",
    )  # fmt: skip


def test_a_standby_whose_clock_is_an_hour_off(primary: Postgresql, folder: Path, secret: Path) -> None:
    """By its own clock a standby an hour slow has not even reached the time of what it replayed last."""
    with follower(primary, folder / "slow", environment=faketime("-1h"), primary_slot_name="") as slow:
        primary.sql("INSERT INTO deeds VALUES (3, 'Weah')", database="registry")
        caught_up(primary)
        slow.sql("ALTER SYSTEM SET recovery_min_apply_delay = '5h'", "SELECT pg_reload_conf()")
        primary.sql("INSERT INTO deeds VALUES (4, 'Boakai')", database="registry")
        wait_for(slow, "pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()")
        found = judged({"db-1": primary, "db-3": slow}, secret)
    state, message = said(found, "db-3", "DR-08.2")
    assert state == "error"
    told = re.fullmatch(
        r"its clock is (-\d+) ms off the scanner's, and the last transaction it replayed is (-\d+) s old by it: how far"
        r" it is behind cannot be told", message,
    )  # fmt: skip
    assert told is not None, message
    assert -3_605_000 < int(told[1]) < -3_595_000
    assert int(told[2]) < -3000


def test_a_standby_that_may_not_be_asked_how_it_receives(primary: Postgresql, second: Postgresql, secret: Path) -> None:
    primary.sql("REVOKE pg_monitor FROM pepper")
    try:
        caught_up(primary)
        found = judged({"db-1": primary, "db-2": second}, secret)
    finally:
        primary.sql("GRANT pg_monitor TO pepper")
        caught_up(primary)
    hidden = ("error", "the server does not show who receives its log to this account")
    assert said(found, "db-1", "DR-08.1") == hidden
    denied = ("error", "the server does not show how it receives the log to this account")
    assert [said(found, "db-2", clause) for clause in ("DR-08.2", "DR-08.5")] == [denied, denied]


def test_a_standby_smaller_than_its_primary(primary: Postgresql, second: Postgresql, secret: Path) -> None:
    primary.restart(max_connections="200")
    try:
        wait_for(second, "pg_is_wal_replay_paused()")
        found = judged({"db-1": primary, "db-2": second}, secret)
    finally:
        primary.restart(max_connections="100")
        second.restart(max_connections="200")
    assert about(found, "db-2", "DR-08.5") == (
        "fail",
        "held against db-1: hot_standby on, paused yes, on the same timeline, smaller settings: "
        "max_connections 100 of 200",
    )  # fmt: skip


def test_a_standby_that_is_gone_leaves_a_slot_that_fills_the_disk(
    primary: Postgresql, second: Postgresql, secret: Path
) -> None:
    caught_up(primary)
    second.stop("fast")
    try:
        fill_log(primary, pieces=1)
        found = judged({"db-1": primary, "db-2": second}, secret, limits=TIGHT)
    finally:
        second.restart()
    assert about(found, "db-1", "DR-08.1") == ("fail", "0 of 0 standbys stream and are near enough: none")
    assert about(found, "db-1", "DI-15.2", "kakata") == ("fail", "slot kakata: reserved, holds back N bytes of the log")
    assert set(states(found, "db-2").values()) == {"unreachable", "unchecked"}
    assert said(found, "db-2", "DR-08.2")[1].startswith("no connection to the database server: ")


def test_a_primary_that_is_gone_and_a_standby_that_takes_over(
    primary: Postgresql, second: Postgresql, secret: Path
) -> None:
    primary.sql("INSERT INTO deeds VALUES (5, 'Tubman')", database="registry")
    caught_up(primary)
    primary.stop("fast")
    time.sleep(2.2)
    found = judged({"db-1": primary, "db-2": second}, secret, limits=TIGHT)
    assert about(found, "db-2", "DR-08.2") == (
        "fail", "receives: no, paused: no, N bytes received and not replayed, last transaction N",
    )  # fmt: skip
    assert said(found, "db-2", "DR-08.5")[0] == "unreachable"
    assert said(judged({"db-2": second}, secret), "db-2", "DR-08.5") == (
        "unchecked", "The primary that it follows was not asked in this run: nothing to hold it against.",
    )  # fmt: skip
    promote(second)
    found = judged({"db-2": second}, secret)
    assert {states(found, "db-2")[clause] for clause in ("DR-08.2", "DR-08.5")} == {"not_applicable"}
    assert about(found, "db-2", "DR-08.1") == ("fail", "0 of 0 standbys stream and are near enough: none")


def test_a_badly_kept_server(folder: Path, secret: Path) -> None:
    with badly_kept(folder / "bad") as server:
        found = judged({"db": server}, secret)
    assert states(found, "db") == {
        "BR-04.1": "fail", "BR-04.4": "unchecked", "DI-01.1": "fail", "DI-02.1": "error", "DI-03.1": "fail",
        "DI-09.2": "fail", "DI-14.1": "fail", "DI-15.2": "fail", "DR-08.1": "fail", "DR-08.2": "not_applicable",
        "DR-08.5": "not_applicable", "DS-01.3": "pass", "DS-04.1": "unchecked", "DS-10.1": "unchecked",
        "DS-10.3": "pass", "DS-11.1": "fail", "DS-11.2": "fail", "DS-15.2": states(found, "db")["DS-15.2"],
    }  # fmt: skip
    assert said(found, "db", "DI-01.1")[1] == "data_checksums off, ignore_checksum_failure off, zero_damaged_pages off"
    assert said(found, "db", "DI-02.1")[1] == "page checksums are off: damage is not noticed, and none is counted"
    assert said(found, "db", "DI-03.1")[1] == "fsync off, full_page_writes off, synchronous_commit off"
    assert re.fullmatch(
        r"archive_mode on, archive_timeout 0 s, last try failed: yes, \d pieces wait", said(found, "db", "BR-04.1")[1]
    )
    assert said(found, "db", "DI-14.1", "registry")[1] == (
        "registry: 1 unchecked constraints, 1 invalid indexes, 1 of 1 tables without a primary key"
    )
    assert about(found, "db", "DI-15.2", "attic")[1] == "slot attic: lost, holds back N bytes of the log"
    rules = [one.message for one in found["db"]["DS-11.1"]]
    assert rules == ["local all all : trust", "host all all 127.0.0.1: trust", "host all all 0.0.0.0: md5"]
    assert said(found, "db", "DS-11.2")[1] == ("5 accounts are or may become superuser; new passwords are kept as md5")


@pytest.fixture(scope="module")
def source(folder: Path) -> Iterator[Mariadb]:
    with encrypted_mariadb(folder / "source") as server:
        yield server


@pytest.fixture(scope="module")
def copy(source: Mariadb, folder: Path) -> Iterator[Mariadb]:
    with replica(source, folder / "copy") as server:
        yield server


def test_a_replica_of_mariadb_that_follows(source: Mariadb, copy: Mariadb, secret: Path) -> None:
    source.sql("CREATE TABLE registry.deeds (id int PRIMARY KEY)")
    _until(copy, "SELECT count(*) FROM information_schema.TABLES WHERE TABLE_NAME = 'deeds'", "1")
    found = judged({"my-1": source, "my-2": copy}, secret)
    assert said(found, "my-2", "DR-08.3") == ("pass", "replica: yes; 1 of 1 channels run; 0 machines are sent the log")
    assert said(found, "my-2", "DI-15.1") == (
        "pass", "binlog_checksum CRC32; 0 of 1 channels stand still or have an error",
    )  # fmt: skip
    assert said(found, "my-1", "DR-08.3") == ("pass", "replica: no; 0 of 0 channels run; 1 machines are sent the log")
    assert said(found, "my-1", "BR-04.2") == ("pass", "binary log yes; 1 other machines are being sent it")
    assert said(found, "my-1", "DS-04.3") == ("pass", "5 of 5 tablespaces are encrypted")


def test_a_replica_that_meets_an_error(source: Mariadb, copy: Mariadb, secret: Path) -> None:
    copy.sql("INSERT INTO registry.deeds VALUES (7)")
    source.sql("INSERT INTO registry.deeds VALUES (7)")
    _until(copy, "SHOW SLAVE STATUS", "Duplicate entry")
    found = judged({"my-2": copy}, secret)
    assert said(found, "my-2", "DR-08.3") == ("fail", "replica: yes; 0 of 1 channels run; 0 machines are sent the log")
    assert said(found, "my-2", "DI-15.1") == (
        "fail", "binlog_checksum CRC32; 1 of 1 channels stand still or have an error",
    )  # fmt: skip


def test_a_superuser_from_anywhere_and_an_empty_password(source: Mariadb, secret: Path) -> None:
    source.sql(
        "CREATE USER boss@'%' IDENTIFIED BY 'x'", "GRANT ALL ON *.* TO boss@'%'",
        "CREATE USER open@127.0.0.1 REQUIRE SSL",
    )  # fmt: skip
    found = judged({"my": source}, secret)
    assert said(found, "my", "DS-11.3", "boss@%") == (
        "fail", "boss@% logs in by mysql_native_password, is a superuser and may come from anywhere",
    )  # fmt: skip
    assert said(found, "my", "DS-11.3", "open@127.0.0.1") == (
        "fail", "open@127.0.0.1 logs in by mysql_native_password+tls",
    )  # fmt: skip
    lenient = judged({"my": source}, secret, Tier.FOUNDATION)
    assert said(lenient, "my", "DS-11.3", "open@127.0.0.1") == (
        "error", "whether an account has a password at all can be told only from its hash, which is not read",
    )  # fmt: skip
    source.sql("DROP USER boss@'%', open@127.0.0.1, repl@127.0.0.1")


def test_accounts_that_prove_themselves_strongly(source: Mariadb, copy: Mariadb, secret: Path) -> None:
    """The last test of this server: its own root is let in no more."""
    del copy
    strong_accounts(source)
    found = judged({"my": source}, secret)
    assert {(one.subject, str(one.state), one.message) for one in found["my"]["DS-11.3"]} == {
        (ME, "pass", f"{ME} logs in by ed25519"), ("root@localhost", "pass", "root@localhost logs in by socket"),
    }  # fmt: skip


def test_a_mariadb_set_to_lose_data(folder: Path, secret: Path) -> None:
    options = (
        "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF", "--innodb-force-recovery=1", "--log-bin=log",
        "--server-id=9", "--sync-binlog=0", "--binlog-checksum=NONE",
    )  # fmt: skip
    with mariadb(folder / "loose", *options) as server:
        server.sql("SET GLOBAL foreign_key_checks = OFF", "CREATE TABLE registry.keyless (i int)")
        found = judged({"my": server}, secret)
    expected = {
        "DI-01.2": "innodb_checksum_algorithm full_crc32, innodb_force_recovery 1",
        "DI-02.4": "innodb_force_recovery is 1",
        "DI-03.2": "innodb_flush_log_at_trx_commit 0, innodb_doublewrite no, sync_binlog 0",
        "DI-09.3": "logged: connections no, changes of tables and rights no, changes of data no",
        "DI-14.2": "registry: 1 of 1 tables without a primary key; foreign_key_checks no",
        "DI-15.1": "binlog_checksum NONE; 0 of 0 channels stand still or have an error",
        "DS-04.3": "0 of 5 tablespaces are encrypted",
        "BR-04.2": "binary log yes; 0 other machines are being sent it",
    }
    assert {clause: said(found, "my", clause) for clause in expected} == {
        clause: ("fail", message) for clause, message in expected.items()
    }


@pytest.fixture(scope="module")
def plain(folder: Path) -> Iterator[Postgresql]:
    with postgresql(folder / "plain") as server:
        yield server


def test_how_asking_fails_is_what_every_clause_says(plain: Postgresql, folder: Path, secret: Path) -> None:
    closed = judged({"db": plain}, secret, at=f"127.0.0.1:{free_port()}")
    state, message = said(closed, "db", "DI-01.1")
    assert (state, message.partition(":")[0]) == ("unreachable", "no connection to the database server")
    wrong = judged({"db": plain}, secret_file(folder, "Wrong-secret-1"))
    state, message = said(wrong, "db", "DI-01.1")
    assert (state, message.partition(":")[0]) == ("error", "the database server does not let pepper in")
    assert "Wrong-secret" not in repr(wrong)
    assert set(states(wrong, "db").values()) == {"error", "unchecked"}


def test_a_page_that_was_damaged_on_the_disk(plain: Postgresql, secret: Path) -> None:
    damage(plain)
    found = judged({"db": plain}, secret)
    assert said(found, "db", "DI-02.1") == ("fail", "1 pages did not fit their checksum, in registry")


def _until(server: Mariadb, question: str, wanted: str) -> None:
    end = time.monotonic() + 20
    while wanted not in server.sql(question):
        assert time.monotonic() < end, server.sql(question)
        time.sleep(0.1)
