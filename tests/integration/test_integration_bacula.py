"""A real Bacula: its catalogue and volumes in every state that matters, read by the probe, judged by the checks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from tests.integration.test_integration_repositories import PARAMS, judged
from tests.support.bacula import Bacula, bacula
from tests.support.databases import postgresql
from tests.support.probed import collected
from tests.support.repositories_made import make, sh
from tests.support.require import require, require_root

pytestmark = pytest.mark.slow
PARAMS |= {"BR-03": {"job_window_days": 30, "max_failed_job_pct": 10}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bacula]:
    require_root()
    with bacula(tmp_path_factory.mktemp("bacula")) as one:
        one.say(*(f"run job={job} yes" for job in ("deeds", "partly", "check", "looked", "away")), "wait")
        yield one


@pytest.fixture(scope="module")
def facts(server: Bacula) -> Any:
    """Every state: the catalogue as it is, and copies of it and of its volumes that were altered."""
    folder = server.folder
    (volume,) = server.volumes.iterdir()
    make(
        folder,
        f"mkdir empty lost short other; cp -p {volume} short; truncate -s -300 short/*; cp -p {volume} other/x",
    )
    (folder / "lost" / "Vol-0002").write_bytes(b"x" * 900)
    given = []
    for name, (place, statements) in STATES.items():
        copy = folder / f"{name}.db"
        copy.write_bytes(server.catalogue.read_bytes())
        with sqlite3.connect(copy) as catalogue:
            for statement in statements:
                catalogue.execute(statement)
        catalogue.close()
        given += [name, f"{folder}/{place}", str(copy)]
    (folder / "garbage.db").write_text("no catalogue\n")
    given += ["garbage", str(server.volumes), f"{folder}/garbage.db", "gone", f"{folder}/gone", str(server.catalogue)]
    given += ["nofile", str(server.volumes), f"{folder}/no.db", "unnamed", str(server.volumes), ""]
    before = sh(f"find {folder} -name '*.db' | xargs md5sum | md5sum")
    found = collected(sh, "bacula", given)
    assert sh(f"find {folder} -name '*.db' | xargs md5sum | md5sum") == before, "a catalogue was written to"
    return found


_ALONE = "DELETE FROM Job WHERE Name IN ('partly', 'away')"
_SECOND = (
    "INSERT INTO Media (MediaId, VolumeName, MediaType, VolBytes, VolStatus, StorageId, PoolId, LabelType, MediaTypeId)"
    " SELECT 2, 'Vol-0002', 'File', 900, 'Full', StorageId, PoolId, 0, 0 FROM Media WHERE MediaId = 1"
)
_COPIES = (
    "INSERT INTO Job (Job, Name, Type, Level, ClientId, JobStatus, JobTDate, JobFiles, JobErrors, SchedTime)"
    " SELECT Job || {days}, Name, Type, 'I', ClientId, '{status}', JobTDate - {days} * 86400, 1, 0, SchedTime FROM Job"
    " WHERE Name = 'deeds' ORDER BY JobId LIMIT 1"
)
STATES: dict[str, tuple[str, list[str]]] = {
    "real": ("volumes", []),
    "good": ("volumes", [_ALONE]),
    "old": ("volumes", [_ALONE, "UPDATE Job SET JobTDate = JobTDate - 9 * 86400"]),
    "none": ("empty", ["DELETE FROM Job", "DELETE FROM JobMedia", "DELETE FROM Media"]),
    "deep": ("volumes", [_ALONE, *(_COPIES.format(days=days, status="T") for days in (1, 2, 3, 40, 120))]),
    "failing": (
        "volumes",
        [_ALONE, *(_COPIES.format(days=days, status=letter) for days, letter in enumerate("EfA", 1))],
    ),
    "running": ("volumes", [_ALONE, "UPDATE Job SET JobStatus = 'R' WHERE Name = 'deeds'"]),
    "error": ("volumes", [_ALONE, "UPDATE Media SET VolStatus = 'Error'"]),
    "differs": ("volumes", [_ALONE, "UPDATE Job SET JobStatus = 'D' WHERE Name = 'check'"]),
    "unread": ("volumes", [_ALONE, "DELETE FROM Job WHERE Name = 'check'"]),
    "short": ("short", [_ALONE]),
    "lost": ("lost", [_ALONE, _SECOND]),
    "other": ("other", [_ALONE]),
    "purged": ("volumes", [_ALONE, "DELETE FROM JobMedia", "DELETE FROM Job WHERE Type = 'B'"]),
}


@pytest.mark.parametrize(
    ("name", "recent", "jobs", "verified", "volumes"),
    [
        # partly: the catalogue says T although files were missing; away: its client could not be reached.
        ("real", "fail", "fail", "pass", "pass"), ("good", "pass", "pass", "pass", "pass"),
        ("old", "fail", "pass", "pass", "pass"), ("none", "fail", "fail", "fail", "pass"),
        ("deep", "pass", "pass", "pass", "pass"), ("failing", "pass", "fail", "pass", "pass"),
        ("running", "fail", "fail", "fail", "pass"), ("error", "fail", "pass", "fail", "fail"),
        ("differs", "pass", "pass", "fail", "pass"),
        # DiskToCatalog was run: it looks at the disk of the client, never at a volume.
        ("unread", "pass", "pass", "fail", "pass"),
        ("short", "fail", "pass", "fail", "fail"), ("lost", "fail", "pass", "fail", "fail"),
        ("other", "error", "error", "error", "error"), ("purged", "fail", "fail", "fail", "pass"),
        ("garbage", "error", "error", "error", "error"), ("gone", "error", "error", "error", "error"),
        ("nofile", "error", "error", "error", "error"), ("unnamed", "unchecked", "unchecked", "unchecked", "unchecked"),
    ],
)  # fmt: skip
def test_bacula(facts: Any, name: str, recent: str, jobs: str, verified: str, volumes: str) -> None:
    assert judged("bacula.recent", "BR-02", "bacula", facts, name, tier="standard") == recent
    assert judged("bacula.jobs-succeed", "BR-03", "bacula", facts, name) == jobs
    assert judged("bacula.verified", "BR-11", "bacula", facts, name) == verified
    assert judged("bacula.volumes-whole", "BR-19", "bacula", facts, name) == volumes


def test_the_history_of_bacula(facts: Any) -> None:
    assert judged("bacula.deep", "BR-05", "bacula", facts, "deep") == "pass"
    assert judged("bacula.deep", "BR-05", "bacula", facts, "good") == "fail"


def test_jobs_as_the_console_lists_them(server: Bacula, facts: Any) -> None:
    rows = [line.split("|") for line in server.say("list jobs").splitlines() if line.startswith("| ")][1:]
    said = {row[2].strip(): row[8].strip() for row in rows if row[4].strip() == "B"}
    assert said == {"deeds": "T", "partly": "T", "away": "f"}
    (row,) = (row for row in facts["repositories"] if row["id"] == "real")
    assert (len(row["well"]), len(row["failed"]), row["reach"], row["standing"]) == (2, 1, [0] * 50, 0)
    groups = {row["group"]: row["count"] for row in facts["points"] if row["repository"] == "real"}
    assert groups == {"db-1-fd deeds": 1, "db-1-fd partly": 0, "gone-fd away": 0}


def test_a_catalogue_in_postgresql_is_asked_the_same(
    server: Bacula, facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same rows in PostgreSQL, in tables of the columns that Bacula's script makes there."""
    require("psql", "runuser")
    folder = Path(sh("mktemp -d /srv/pepperbird-bacula-XXXXXX").strip())
    folder.chmod(0o755)
    try:
        # Nobody listens on the network: the port is but the name of the socket that psql looks for.
        monkeypatch.setattr("tests.support.databases.free_port", lambda: 5432)
        with postgresql(folder / "pg", listen_addresses="") as database:
            database.sql("CREATE DATABASE bacula")
            with sqlite3.connect(server.catalogue) as catalogue:
                database.sql(*_copied(catalogue), database="bacula")
            given = ["good", str(server.volumes), f"{folder}/pg"]
            found = collected(sh, "bacula", given)
    finally:
        sh(f"rm -rf {folder}")
    mine = [row | {"id": row["id"].replace("real", "good"), "repository": "good"} for row in facts["points"]
            if row["repository"] == "real"]  # fmt: skip
    assert found["points"] == mine


_TABLES = {
    "Job": "JobId serial, Name text, Type char(1), Level char(1), ClientId int, JobStatus char(1), JobTDate bigint,"
    " JobFiles int, JobErrors int",
    "Client": "ClientId serial, Name text",
    "Media": "MediaId serial, VolumeName text, VolBytes bigint, VolStatus text, StorageId int",
    "JobMedia": "JobMediaId serial, JobId int, MediaId int",
}


def _copied(catalogue: sqlite3.Connection) -> Iterator[str]:
    for table, columns in _TABLES.items():
        yield f"CREATE TABLE {table} ({columns})"
        names = [one.split(" ")[0] for one in columns.replace(", ", ",").split(",")]
        for row in catalogue.execute(f"SELECT {', '.join(names)} FROM {table}"):  # noqa: S608 - our own words
            yield f"INSERT INTO {table} VALUES ({', '.join(repr(value) for value in row)})"  # noqa: S608 - the same


def test_an_account_without_the_rights_is_denied(server: Bacula) -> None:
    given = ["good", str(server.volumes), str(server.catalogue)]
    assert collected(sh, "bacula", given, user="daemon")["points"].reason is GapReason.DENIED


def test_why_a_catalogue_could_not_be_read(facts: Any) -> None:
    rows = {row["id"]: row["damaged"].reason for row in facts["repositories"] if isinstance(row["damaged"], Gap)}
    assert rows == {
        "garbage": GapReason.PARSE, "gone": GapReason.NOT_FOUND, "nofile": GapReason.NOT_FOUND,
        "unnamed": GapReason.NO_CREDENTIAL, "other": GapReason.NOT_FOUND,
    }  # fmt: skip
