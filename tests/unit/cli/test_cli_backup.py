"""`backup`, `restore`, and what `doctor` says of the store's keeping, as they are called."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pepperbird.cli import doctor_care
from pepperbird.cli.main import main
from pepperbird.errors import PepperbirdError
from pepperbird.fleet.units import backup_units
from pepperbird.store.backup import backup
from pepperbird.store.runs import Store
from tests.support.require import require
from tests.support.two_agencies import keep


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "to").mkdir()
    store = Store(tmp_path / "home" / "pepperbird.db")
    keep(store, "r1")
    store.close()
    return tmp_path / "home"


@pytest.fixture
def site(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "agencies").mkdir(parents=True)
    (folder / "site.yaml").write_text("name: Test\nbackups: {to: ../to, keep: 1, months: 1}\n")
    return folder


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    said = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, said.out, said.err


def test_there_and_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "backup", "to")
    assert (status, err) == (0, "")
    (file,) = Path("to").glob("pepperbird-*")
    checkpoint = next(line.split()[1] for line in out.splitlines() if line.startswith("  checkpoint"))
    assert str(file) in out and "the master key" in out
    assert json.loads((home / "last-backup.json").read_text())["checkpoint"] == checkpoint
    status, _, err = call(capsys, "restore", file)
    assert status == 2 and "--replace puts it aside" in err
    status, out, err = call(capsys, "restore", file, "--to", "new")
    assert (status, err) == (0, "") and checkpoint in out and "PEPPERBIRD_HOME=new pepperbird verify" in out
    (home / "pepperbird.db").write_bytes(b"\0" * 5000)
    status, out, err = call(capsys, "restore", file, "--replace")
    assert (status, err) == (0, "") and "pepperbird.db.before-" in out
    status, out, _ = call(capsys, "verify", "--no-judging", "--checkpoint", checkpoint)
    assert f"checkpoint {checkpoint}" in out


def test_a_ledger_that_does_not_hold_is_restored_and_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(home / "pepperbird.db")
    with store._writing() as connection:
        triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()
        for (name,) in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE ledger SET subject = 'another'")
    store.close()
    assert call(capsys, "backup", "to")[0] == 0
    (file,) = Path("to").glob("pepperbird-*")
    status, out, err = call(capsys, "restore", file, "--to", "new")
    assert status == 1 and "Restored" in out and "DOES NOT MATCH: ledger entry 1" in err
    assert Path("new/pepperbird.db").exists()


def test_by_the_site_and_with_old_ones_going(site: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backup(home / "pepperbird.db", Path("to"), "2026-01-01T00:00:00Z", "1.0")
    status, out, _ = call(capsys, "backup", "--site", site)
    assert status == 0 and "taken away: " in out and len(list(Path("to").glob("pepperbird-*"))) == 1
    (Path("to") / "pepperbird-20260102T000000Z.tar.gz").write_text("cut")
    backup(home / "pepperbird.db", Path("to"), "2026-01-03T00:00:00Z", "1.0")
    (next(Path("to").glob("pepperbird-2*"))).touch()
    for one in sorted(Path("to").glob("pepperbird-*"))[2:]:
        one.unlink()
    status, _, err = call(capsys, "backup", "--site", site)
    assert status == 1 and "LOOK AT THIS" in err and "20260102" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["backup"], "name the folder for the backup"),
        (["backup", "usb"], "mount the disk that it is on"),
        (["backup", "/proc"], "cannot be written"),
        (["restore", "none.tar.gz"], "no such file"),
        (["restore", "home/pepperbird.db", "--to", "new"], "no backup of pepperbird"),
    ],
)
def test_what_is_wrong_is_said(
    home: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = call(capsys, *arguments)
    assert (status, out) == (2, "") and words in err and len(err.splitlines()) == 1
    assert not Path("new").exists() or not list(Path("new").iterdir())


def test_without_a_store_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "home"))
    status, _, err = call(capsys, "backup", tmp_path)
    assert status == 2 and "no store, so nothing to back up" in err and not (tmp_path / "home").exists()


def test_doctor_on_backups(site: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "none was made yet" in doctor_care.backups(None)
    with pytest.raises(PepperbirdError, match="no good backup in it"):
        doctor_care.backups(site)
    old = (datetime.now(UTC) - timedelta(days=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    backup(home / "pepperbird.db", Path("to"), old, "1.0")
    with pytest.raises(PepperbirdError, match=r"4 days old, 1 in all: older than 2 days"):
        doctor_care.backups(site)
    call(capsys, "backup", "--site", site)
    assert "0 hours old, 1 in all" in doctor_care.backups(site)
    assert "0 hours old" in doctor_care.backups(None)
    (Path("to") / "pepperbird-20260102T000000Z.tar.gz").write_text("cut")
    assert "damaged: pepperbird-20260102T000000Z.tar.gz" in doctor_care.backups(site)
    (home / "last-backup.json").write_text("{")
    assert "cannot be read any more" in doctor_care.backups(None)
    (site / "site.yaml").write_text("name: Test\nbackups: {to: /mnt/not-there}\n")
    with pytest.raises(PepperbirdError, match="mount the disk"):
        doctor_care.backups(site)


def test_doctor_on_rights(site: Path, home: Path) -> None:
    assert "this account's alone" in doctor_care.rights(None)
    (site / "site.yaml").write_text('name: Test\ndefaults: {master_key: "file:master"}\n')
    (site / "master").write_text("secret")
    (site / "master").chmod(0o644)
    with pytest.raises(PepperbirdError, match=r"chmod 600 .*/master"):
        doctor_care.rights(site)
    (site / "master").chmod(0o600)
    (home / "pepperbird.db").chmod(0o640)
    with pytest.raises(PepperbirdError, match=r"chmod 600 .*pepperbird\.db"):
        doctor_care.rights(site)
    (home / "pepperbird.db").chmod(0o600)
    home.chmod(0o777)
    with pytest.raises(PepperbirdError, match="chmod go-w"):
        doctor_care.rights(None)


def test_doctor_on_room_and_clock(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(home / "pepperbird.db")
    for number, days in enumerate((80, 40, 5, 1)):
        keep(store, f"s{number}", at=(datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    store.close()
    assert " a month, " in doctor_care.room(None)
    monkeypatch.setattr(doctor_care, "_MONTHS_AHEAD", 10**12)
    with pytest.raises(PepperbirdError, match="make room, or keep less"):
        doctor_care.room(None)
    assert "not before anything recorded" in doctor_care.clock(None)
    store = Store(home / "pepperbird.db")
    keep(store, "t1", at="2099-01-01T00:00:00Z")
    store.close()
    with pytest.raises(PepperbirdError, match="before 2099-01-01T00:00Z"):
        doctor_care.clock(None)


def test_units_of_backups_name_site_and_home(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = backup_units(site, Path("/srv/home"), "pepperbird")
    assert list(files) == ["pepperbird-backup.service", "pepperbird-backup.timer"]
    assert f'-m pepperbird backup --site "{site}"' in files["pepperbird-backup.service"]
    status, out, _ = call(capsys, "schedule", "install", "--site", site, "--write", tmp_path / "units")
    assert status == 0 and out.splitlines()[-1].endswith("enable --now pepperbird-due.timer pepperbird-backup.timer")
    written = sorted((tmp_path / "units").iterdir())
    assert len(written) == 4
    require("systemd-analyze")
    checked = subprocess.run(["systemd-analyze", "verify", *written], check=False, capture_output=True, text=True)
    assert checked.returncode == 0 and "pepperbird" not in checked.stderr, checked.stderr
