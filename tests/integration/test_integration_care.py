"""Backups of the store itself: judged by the standard on backups, whole whatever happens, refused in words."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pepperbird import __version__
from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.plan.make import make_plan
from pepperbird.store.backup import Keep, backup, backups_in
from pepperbird.store.backup_file import read_backup
from pepperbird.store.runs import Store
from tests.support.calling import called
from tests.support.drilled import PROGRAM, sh
from tests.support.probed import ROOT, collected
from tests.support.require import require, require_root
from tests.support.shipped import shipped_catalog
from tests.support.signed_runs import make_signed_runs
from tests.support.two_agencies import keep

pytestmark = pytest.mark.slow
NOW = datetime.now(UTC)
PATTERN = "pepperbird-*.tar.gz"


def text_of(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was backed up each night for half a year with the default rotation, verified, and drilled."""
    require("ssh-keygen", "unshare", "gzip", "tar")
    require_root()
    folder = tmp_path_factory.mktemp("care")
    (folder / "backups").mkdir()
    store = Store(folder / "home" / "pepperbird.db")
    for days in (*range(160, 30, -10), *range(30, -1, -1)):
        then = NOW - timedelta(days=days)
        if days % 10 == 0:
            keep(store, f"r{200 - days}", at=text_of(then))
        made = backup(store.path, folder / "backups", text_of(then), __version__, Keep(14, 6))
        os.utime(made.path, (then.timestamp(), then.timestamp()))
        assert made.warnings == ()
    store.close()
    for name in ("pepperbird-verify", "pepperbird-drill"):
        (folder / name).write_text(PROGRAM.read_text())
        (folder / name).chmod(0o755)
    (folder / "scratch").mkdir()
    given = f"--repository own --tool files --at {shlex.quote(str(folder / 'backups'))} --patterns '{PATTERN}'"
    script = (
        f"./pepperbird-drill key >fingerprint; ./pepperbird-verify {given}; "
        f"./pepperbird-drill {given} --store register --scratch $PWD/scratch --sentinel pepperbird-backup/1"
    )
    done = subprocess.run(
        ["sh", "-ec", script], cwd=folder, capture_output=True, text=True, timeout=100, check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "PEPPERBIRD_DRILLS": f"{folder}/lib/pepperbird"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-800:] + done.stderr[-800:]
    return folder


def judged(place: Path, at: datetime) -> dict[tuple[str, str], str]:
    """The state of each control of backups by what it was judged on, by the real probes' answers."""
    agency = Agency.model_validate(
        {
            "id": "pmo", "name": "Programme office", "tier": "standard",
            "assets": [{"id": name, "kind": "linux-server", "access": [{"via": "ssh", "at": f"{name}.gov.lr"}]}
                       for name in ("scanner", "keeper")],
            "stores": [{"id": "register", "asset": "scanner", "path": "/var/lib/pepperbird", "backed_up_to": ["own"],
                        "backup_as": [PATTERN]}],
            "repositories": [
                {"id": "own", "tool": "files", "on": "keeper", "path": str(place / "backups"), "patterns": [PATTERN],
                 "schedule": "daily", "keep_days": 14,
                 "drills": {"key": (place / "fingerprint").read_text().strip(), "on": "keeper"}},
            ],
            "services": [{"id": "compliance", "rto": 60, "rpo": 1440, "stores": ["register"]}],
        }
    )  # fmt: skip
    site, catalog = Site(file=SiteFile(name="s"), agencies=(agency,)), shipped_catalog()
    dumps = collected(
        lambda text: subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=60, check=False).stdout,
        "dumps", ["own", str(place / "backups"), PATTERN],
    )  # fmt: skip
    facts: dict[str, Any] = {"dumps": dumps, "drills": collected(sh(place / "lib"), "drills")}
    moment = text_of(at)
    seen = Evidence({"pmo/keeper": AssetEvidence("pmo/keeper", facts, moment)})
    plan = make_plan(catalog, site, at=moment)
    found = {}
    for verdict in evaluate(catalog, plan, seen, Memory(), site=site, at=moment):
        if verdict.control.startswith("BR-"):
            found[verdict.control, verdict.asset] = str(verdict.state)
    return found


PASSING = {
    ("BR-01", "register"), ("BR-02", "own"), ("BR-03", "own"), ("BR-04", "register"), ("BR-05", "own"),
    ("BR-11", "own"), ("BR-12", "register"), ("BR-13", "pmo"), ("BR-19", "own"),
}  # fmt: skip
NOT_BY_ITSELF = {
    "BR-06": "a third copy, which one folder of backups is not",
    "BR-07": "where both places lie, which the register of this test does not say",
    "BR-08": "a look at who can log in on the machine that keeps the backups",
    "BR-09": "the disks of that machine: a backup is as open as the store, and sealed evidence stays sealed in it",
    "BR-10": "how the job sends to the other machine, which nobody reads",
    "BR-14": "a look at who can log in on the machine that keeps the backups",
    "BR-15": "a document",
    "BR-16": "the jobs of both machines, which were not asked here",
    "BR-17": "the disks of that machine, which were not asked here",
    "BR-18": "a reader that is not built",
    "BR-20": "a document",
}
"""What the standard asks beyond what pepperbird itself can do, and what each needs."""


def test_backups_of_the_store_pass_the_standard_on_backups(place: Path) -> None:
    states = judged(place, NOW + timedelta(minutes=1))
    assert {pair for pair, state in states.items() if state == "pass"} == PASSING, states
    assert {control for control, _ in states if (control, _) not in PASSING} == set(NOT_BY_ITSELF), states


def test_the_same_backups_fail_once_they_are_old_or_cut(place: Path) -> None:
    later = judged(place, NOW + timedelta(days=3))
    assert (later["BR-02", "own"], later["BR-01", "register"]) == ("fail", "pass")
    assert later["BR-04", "register"] == "fail", "older than its service may lose"
    newest = backups_in(place / "backups")[0].path
    whole, times = newest.read_bytes(), newest.stat()
    newest.write_bytes(whole[: len(whole) // 2])
    os.utime(newest, (times.st_atime, times.st_mtime))
    try:
        states = judged(place, NOW + timedelta(minutes=1))
    finally:
        newest.write_bytes(whole)
        os.utime(newest, (times.st_atime, times.st_mtime))
    assert (states["BR-02", "own"], states["BR-19", "own"]) == ("fail", "pass"), "a day's grace for what is written"


def test_the_default_rotation_keeps_half_a_year(place: Path) -> None:
    names = [one.path.name for one in backups_in(place / "backups")]
    assert 18 <= len(names) <= 20
    assert names[0][11:19] == f"{NOW:%Y%m%d}" and names[-1][11:19] < f"{NOW - timedelta(days=120):%Y%m%d}"


WRITER = """
import sys
from pathlib import Path
from pepperbird.store.runs import Store
from tests.support.calling import called
from tests.support.signed_runs import make_signed_runs
from tests.support.two_agencies import keep
store = Store(Path(sys.argv[1]))
for number in range(100000):
    keep(store, f"w{number:06}")
    print(number, flush=True)
"""


def test_copies_while_another_process_writes_are_whole(tmp_path: Path) -> None:
    store = tmp_path / "home" / "pepperbird.db"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, store], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout is not None
        entries = []
        for round_ in range(5):
            for _ in range(3):
                assert writer.stdout.readline()
            made = backup(store, tmp_path, f"2026-12-01T00:00:0{round_}Z", __version__)
            assert made.warnings == ()
            entries.append(made.manifest.entries)
            assert made.manifest.runs - made.manifest.entries in (0, 1), "one may be begun and not ended"
        assert entries == sorted(set(entries)), "each goes on from the one before"
    finally:
        writer.kill()
        writer.communicate()


BACKUP = """
import sys
from pathlib import Path
from pepperbird.store.backup import backup
from tests.support.shipped import shipped_catalog
from tests.support.shipped import shipped_catalog
print("begun", flush=True)
backup(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], "test")
"""


def test_killed_at_any_point_it_leaves_nothing_under_a_final_name_that_is_not_whole(tmp_path: Path) -> None:
    store, folder = tmp_path / "home" / "pepperbird.db", tmp_path / "to"
    folder.mkdir()
    opened = Store(store)
    keep(opened, "r1")
    with opened._writing() as connection:
        connection.exec_driver_sql("CREATE TABLE filling AS SELECT randomblob(20000000) AS body")
    opened.close()
    for number in range(6):
        command = [sys.executable, "-c", BACKUP, store, folder, f"2026-12-01T00:00:0{number}Z"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "begun\n"
        time.sleep(number * 0.16)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        for one in backups_in(folder):
            assert read_backup(one.path) == one.manifest
    assert len(backups_in(folder)) < 6, "none was killed before it ended"
    made = backup(store, folder, "2026-12-02T00:00:00Z", "test")
    assert not [one for one in folder.iterdir() if one.name.endswith(".part")], "what was left is taken away"
    assert made.warnings == ()


def test_signed_runs_restored_on_another_path_verify_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_signed_runs(tmp_path, monkeypatch, runs=1)
    (tmp_path / "to").mkdir()
    status, out, err = called(capsys, "backup", tmp_path / "to")
    assert (status, err) == (0, "")
    checkpoint = next(line.split()[1] for line in out.splitlines() if line.startswith("  checkpoint"))
    (file,) = (tmp_path / "to").glob(PATTERN)
    status, out, err = called(capsys, "restore", file, "--to", tmp_path / "new")
    assert (status, err) == (0, "") and checkpoint in out
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "new"))
    status, out, _ = called(capsys, "verify", "--checkpoint", checkpoint)
    assert status == 0 and "All of it matches: 1 runs with 2 pieces of evidence, judged again to the same bytes" in out
    status, _, err = called(capsys, "verify", "--no-judging", "--checkpoint", f"99:sha256:{'0' * 64}")
    assert status == 1 and "its tail was cut" in err, "a later report shows what was lost"


FULL = """
mount -t tmpfs -o size=300k none to
{pepperbird} backup to; echo "status $?"; ls -A to
mount -o remount,ro none to
{pepperbird} backup to; echo "status $?"
"""


def test_a_full_disk_and_a_read_only_one_are_said_in_words_and_nothing_is_left(tmp_path: Path) -> None:
    require("unshare", "mount")
    require_root()
    store = Store(tmp_path / "home" / "pepperbird.db")
    keep(store, "r1")
    with store._writing() as connection:
        connection.exec_driver_sql("CREATE TABLE filling AS SELECT randomblob(900000) AS body")
    store.close()
    (tmp_path / "to").mkdir()
    text = FULL.format(pepperbird=f"{shlex.quote(sys.executable)} -m pepperbird")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", text], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PEPPERBIRD_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert done.stdout.splitlines() == ["status 2", ".pepperbird-backup.lock", "status 2"], done.stdout + done.stderr
    full, read_only = done.stderr.splitlines()
    assert full.startswith("to: ") and "the disk is full" in full
    assert "read-only" in read_only
