"""Real states of database servers: each a context with a server that is in it. Used by tests, and to keep samples."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.databases import ME, PASSWORD, Mariadb, Postgresql, binaries, mariadb, postgresql, run, standby
from tests.support.require import lacking

GOOD_SETTINGS = {"log_connections": "on", "log_statement": "mod", "archive_mode": "on", "archive_timeout": "600"}
KEYED = "CREATE TABLE deeds (id int PRIMARY KEY, owner text NOT NULL)"
PEER = "local all all peer map=ours\nhost all all 127.0.0.1/32 scram-sha-256\n"
SLOT = "kakata"


def wait_for(server: Postgresql, question: str, *, seconds: float = 20) -> None:
    """Until a question is answered with true. Raises AssertionError."""
    end = time.monotonic() + seconds
    while server.sql(f"SELECT ({question})") != "t":
        assert time.monotonic() < end, question
        time.sleep(0.1)


def caught_up(primary: Postgresql) -> None:
    """Until the standby of a server has replayed all, and the server has forgotten the lag of that."""
    question = "SELECT count(*) > 0 AND bool_and(replay_lsn = pg_current_wal_lsn()) FROM pg_stat_replication"
    wait_for(primary, question)


def login_rules(server: Postgresql, rules: str) -> None:
    """Put rules in place of those that `initdb` wrote. The account of the tests is let in as postgres by `ours`."""
    me = run(["id", "-un"], server.folder).strip()
    for name, text in (("pg_hba.conf", rules), ("pg_ident.conf", f"ours {me} postgres\n")):
        run(["sh", "-c", f"printf %s {shlex.quote(text)} > {shlex.quote(str(server.data / name))}"], server.folder)
    server.sql("SELECT pg_reload_conf()")
    time.sleep(0.3)


@contextmanager
def well_kept(folder: Path) -> Iterator[Postgresql]:
    """Checksums, an archive that works, changes logged, strong rules of login, and no standby yet."""
    archive = folder.with_name(folder.name + "-archive")
    run(["mkdir", "-p", str(archive)], folder.parent)
    with postgresql(folder, **GOOD_SETTINGS, archive_command=f"cp %p {archive}/%f") as server:
        server.sql(KEYED, database="registry")
        server.sql("REVOKE CONNECT ON DATABASE registry FROM PUBLIC", "GRANT CONNECT ON DATABASE registry TO pepper")
        server.sql("SELECT pg_switch_wal()", f"SELECT pg_create_physical_replication_slot('{SLOT}', true)")
        wait_for(server, "SELECT archived_count > 0 FROM pg_stat_archiver")
        rules = PEER + "local replication all peer map=ours\n"
        login_rules(server, rules)
        yield server


@contextmanager
def badly_kept(folder: Path) -> Iterator[Postgresql]:
    """No checksums, no fsync, trust, an archive that fails, a slot that is lost, an invalid index, no primary key."""
    settings = {
        "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "archive_mode": "on",
        "archive_command": "false", "max_slot_wal_keep_size": "1MB", "max_wal_size": "32MB",
        "password_encryption": "md5", "wal_level": "replica",
    }  # fmt: skip
    with postgresql(folder, checksums=False, **settings) as server:
        server.sql("CREATE TABLE twice (i int)", "INSERT INTO twice VALUES (1), (1)", database="registry")
        broken_index(server)
        server.sql("ALTER TABLE twice ADD CONSTRAINT small CHECK (i < 9) NOT VALID", database="registry")
        server.sql("SELECT pg_create_physical_replication_slot('attic', true)")
        for name in ("a", "b", "c", "d"):
            server.sql(f"CREATE ROLE {name} SUPERUSER LOGIN")
        fill_log(server, pieces=4)
        wait_for(server, "SELECT wal_status = 'lost' FROM pg_replication_slots")
        wait_for(server, "SELECT failed_count > 0 FROM pg_stat_archiver")
        login_rules(server, "local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all 0.0.0.0/0 md5\n")
        yield server


def broken_index(server: Postgresql) -> None:
    """Leave an index behind that could not be made."""
    try:
        server.sql("CREATE UNIQUE INDEX CONCURRENTLY one ON twice (i)", database="registry")
    except RuntimeError:
        return
    raise AssertionError("the index was made")


def fill_log(server: Postgresql, *, pieces: int) -> None:
    """Write pieces of the log of 16 MB, and let the server clear up behind them."""
    for _ in range(pieces):
        server.sql("SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000))", "SELECT pg_switch_wal()")
        server.sql("CHECKPOINT")


def damage(server: Postgresql) -> None:
    """Change a byte of a table on the disk, and let a query meet it."""
    server.sql("CREATE TABLE bent AS SELECT i FROM generate_series(1, 9) i", "CHECKPOINT", database="registry")
    path = server.data / server.sql("SELECT pg_relation_filepath('bent')", database="registry")
    server.stop("fast")
    run(["sh", "-c", f"printf X | dd of={path} bs=1 seek=8000 conv=notrunc"], server.folder)
    server.start()
    try:
        server.sql("SELECT * FROM bent", database="registry")
    except RuntimeError:
        wait_for(server, "SELECT sum(checksum_failures) > 0 FROM pg_stat_database")
        return
    raise AssertionError("the damage was not met")


def promote(server: Postgresql) -> None:
    """Let a standby take over."""
    run([str(binaries() / "pg_ctl"), "-D", str(server.data), "-w", "promote"], server.folder)


@contextmanager
def follower(
    primary: Postgresql, folder: Path, *, environment: Mapping[str, str] | None = None, **settings: str
) -> Iterator[Postgresql]:
    """A standby of a well kept server that has caught up, and replayed a transaction."""
    with standby(primary, folder, environment=environment, **{"primary_slot_name": SLOT, **settings}) as server:
        wait_for(primary, "SELECT count(*) > 0 FROM pg_stat_replication WHERE state = 'streaming'")
        primary.sql("SELECT txid_current()")
        caught_up(primary)
        yield server


def faketime(shift: str) -> dict[str, str]:
    """The environment in which a program believes in another time."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        lacking("libfaketime")
    return {"LD_PRELOAD": str(found[0]), "FAKETIME": shift, "DONT_FAKE_MONOTONIC": "1"}


@contextmanager
def encrypted_mariadb(folder: Path) -> Iterator[Mariadb]:
    """A server that encrypts its tables and logs writes, with no account but such that prove themselves strongly."""
    key = folder.with_name(folder.name + "-key")
    run(["sh", "-c", f"printf '1;%s\\n' {'ab' * 32} > {key}"], folder.parent)
    options = (
        "--plugin-load-add=file_key_management", f"--file-key-management-filename={key}", "--innodb-encrypt-tables=ON",
        "--innodb-encryption-threads=2", "--plugin-load-add=auth_ed25519", "--log-bin=log", "--server-id=7",
        "--sync-binlog=1", "--plugin-load-add=server_audit", "--server-audit-logging=ON",
        "--server-audit-events=CONNECT,QUERY_DDL,QUERY_DML,QUERY_DCL",
    )  # fmt: skip
    with mariadb(folder, *options) as server:
        yield server


def strong_accounts(server: Mariadb) -> None:
    """Leave accounts that prove themselves strongly, and no other. From here on the tests are not let in."""
    others = server.sql(
        "SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE User = 'root' AND Host <> 'localhost'"
    )
    server.sql(
        f"ALTER USER {ME} IDENTIFIED VIA ed25519 USING PASSWORD('{PASSWORD}')",
        f"DROP USER {', '.join(others.split())}",
        "ALTER USER root@localhost IDENTIFIED VIA unix_socket",
    )


@contextmanager
def replica(primary: Mariadb, folder: Path, *options: str) -> Iterator[Mariadb]:
    """A MariaDB server that replicates from a fresh other one, which must write a binary log."""
    primary.sql(
        "CREATE USER IF NOT EXISTS repl@127.0.0.1 IDENTIFIED BY 'Grebo-9'",
        "GRANT REPLICATION SLAVE ON *.* TO repl@127.0.0.1",
    )
    with mariadb(folder, "--server-id=8", "--relay-log=relay", *options) as server:
        server.sql(
            f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary.port}, MASTER_USER='repl',"
            " MASTER_PASSWORD='Grebo-9', MASTER_USE_GTID=no, MASTER_CONNECT_RETRY=1, MASTER_LOG_FILE='log.000001',"
            f" MASTER_LOG_POS={_end_of_log(primary)}",
            "START SLAVE",
        )
        yield server


def _end_of_log(server: Mariadb) -> str:
    return server.sql("SHOW MASTER STATUS").split("\t")[1]
