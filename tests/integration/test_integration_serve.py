"""`serve` as a process: one at a time, asked over HTTP, handed scans, starved of disk, stopped in its tracks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pepperbird.cli.main import main
from tests.support.recording import record_this_computer
from tests.support.require import require, require_root
from tests.support.serving import Serve, ask, count, opened, rows, site_of_recordings, wait_for

pytestmark = pytest.mark.slow

NIGHTLY = "schedules: [{id: nightly, cron: '30 1 * * *', within: 1}]\n"
LONG_AGO = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_this_computer(tmp_path_factory.mktemp("recording") / "machine")


@pytest.fixture
def site(tmp_path: Path, recording: Path) -> Path:
    return site_of_recordings(tmp_path / "site", recording, 4, lines=NIGHTLY)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    said = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, said.out, said.err


def get(at: str, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{at}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def figures(at: str) -> dict[str, float]:
    """What /metrics says, as Prometheus' own parser reads it: by name, and by the schedule of the one schedule."""
    status, text = get(at, "/metrics")
    assert status == 200
    families = list(text_string_to_metric_families(text))
    assert len(families) == text.count("# TYPE") > 10
    return {sample.name: sample.value for family in families for sample in family.samples}


def seen_long_ago(home: Path) -> None:
    with opened(home) as store:
        store.schedules.see("nightly", LONG_AGO)


def test_what_was_due_for_long_is_told_carried_out_once_and_well_then(
    site: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen_long_ago(home)
    status, out, _ = call(capsys, "doctor", "--site", site)
    assert status == 2 and "WRONG  schedules  without an answer: nightly" in out
    assert call(capsys, "schedule", "list", "--site", site)[0] == 3
    with Serve(home, site, "--lease", "3") as serve:
        serve.told("schedule-unanswered", schedule="nightly")
        serve.told("tick-missed", schedule="nightly")
        serve.told("run-ended", schedule="nightly")
        wait_for(lambda: get(serve.at, "/healthz")[0] == 200, lambda: serve.text)
        well = json.loads(get(serve.at, "/healthz")[1])
        assert (well["status"], well["wrong"], well["runs_open"]) == ("well", [], 0)
        said = figures(serve.at)
        assert said["pepperbird_schedule_unanswered"] == 0 and said["pepperbird_runs_ended_total"] == 1
        assert said["pepperbird_schedule_missed_total"] > 100
        assert said["pepperbird_endpoints_recorded_total"] == 4
        assert get(serve.at, "/")[0] == 404
        status, out, _ = call(capsys, "doctor", "--site", site)
        assert f"process {serve.process.pid} of" in out and "well   schedules" in out
        assert serve.stop() == 0
    status, out, _ = call(capsys, "schedule", "list", "--site", site)
    assert status == 0 and "missed" in out and "answered  20" in out
    assert count(home, "SELECT count(*) FROM runs") == 1


def test_a_second_one_says_who_is_the_first_and_scans_are_handed_over(
    site: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, alone, _ = call(capsys, "scan", "--site", site, "--format", "json")
    with Serve(home, site) as serve:
        serve.told("serving")
        first = f"process {serve.process.pid} of"
        refused = call(capsys, "serve", "--site", site, "--listen", "127.0.0.1:0")
        assert refused[0] == 2 and first in refused[2]
        due = call(capsys, "schedule", "run-due", "--site", site)
        assert due[0] == 0 and first in due[2]
        handed, out, err = call(capsys, "scan", "--site", site, "--format", "json")
        assert handed == status and f"Handed over to {first}" in err
        mine, theirs = json.loads(alone), json.loads(out)
        assert states(mine) == states(theirs)
        assert serve.told("run-ended")["run"] == theirs["run"]["id"]
        wrong = call(capsys, "scan", "--site", site, "--agency", "nobody")
        assert wrong[0] == 2 and "no agency 'nobody'" in wrong[2]
        local = call(capsys, "scan", f"replay:{site / 'machine'}")
        assert local[0] in (1, 3) and "Handed over" not in local[2], "what is named here is asked from here"
        serve.kill()
    after, _, err = call(capsys, "scan", "--site", site)
    assert after == status and "Handed over" not in err


def states(run: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["asset"], one["control"], one["state"]) for one in run["controls"]]


def test_one_that_was_stopped_and_replaced_writes_nothing_more(site: Path, home: Path) -> None:
    ask(home, "once")
    with Serve(home, site, "--lease", "2") as first:
        wait_for(lambda: count(home, "SELECT count(*) FROM transcripts"), lambda: first.text)
        stop_between_two_writes(home, first)
        with contextlib.ExitStack() as stack:
            second = stack.enter_context(started_once_free(home, site))
            run = second.told("run-ended")["run"]
            first.process.send_signal(signal.SIGCONT)
            assert first.process.wait(30) == 2
            assert "taken over" in first.text
            assert second.process.poll() is None
    assert rows(home, "SELECT id, state FROM runs") == [(run, "finished")]
    assert rows(home, "SELECT count(*), count(DISTINCT endpoint) FROM transcripts") == [(4, 4)]
    assert rows(home, "SELECT count(*) FROM ledger WHERE kind = 'run'") == [(1,)]


def stop_between_two_writes(home: Path, serve: Serve) -> None:
    """Stop it where it holds no lock of the store: else nobody could write until it is killed or goes on."""
    for _ in range(100):
        serve.process.send_signal(signal.SIGSTOP)
        with contextlib.suppress(sqlite3.OperationalError):
            with contextlib.closing(sqlite3.connect(home / "pepperbird.db", timeout=0.2, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                db.execute("ROLLBACK")
            return
        serve.process.send_signal(signal.SIGCONT)
        time.sleep(0.02)
    raise AssertionError("it writes all the time")


@contextlib.contextmanager
def started_once_free(home: Path, site: Path) -> Iterator[Serve]:
    """A second executor, once the first has not beaten for long enough."""
    for _ in range(60):
        with Serve(home, site, "--lease", "30") as serve:
            if wait_for(lambda serve=serve: serve.process.poll() is not None or "serving" in serve.text,
                        lambda serve=serve: serve.text) and serve.process.poll() is None:  # fmt: skip
                yield serve
                return
            assert "carries out schedules here since" in serve.text
    raise AssertionError("nobody could take over")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    require_root()
    require("mount", "umount")
    home = tmp_path / "small"
    home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", home], check=True)
    try:
        yield home
    finally:
        subprocess.run(["umount", "-l", home], check=True)


def test_a_full_disk_is_told_to_everybody_and_ends_nothing(site: Path, small_disk: Path, tmp_path: Path) -> None:
    seen_long_ago(small_disk)
    fill(small_disk / "ballast", leaving=64 << 10)
    with Serve(small_disk, site, "--patience", "1") as serve:
        wait_for(lambda: "the disk is full" in get(serve.at, "/healthz")[1], lambda: serve.text)
        status, said = get(serve.at, "/healthz")
        assert status == 503 and json.loads(said)["status"] == "wrong"
        assert figures(serve.at)["pepperbird_store_failing"] == 1
        scan = subprocess.run(
            [sys.executable, "-m", "pepperbird", "scan", "--site", str(site)], check=False, capture_output=True,
            text=True, env=os.environ | {"PEPPERBIRD_HOME": str(small_disk)},
        )  # fmt: skip
        assert scan.returncode == 2 and "the disk is full" in scan.stderr and "Traceback" not in scan.stderr
        (small_disk / "ballast").unlink()
        ended = serve.told("run-ended", schedule="nightly")
        assert (ended["endpoints"], ended["gaps"]) == (4, 0)
        wait_for(lambda: get(serve.at, "/healthz")[0] == 200, lambda: serve.text)
        assert "Traceback" not in serve.text
    assert rows(small_disk, "PRAGMA integrity_check") == [("ok",)]
    recorded = (
        "SELECT count(*), count(DISTINCT endpoint) FROM transcripts WHERE run = (SELECT run FROM ticks WHERE run <> '')"
    )
    assert rows(small_disk, recorded) == [(4, 4)]


def test_a_store_that_may_only_be_read_is_said_before_anything_begins(
    site: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(small_disk))
    seen_long_ago(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for command in (["scan"], ["schedule", "run-due"], ["serve", "--listen", "127.0.0.1:0"]):
        status, _, err = call(capsys, *command, "--site", site)
        assert status == 2 and "read-only" in err and "Traceback" not in err, err


def fill(path: Path, *, leaving: int) -> None:
    with path.open("wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 65536)
        file.truncate(max(file.tell() - leaving, 0))


def test_a_timer_carries_out_what_is_due_and_goes_on_with_what_waits(
    site: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "machine").rename(site / "away")
    seen_long_ago(home)
    assert call(capsys, "schedule", "run-due", "--site", site, "--patience", "1")[0] == 2, "the answer is owed still"
    assert rows(home, "SELECT state FROM runs") == [("started",)]
    (site / "away").rename(site / "machine")
    wait_for(lambda: call(capsys, "schedule", "run-due", "--site", site, "--patience", "1")[0] == 0, lambda: "no end")
    assert rows(home, "SELECT state FROM runs") == [("finished",)]
    assert rows(home, "SELECT count(*) FROM transcripts WHERE gap = ''") == [(4,)]


@pytest.mark.parametrize("at", ["0.0.0.0:9", "192.0.2.1:80", "example.org:80", "127.0.0.1", "127.0.0.1:x"])
def test_it_listens_to_this_computer_alone(site: Path, home: Path, capsys: pytest.CaptureFixture[str], at: str) -> None:
    status, _, err = call(capsys, "serve", "--site", site, "--listen", at)
    assert status == 2 and "127.0.0.1" in err
    assert count(home, "SELECT count(*) FROM executor WHERE process <> ''") == 0
