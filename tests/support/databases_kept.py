"""Keep samples of real database servers: `python -m tests.support.databases_kept`, and read what changed in them."""

from __future__ import annotations

import time
from pathlib import Path

from tests.support.databases import PASSWORD, Postgresql, ask, endpoint, keep, postgresql, scratch, secret_file
from tests.support.databases_judged import Server
from tests.support.databases_states import (
    badly_kept,
    caught_up,
    damage,
    encrypted_mariadb,
    fill_log,
    follower,
    promote,
    strong_accounts,
    well_kept,
)


def _keep(server: Server, folder: Path, name: str, about: str, account: str = "pepper") -> None:
    planned = endpoint(server, secret_file(folder), **{"as": account})
    namespace = planned.probes[0].id.partition(".")[0]
    keep(ask(planned), namespace, name, about)


def postgresql_kept(folder: Path) -> None:
    """A primary with its standby, and a standby in each state that it may come into."""
    with well_kept(folder / "p") as primary:
        primary.sql(f"CREATE ROLE bare LOGIN PASSWORD '{PASSWORD}'")
        with follower(primary, folder / "s") as server:
            caught_up(primary)
            about = "PostgreSQL 15 of Debian 12: checksums, archiving, logging of writes, a standby that follows."
            _keep(primary, folder, "debian-12-well-kept", about)
            _keep(primary, folder, "denied", "The same server, asked by an account without any right.", "bare")
            _keep(server, folder, "standby-follows", "The standby of a server, following it.")
            _keep(server, folder, "standby-denied", "The same standby, asked by an account without any right.", "bare")
            server.sql("SELECT pg_wal_replay_pause()")
            primary.sql("INSERT INTO deeds VALUES (1, 'Kollie')", database="registry")
            time.sleep(1)
            _keep(server, folder, "standby-paused", "A standby that somebody paused: it receives and replays nothing.")
            _keep(primary, folder, "standby-of-it-paused", "The primary of a standby that was paused.")
            server.sql("SELECT pg_wal_replay_resume()")
            caught_up(primary)
            fill_log(primary, pieces=1)
            primary.stop()
            time.sleep(1)
            _alone(server, folder)


def _alone(server: Postgresql, folder: Path) -> None:
    about = "The standby after its primary is gone: nothing more comes, and it has replayed all that it had."
    _keep(server, folder, "standby-alone", about)
    promote(server)
    _keep(server, folder, "standby-promoted", "The same, after it took over.")


def badly_kept_kept(folder: Path) -> None:
    about = (
        "PostgreSQL 15 of Debian 12: no checksums, no fsync, trust, a failing archive, a lost slot, an invalid index."
    )
    with badly_kept(folder / "bad") as server:
        _keep(server, folder, "debian-12-badly-kept", about)
    with postgresql(folder / "bent") as server:
        damage(server)
        about = "A page of a table was changed on the disk, and a query met it; else as Debian sets it up."
        _keep(server, folder, "damaged-page", about)


def mariadb_kept(folder: Path) -> None:
    with encrypted_mariadb(folder / "m") as server:
        time.sleep(3)
        strong_accounts(server)
        about = "MariaDB 10.11 of Debian 12 that encrypts its tables, with accounts that log in by ed25519 or socket."
        _keep(server, folder, "mariadb-10-11-encrypted", about)


if __name__ == "__main__":
    for part in (postgresql_kept, badly_kept_kept, mariadb_kept):
        with scratch("pepperbird-db-") as place:
            part(place)
