"""pepperbird-verify and pepperbird-drill on a real pgBackRest repository: whole, damaged, thinned out, not there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.drilled import PROGRAM, sh
from tests.support.probed import collected
from tests.support.require import require, require_root

pytestmark = pytest.mark.slow
PGBACKREST = """
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


def test_pgbackrest_ends_with_0_whatever_it_finds() -> None:
    """So its words decide: damaged or missing files, and a stanza that is not there, are bad."""
    require("pgbackrest", "setpriv", "pg_lsclusters", "unshare")
    require_root()
    folder = Path(subprocess.check_output(["mktemp", "-d", "/srv/pepperbird-drill-XXXXXX"], text=True).strip())
    try:
        for name in ("pepperbird-verify", "pepperbird-drill"):
            (folder / name).write_text(PROGRAM.read_text())
            (folder / name).chmod(0o755)
        done = subprocess.run(
            ["sh", "-ec", PGBACKREST], cwd=folder, capture_output=True, text=True, timeout=100, check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), "LC_ALL": "C"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-400:] + done.stderr[-400:]
        (folder / "var").mkdir()
        (folder / "lib").rename(folder / "var" / "pepperbird")
        rows = collected(sh(folder / "var"), "drills")["results"]
    finally:
        pid = folder / "pg" / "postmaster.pid"
        if pid.exists():
            subprocess.run(["kill", pid.read_text().split()[0]], check=False)
        shutil.rmtree(folder)
    assert {row["repository"]: row["good"] for row in rows if row["kind"] == "verify"} == {
        "good": True, "none": False, "spoilt": False, "gone": False,
    }  # fmt: skip
    (drill,) = (row for row in rows if row["kind"] == "drill")
    assert (drill["good"], drill["expected"], drill["matched"]) == (True, 2, 2)
    assert drill["version"].startswith("pgBackRest")
