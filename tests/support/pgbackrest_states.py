"""Real pgBackRest repositories in every state, and results of drills of them.

`python -m tests.support.pgbackrest_states`, as root, keeps samples.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.drilled import PROGRAM
from tests.support.drilled import sh as there
from tests.support.probed import run_probe
from tests.support.repositories_kept import keep
from tests.support.repositories_made import make, read_only, sh

PGBACKREST = """
as() { setpriv --reuid=postgres --regid=postgres --init-groups env HOME=$PWD PATH=/usr/bin:/bin LC_ALL=C "$@"; }
bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb | tail -n 1)"); R=$PWD; chown postgres .; chmod 755 .
as $bin/initdb -D $R/pg -A trust -k >/dev/null
printf '%s\\n' [global] repo1-path=$R/good repo1-cipher-type=aes-256-cbc repo1-cipher-pass=zxc log-path=$R/log \\
  lock-path=$R/lock spool-path=$R/spool start-fast=y archive-check=n [main] \\
  pg1-path=$R/pg pg1-port=5480 pg1-socket-path=$R > c.conf
sed 's/zxc/other/' c.conf > wrong.conf; grep -v cipher c.conf > plain.conf
sed 's/^start-fast/repo1-host=away\\n&/' c.conf > away.conf
sed 's/start-fast=y/start-fast=n/; s#/lock#/locked#; s#/good#/busy#' c.conf > busy.conf
chmod 644 *.conf; as mkdir good plain log lock locked spool empty busy damaged
run="pgbackrest --stanza=main --config=$R"
printf '%s\\n' port=5480 "unix_socket_directories='$R'" "listen_addresses=''" archive_mode=on \\
  "archive_command='$run/c.conf archive-push %p && $run/plain.conf --repo1-path=$R/plain archive-push %p'" \\
  >> pg/postgresql.conf
as $bin/pg_ctl -D pg -w -l log/pg start >/dev/null 2>&1
as $run/c.conf stanza-create; as $run/plain.conf --repo1-path=$R/plain stanza-create
as $run/c.conf --type=full backup 2>/dev/null
as cp -a good lost; find lost/backup -name '*.gz*' -type f -delete
sql="as psql -qAt -h $R -p 5480 postgres"; $sql -c 'create table t as select generate_series(1, 9000)' -c checkpoint
file=$($sql -c "select pg_relation_filepath('t')")
as $bin/pg_ctl -D pg -w -m fast stop >/dev/null
printf damaged | dd of=pg/$file bs=1 seek=9000 conv=notrunc 2>/dev/null
as $bin/pg_ctl -D pg -w -l log/pg start >/dev/null 2>&1
run2="as $run/c.conf --repo1-path=$R/damaged"; $run2 stanza-create; $run2 --type=full backup 2>/dev/null
as $run/busy.conf stanza-create
# The server is held, so that the backup runs for as long as it is looked at.
kill -STOP $(head -n 1 pg/postmaster.pid)
(exec </dev/null >/dev/null 2>&1; as $run/busy.conf --type=full backup) &
for wait in $(seq 200); do [ ! -s locked/main-backup.lock ] || break; sleep 0.05; done
"""
DRILLS = """
as() { setpriv --reuid=postgres --regid=postgres --init-groups env HOME=$PWD PATH=/usr/bin:/bin LC_ALL=C "$@"; }
bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb | tail -n 1)"); R=$PWD; chown postgres .; chmod 755 .
as $bin/initdb -D $R/pg -A trust >/dev/null; as mkdir good log lock spool scratch lib
printf '%s\\n' [global] repo1-path=$R/good log-path=$R/log lock-path=$R/lock spool-path=$R/spool start-fast=y [main] \\
  pg1-path=$R/pg pg1-port=5493 pg1-socket-path=$R > c.conf; chmod 644 c.conf
run="pgbackrest --stanza=main --config=$R/c.conf"
printf '%s\\n' port=5493 "unix_socket_directories='$R'" "listen_addresses=''" archive_mode=on \\
  "archive_command='$run archive-push %p'" >> pg/postgresql.conf
as $bin/pg_ctl -D pg -w -l log/pg start >/dev/null 2>&1
as $run stanza-create; as $run --type=full backup 2>/dev/null; as $bin/pg_ctl -D pg -w -m fast stop >/dev/null
export PEPPERBIRD_DRILLS=$R/lib
v() { as ./pepperbird-verify --repository $1 --tool pgbackrest --at $2 --config $R/c.conf; }
v good main
as ./pepperbird-drill --repository good --store cluster --tool pgbackrest --at main \\
  --config $R/c.conf --scratch $R/scratch --sentinel global/pg_control
v none other 2>/dev/null && exit 9
one=$(find good/backup -name '*.gz' -size +1k | head -n 1)
printf junk | dd of=$one bs=1 seek=200 conv=notrunc 2>/dev/null
v spoilt main 2>/dev/null && exit 9
rm -r good/backup/main/2*/pg_data/base; v gone main 2>/dev/null && exit 9
exit 0
"""
Run = Callable[[str], str]


@contextmanager
def pgbackrest_states() -> Iterator[tuple[Run, Sequence[str]]]:
    """A way to run commands where the repositories are, and what a probe is told of them."""
    folder = Path(sh("mktemp -d /srv/pepperbird-pgbackrest-XXXXXX").strip())
    try:
        make(folder, PGBACKREST)
        given = []
        for name, path, file in (
            ("good", "good", "c"), ("plain", "plain", "plain"), ("empty", "empty", "c"), ("wrong", "good", "wrong"),
            ("away", "good", "away"), ("gone", "gone", "c"), ("nofile", "good", "nofile"), ("lost", "lost", "c"),
            ("damaged", "damaged", "c"), ("busy", "busy", "busy"),
        ):  # fmt: skip
            given += [name, f"{folder}/{path}", f"{folder}/{file}.conf"]
        yield read_only(folder), [*given, "unnamed", f"{folder}/good", ""]
    finally:
        sh(f"""cd {folder}; kill -9 $(head -n 1 locked/main-backup.lock)
            pid=$(head -n 1 pg/postmaster.pid) && kill -CONT $pid && kill -INT $pid; cd /; rm -rf {folder}""")


@contextmanager
def pgbackrest_drilled() -> Iterator[Run]:
    """A way to run commands where the results of drills of a whole, a damaged, a thinned and a missing one lie."""
    folder = Path(sh("mktemp -d /srv/pepperbird-drill-XXXXXX").strip())
    try:
        for name in ("pepperbird-verify", "pepperbird-drill"):
            (folder / name).write_text(PROGRAM.read_text())
            (folder / name).chmod(0o755)
        make(folder, DRILLS)
        (folder / "var").mkdir()
        (folder / "lib").rename(folder / "var" / "pepperbird")
        yield there(folder / "var")
    finally:
        pid = folder / "pg" / "postmaster.pid"
        if pid.exists():
            subprocess.run(["kill", pid.read_text().split()[0]], check=False)
        shutil.rmtree(folder)


def keep_all() -> None:
    """Make each and write its sample."""
    with pgbackrest_states() as (run, given):
        about = (
            "pgBackRest 2.45 of Debian 12, as root: whole, no backup, none, a wrong passphrase, away, lost files,"
            " a backup with damaged pages, one that is running"
        )
        asked = {"pgbackrest.info": run_probe(run, "pgbackrest", "info", *given)}
        keep("pgbackrest", "debian-12-damaged", about, asked)
    with pgbackrest_drilled() as run:
        about = "results of pgBackRest on Debian 12: a whole repository, a damaged one, one without its files, none"
        keep("drills", "debian-12-pgbackrest", about, {"drills.results": run_probe(run, "drills", "results")})


if __name__ == "__main__":
    keep_all()
