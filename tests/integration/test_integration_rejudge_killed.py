"""kill -9 of `rejudge` again and again: it goes on where it was, and ends in the series of an undisturbed one."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pepperbird.bundle.read import read_bundle
from pepperbird.cli.main import main
from pepperbird.collect.interface import CollectOptions
from pepperbird.inventory.read import read_site
from pepperbird.plan.make import make_plan
from pepperbird.scan.pipeline import scan
from pepperbird.scan.rejudge import Tell, Wanted, rejudge
from pepperbird.store.backup import backup
from pepperbird.store.backup_file import read_backup
from tests.support.recording import ROOT, record_this_computer
from tests.support.serving import count, opened, rows, site_of_recordings, wait_for

pytestmark = pytest.mark.slow

FOLDERS = ("policies", "baselines", "checks", "collectors", "reports")
ROOM = "min_free_pct: 15, max_pool_used_pct: 85"
RUNS, KILLS = 12, 5
DONE = "SELECT done FROM begun_series"
FIRST = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site, a store of a dozen runs of it by the rules of then, and stricter content."""
    folder = tmp_path_factory.mktemp("killed")
    site = site_of_recordings(folder / "site", record_this_computer(folder / "machine"), 1)
    for one in FOLDERS:
        shutil.copytree(ROOT / one, folder / "new" / one)
    standard = folder / "new" / "baselines" / "standard.yaml"
    standard.write_text(standard.read_text().replace(ROOM, "min_free_pct: 99, max_pool_used_pct: 1"))
    catalog, register = read_bundle(ROOT), read_site(site)
    (folder / "home").mkdir()
    for day in range(RUNS):
        plan = make_plan(catalog, register, at=f"{FIRST + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}")
        scan(catalog, register, plan, folder / "home" / "pepperbird.db", CollectOptions(parallel=2, root=site))
    return folder


def start(place: Path, home: Path, log: Path) -> subprocess.Popen[bytes]:
    command = ("rejudge", "--site", place / "site", "--content", place / "new")
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "pepperbird", *map(str, command)], stdout=out, stderr=out,
            env=os.environ | {"PEPPERBIRD_HOME": str(home)}, cwd=ROOT,
        )  # fmt: skip


def killed_at(place: Path, home: Path, done: int, later: float) -> int:
    """Rejudge until so many runs are kept, and a moment longer; gives how many were when it was killed."""
    log = home / "log"
    process = start(place, home, log)
    try:
        wait_for(lambda: any(found >= done for (found,) in rows(home, DONE)), log.read_text)
        time.sleep(later)
    finally:
        process.kill()
        process.wait()
    return int(rows(home, DONE)[0][0])


TABLES = ("series", "series_marks", "series_figures", "ledger")


def kept(home: Path) -> dict[str, list[tuple[object, ...]]]:
    return {table: rows(home, f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4") for table in TABLES}  # noqa: S608


def test_killed_again_and_again_it_ends_as_one_that_was_not(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, calm = tmp_path / "home", tmp_path / "calm"
    for one in (home, calm):
        shutil.copytree(place / "home", one)
    chance = random.Random(20261127)  # noqa: S311 - it picks moments, so that they are the same each time
    wanted = sorted(chance.sample(range(RUNS - 1), KILLS))
    points = [killed_at(place, home, one, chance.random() * 0.2) for one in wanted]
    assert sum(0 < one < RUNS for one in points) >= 3, f"too few kills were in the middle: {points}"
    begun_at = rows(home, "SELECT at FROM begun_series")[0][0]

    monkeypatch.setenv("PEPPERBIRD_HOME", str(home))
    assert called(capsys, "verify", "--no-judging")[0] == 0
    assert "rejudge` was broken off after" in called(capsys, "doctor")[1]
    assert called(capsys, "trend")[1] == at_home(capsys, monkeypatch, calm, "trend"), "a trend knows nothing of it yet"
    monkeypatch.setenv("PEPPERBIRD_HOME", str(home))
    (tmp_path / "backups").mkdir()
    made = backup(home / "pepperbird.db", tmp_path / "backups", "2026-12-01T00:00:00Z", "pepperbird")
    restored = tmp_path / "restored"
    restored.mkdir()
    read_backup(made.path, restored / "pepperbird.db")

    status, out, err = called(capsys, "rejudge", "--site", place / "site", "--content", place / "new")
    assert status == 0 and f"Judged again: {RUNS} full runs" in out, err
    assert f"going on: {points[-1]} of {RUNS} runs were judged before\nJudging run {points[-1] + 1} of" in err
    catalog = read_bundle(place / "new")
    with opened(calm) as store:
        rejudge(store, Wanted(catalog, begun_at))
    with opened(restored) as store:
        rejudge(store, Wanted(catalog, "2026-12-02T00:00:00Z"))
    assert kept(home) == kept(calm) == kept(restored)
    for table in ("begun_series", "begun_steps", "begun_standing"):
        assert count(home, f"SELECT count(*) FROM {table}") == 0  # noqa: S608
    assert called(capsys, "verify", "--no-judging")[0] == 0
    assert "All that can be judged was judged" in called(
        capsys, "rejudge", "--site", place / "site", "--content", place / "new"
    )[1]  # fmt: skip


class StopError(Exception):
    """The power fails."""


def until(number: int) -> Tell:
    def stop(run: int, _: int) -> None:
        if run == number:
            raise StopError

    return Tell(run=stop)


def test_other_rules_begin_anew_and_what_was_changed_too(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(place / "home", home)
    since = Wanted(read_bundle(place / "new"), "2026-12-01T00:00:00Z", since="2026-09-09")
    with opened(home) as store, pytest.raises(StopError):
        rejudge(store, since, tell=until(2))
    assert rows(home, DONE) == [(2,)]
    with opened(home) as store, pytest.raises(StopError):
        rejudge(store, Wanted(since.catalog, since.at), tell=until(1))
    assert rows(home, DONE) == [(1,)], "other days are another series"
    monkeypatch.setenv("PEPPERBIRD_HOME", str(home))
    call = ("rejudge", "--site", place / "site", "--content", place / "new", "--since", "2026-09-10")
    status, out, err = called(capsys, *call)
    assert status == 0 and "Judged again: 3 full runs" in out
    assert "beginning anew: one was begun on 2026-12-01 by other rules or days, and had not ended" in err
    assert "what it had (1 of 12 runs) is dropped" in err and "going on" not in err
    with opened(home) as store, pytest.raises(StopError):
        rejudge(store, Wanted(since.catalog, since.at), tell=until(2))
    rows_changed(home, "UPDATE series_figures SET score = 999 WHERE series = 2")
    told: list[str] = []
    with opened(home) as store:
        found = rejudge(store, Wanted(since.catalog, since.at), tell=Tell(begins=lambda one: told.append(one.why)))
    assert (found.runs, told) == (RUNS, ["changed"])
    assert called(capsys, "verify", "--no-judging")[0] == 0


def test_a_run_that_is_pruned_meanwhile_is_missing(place: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(place / "home", home)
    wanted = Wanted(read_bundle(place / "new"), "2026-12-01T00:00:00Z", since="2026-09-08")
    with opened(home) as store, pytest.raises(StopError):
        rejudge(store, wanted, tell=until(2))
    gone, bare = (str(row[0]) for row in rows(home, "SELECT id FROM runs ORDER BY id LIMIT 2 OFFSET 10"))
    rows_changed(home, f"PRAGMA foreign_keys = ON; DELETE FROM runs WHERE id = '{gone}'")  # noqa: S608
    rows_changed(home, f"DELETE FROM transcripts WHERE run = '{bare}'")  # noqa: S608
    with opened(home) as store:
        found = rejudge(store, wanted)
        assert found.series is not None
        assert found.runs == 3 and found.series.missing == {gone: "pruned", bare: "pruned"}
        assert store.series.all() == [found.series]


def rows_changed(home: Path, script: str) -> None:
    with closing(sqlite3.connect(home / "pepperbird.db", timeout=30)) as db:
        db.executescript(script)


def called(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


def at_home(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path, *arguments: str) -> str:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(home))
    return called(capsys, *arguments)[1]
