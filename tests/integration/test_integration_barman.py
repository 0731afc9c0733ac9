"""barman of Debian with a real PostgreSQL, as an account without rights: its states, read by the real probe."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pepperbird.model.gap import GapReason
from tests.integration.test_integration_repositories import judged
from tests.support.databases import binaries, postgresql, run
from tests.support.probed import collected
from tests.support.repositories_made import make, sh
from tests.support.require import require, require_root

pytestmark = pytest.mark.slow

CONFIG = """\
[barman]
barman_user = nobody
barman_home = {home}
log_file = {home}.log
configuration_files_directory = {home}.d
[main]
description = main
conninfo = host={socket} port={port} user=postgres dbname=postgres
streaming_conninfo = host={socket} port={port} user=postgres
backup_method = postgres
streaming_archiver = on
slot_name = barman
create_slot = auto
immediate_checkpoint = true
path_prefix = {prefix}
"""
FAILS = "#!/bin/sh\ncase $* in *--version*) exec {real} --version ;; esac\nexit 1\n"
DIES = "#!/bin/sh\ncase $* in *--version*) exec {real} --version ;; esac\nkill -9 $PPID\n"
STATES = r"""
latest=$(ls good/main/base | sort | tail -n 1); info=main/base/$latest/backup.info
mkdir -p none/main/base
cp -a good old
sed -i "s/^end_time=.*/end_time=$(date -d '9 days ago' '+%F %T').000001+00:00/" old/$info
cp -a good deep; for days in 1 2 3 30 120; do
  cp -a deep/main/base/$latest deep/main/base/2026$days
  sed -i "s/^end_time=.*/end_time=$(date -d "$days days ago" '+%F %T').5+00:00/" deep/main/base/2026$days/backup.info
done
cp -a good lost; rm -r lost/main/base/$latest/data
cp -a good odd; echo 'status=SOMETHING' > odd/$info
cp -a good zoneless; sed -i 's/^\(end_time=.*\)+00:00$/\1/' zoneless/$info
cp -a good waiting; sed -i "s/^status=.*/status=WAITING_FOR_WALS/" waiting/$info
sed -i "s/^begin_time=.*/begin_time=$(date -d '3 days ago' '+%F %T')+00:00/" waiting/$info
cp -a good just; sed -i "s/^status=.*/status=WAITING_FOR_WALS/" just/$info
mkdir other
"""


class Barman:
    """barman's folder beside a running server."""

    def __init__(self, folder: Path, socket: Path, port: int) -> None:
        self.folder, self.socket, self.port = folder, socket, port
        self.configured(binaries())

    def configured(self, prefix: Path) -> None:
        text = CONFIG.format(home=self.folder / "good", socket=self.socket, port=self.port, prefix=prefix)
        (self.folder / "barman.conf").write_text(text)

    def __call__(self, *words: str) -> str:
        return run(["barman", "-c", str(self.folder / "barman.conf"), *words], self.folder)

    def backup_with(self, script: str) -> None:
        """A backup whose pg_basebackup is that script; it fails."""
        fake = self.folder / "fake"
        shutil.rmtree(fake, ignore_errors=True)
        fake.mkdir()
        for program in binaries().iterdir():
            (fake / program.name).symlink_to(program)
        (fake / "pg_basebackup").unlink()
        (fake / "pg_basebackup").write_text(script.format(real=binaries() / "pg_basebackup"))
        (fake / "pg_basebackup").chmod(0o755)
        self.configured(fake)
        with pytest.raises(RuntimeError):
            self("backup", "main")
        self.configured(binaries())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    require("barman", "setpriv", "pg_lsclusters")
    require_root()
    base = Path(sh("mktemp -d /srv/pepperbird-barman-XXXXXX").strip())
    base.chmod(0o755)
    home = base / "b"
    for one in (home, home / "good", home / "good.d"):
        one.mkdir()
        shutil.chown(one, "nobody", "nogroup")
    try:
        with postgresql(base / "pg", wal_level="replica") as server:
            barman = Barman(home, server.folder, server.port)
            barman("cron")
            end = time.monotonic() + 150
            while not server.sql("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"):
                assert time.monotonic() < end, (home / "good.log").read_text()
                time.sleep(0.1)
            barman("switch-wal", "--force", "--archive", "main")
            barman("backup", "main")
            while "WAITING_FOR_WALS" in barman("list-backup", "main"):
                assert time.monotonic() < end, (home / "good.log").read_text()
                barman("switch-wal", "--force", "main")
                barman("archive-wal", "main")
                barman("check-backup", "main", "latest")  # barman's cron does that; nobody else looks again
            make(home, STATES)
            barman.backup_with(FAILS)
            time.sleep(1.1)  # barman calls a backup by its second: the next in the same one would take its place
            barman.backup_with(DIES)
            receiver = home / "good" / ".main-receive-wal.lock"
            os.kill(int(receiver.read_text()), signal.SIGTERM)
        yield home
    finally:
        shutil.rmtree(base)


@pytest.mark.parametrize(
    ("name", "recent", "deep", "sound"),
    [
        ("good", "pass", "fail", "fail"), ("none", "fail", "fail", "pass"), ("old", "fail", "fail", "pass"),
        ("deep", "pass", "pass", "pass"),
        # barman lists it as done although its files are gone.
        ("lost", "fail", "fail", "fail"),
        ("waiting", "fail", "fail", "fail"), ("just", "fail", "fail", "pass"), ("other", "error", "error", "error"),
        ("gone", "error", "error", "error"), ("undeclared", "error", "error", "error"),
    ],
)  # fmt: skip
def test_barman(folder: Path, name: str, recent: str, deep: str, sound: str) -> None:
    given = [] if name == "undeclared" else [name, f"{folder}/{name}", ""]
    facts = collected(sh, "barman", given)
    assert judged("barman.recent", "BR-02", "barman", facts, name) == recent
    assert judged("barman.deep", "BR-05", "barman", facts, name) == deep
    assert judged("barman.sound", "BR-19", "barman", facts, name) == sound


def test_what_failed_and_what_broke_off_is_named(folder: Path) -> None:
    facts = collected(sh, "barman", ["good", f"{folder}/good", ""])
    (row,) = facts["repositories"]
    assert [one.rpartition(" ")[2] for one in row["broken"]] == ["FAILED"]
    assert [one.rpartition(" ")[2] for one in row["pending"]] == ["STARTED"]
    listed = run(["barman", "-c", str(folder / "barman.conf"), "list-backup", "main"], folder)
    assert sorted(line.split(" ")[1] for line in listed.splitlines()) == sorted(
        one.split(" ")[1] for one in [*row["broken"], *row["pending"], *_done(listed)]
    )


def _done(listed: str) -> list[str]:
    return [line for line in listed.splitlines() if "FAILED" not in line and "STARTED" not in line]


@pytest.mark.parametrize("name", ["odd", "zoneless"])
def test_a_record_that_is_not_understood_is_no_answer(folder: Path, name: str) -> None:
    facts = collected(sh, "barman", [name, f"{folder}/{name}", ""])
    assert facts["points"].reason is GapReason.PARSE


def test_nothing_is_written(folder: Path) -> None:
    before = sh(f"find {folder} -printf '%p %T@ %s\n' | sort | md5sum")
    collected(sh, "barman", ["good", f"{folder}/good", ""])
    assert sh(f"find {folder} -printf '%p %T@ %s\n' | sort | md5sum") == before


def test_an_account_without_the_rights_is_denied(folder: Path) -> None:
    facts = collected(sh, "barman", ["good", f"{folder}/good", ""], user="daemon")
    assert facts["points"].reason is GapReason.DENIED
