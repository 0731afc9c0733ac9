"""Sealed at rest, from the command line: what the file shows, lost and changed keys, pruning, and what verify says."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pepperbird.cli.main import main
from tests.support.calling import called
from tests.support.signed_runs import AGENCY, KEYS, SITE, make_signed_runs

Call = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`site/` and `state/` with two agencies: one run in clear, then a master key, then one run that is sealed."""
    folder = tmp_path_factory.mktemp("sealed")
    with pytest.MonkeyPatch.context() as patch:
        make_signed_runs(folder, patch, runs=0)
        site = folder / "site"
        (site / "agencies" / "mof.yaml").write_text(AGENCY.replace("moh", "mof").replace("Health", "Finance"))
        run("scan")
        with closing(sqlite3.connect(folder / "state" / "pepperbird.db")) as db:
            plain = [row[0] for row in db.execute("SELECT body FROM transcripts UNION SELECT body FROM pieces")]
        (folder / "plain").write_bytes(b"".join(one[:96].ljust(96, b"\0") for one in plain))
        run("keys", "new-master")
        (site / "site.yaml").write_text(
            SITE.replace("{evidence", "{master_key: 'file:../state/keys/master.key', evidence")
        )
        run("scan")
        yield folder


def run(*arguments: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert left.value.code in (0, 1, 3), arguments


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "all")
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "all" / "state"))
    monkeypatch.chdir(tmp_path / "all" / "site")
    return tmp_path / "all"


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    return lambda *arguments: called(capsys, *arguments)


def query(home: Path, text: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(home / "state" / "pepperbird.db", isolation_level=None)) as db:
        return db.execute(text, values).fetchall()


def test_the_first_scan_with_a_master_key_seals_what_lay_in_clear_and_all_verifies(call: Call, home: Path) -> None:
    status, out, err = call("verify")
    assert (status, err) == (0, "")
    assert "2 runs with 8 pieces of evidence, judged again to the same bytes" in out
    data = b"".join(path.read_bytes() for path in (home / "state").glob("pepperbird.db*"))
    planted = (home / "plain").read_bytes()
    heads = [planted[at : at + 96].rstrip(b"\0") for at in range(0, len(planted), 96)]
    assert len(heads) >= 8
    assert [one for one in heads if len(one) > 40 and one[8:40] in data] == []
    assert "Permit" not in data.decode("latin-1")
    assert "evidence of 2 agencies is sealed under the master key" in call("doctor")[1]
    assert (home / "state" / "keys" / "master.key").stat().st_mode & 0o777 == 0o600
    assert call("report", "latest", "--agency", "moh")[0] == 0
    assert call("evaluate", "latest")[0] == 0


def test_two_agencies_in_one_run_are_scored_as_each_by_itself(call: Call, home: Path) -> None:
    both = json.loads(call("report", "latest", "--format", "json")[1])
    assert call("scan", "--agency", "mof")[0] in (1, 3)
    alone = json.loads(call("report", "latest", "--format", "json")[1])
    figures = [next(one for one in run["agencies"] if one["id"] == "mof") for run in (both, alone)]
    assert [one["score"] for one in figures] == [figures[0]["score"]] * 2
    assert [one["coverage"] for one in figures] == [figures[0]["coverage"]] * 2
    assert figures[0]["score"] > 0


def test_a_master_key_that_others_can_read_and_a_store_without_its_key_are_refused(call: Call, home: Path) -> None:
    key = home / "state" / "keys" / "master.key"
    key.chmod(0o644)
    assert "chmod 600" in call("scan")[2]
    key.chmod(0o600)
    (home / "site" / "site.yaml").write_text(SITE)
    status, out, err = call("scan")
    assert (status, out) == (2, "")
    assert "no master key was given" in err
    assert "nobody was contacted" in err
    status, out, err = call("verify")
    assert status == 3
    assert "cannot be read: run" in err
    assert "What can be read matches: 2 runs with 0 pieces" in out
    assert "DOES NOT MATCH" not in err


def test_a_lost_key_loses_its_agency_and_everything_else_verifies(call: Call, home: Path) -> None:
    query(home, "UPDATE agency_keys SET wrapped = zeroblob(92) WHERE agency = 'moh'")
    status, out, err = call("verify")
    assert status == 3
    assert err.count("what was seen of moh: the key of agency moh does not open") == 2
    assert "DOES NOT MATCH" not in err
    assert "mof" not in err
    assert "What can be read matches: 2 runs with 4 pieces of evidence, judged again to the same bytes" in out
    assert "the key of agency moh does not open" in call("scan")[2]
    status, out, err = call("keys", "lost", "moh", "--reason", "the safe burnt")
    assert (status, out) == (0, "Declared lost: moh.\n")
    assert call("scan")[0] in (1, 3)
    status, out, err = call("verify", "--no-judging")
    assert status == 3
    assert "a key of agency moh that was declared lost" in err
    assert "3 runs with 8 pieces" in out


def test_keys_change_and_no_sealed_byte_with_them(call: Call, home: Path) -> None:
    bodies = query(home, "SELECT address, body FROM blobs ORDER BY 1")
    assert call("keys", "new-master", "--out", home / "new.key")[0] == 0
    assert "2 agencies" in call("keys", "rewrap", "--to", f"file:{home / 'new.key'}")[1]
    assert "cannot be read" in call("verify", "--no-judging")[2]
    site = home / "site" / "site.yaml"
    site.write_text(site.read_text().replace("../state/keys/master.key", str(home / "new.key")))
    assert "Another key for moh" in call("keys", "rewrap", "--agency", "moh")[1]
    assert query(home, "SELECT address, body FROM blobs ORDER BY 1") == bodies
    assert call("verify", "--no-judging")[::2] == (0, "")


def prune_later(call: Call, home: Path, monkeypatch: pytest.MonkeyPatch, days: int, *arguments: str) -> Any:
    site = home / "site" / "site.yaml"
    site.write_text(site.read_text().replace("defaults: {", "defaults: {retention: {transcripts: 100}, "))
    later = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    monkeypatch.setattr("pepperbird.cli.prune.now", lambda: later)
    return call("prune", *arguments)


def test_pruned_evidence_verifies_as_pruned_by_rule(call: Call, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (row[0] for row in query(home, "SELECT id FROM runs ORDER BY id"))
    status, out, _ = prune_later(call, home, monkeypatch, 101, "--dry-run")
    assert status == 0
    assert f"would go: run {first}: what 4 endpoints said (rule transcripts: 100 days)" in out
    assert len(query(home, "SELECT 1 FROM transcripts")) == 8
    status, out, err = call("prune")
    assert (status, err) == (0, "")
    assert f"gone: run {first}" in out
    assert query(home, "SELECT DISTINCT run FROM transcripts") == [(second,)]
    status, out, err = call("verify")
    assert (status, err) == (0, "")
    assert f"run {first}: what its endpoints said was pruned on" in out
    assert "by rule transcripts: 100 days" in out
    assert "2 runs with 4 pieces" in out


def test_what_goes_without_an_entry_or_before_its_time_is_named(
    call: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (row[0] for row in query(home, "SELECT id FROM runs ORDER BY id"))
    query(home, "DELETE FROM transcripts WHERE run = ? AND endpoint = 'moh/srv/replay'", second)
    assert f"run {second}: the evidence of moh/srv/replay is gone" in call("verify", "--no-judging")[2]
    prune_later(call, home, monkeypatch, 101, "--dry-run")
    monkeypatch.setattr("pepperbird.store.prune._age", lambda then, at: timedelta(days=101))
    monkeypatch.setattr("pepperbird.cli.prune.now", lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    site = home / "site" / "site.yaml"
    unsigned = site.read_text().replace("evidence_key: {file: ../state/keys/collector.pem, passphrase: 'env:CP'}", "")
    site.write_text(unsigned.replace(", }", "}"))
    assert f"gone: run {first}" in call("prune")[1]
    err = call("verify", "--no-judging")[2]
    assert f"prunes {first}/evidence before its time by transcripts: 100 days" in err
    assert "prunes without a signature, although runs before it were signed" in err


def test_without_a_master_key_doctor_says_so(made: Path, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    assert "evidence lies in clear in the store" in called(capsys, "doctor")[1]
    assert KEYS
