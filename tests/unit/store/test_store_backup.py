"""Backups: named by time, verified, taken away only where the store goes on from them; restored only when they hold."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pepperbird.errors import StoreError, UsageError
from pepperbird.store.backup import Keep, Made, backup, backups_in
from pepperbird.store.backup_file import DamagedError, read_backup, read_manifest
from pepperbird.store.copy import holds
from pepperbird.store.lease import Holder
from pepperbird.store.restore import place, unpacked
from pepperbird.store.runs import Store
from pepperbird.trust.vault import Master
from tests.support.older import age
from tests.support.two_agencies import keep, rows

AT = "2026-12-01T04:00:00Z"
EVERY = Keep()


def nobody(holder: Holder) -> bool:
    return False


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "to").mkdir()
    opened = Store(tmp_path / "home" / "pepperbird.db")
    keep(opened, "r1")
    yield opened
    opened.close()


def made(store: Store, at: str = AT, rule: Keep = EVERY) -> Made:
    return backup(store.path, store.path.parent.parent / "to", at, "1.0", rule)


def test_a_backup_says_what_it_holds_and_nobody_else_reads_it(store: Store) -> None:
    one = made(store)
    assert one.path.name == "pepperbird-20261201T040000Z.tar.gz" and one.path.stat().st_mode & 0o777 == 0o600
    held = read_backup(one.path)
    assert held == one.manifest == read_manifest(one.path)
    assert (held.runs, held.newest_run, held.entries, held.made) == (1, "r1", 1, AT)
    assert held.head == store.ledger.rows()[-1].hash and "site folder" in held.also_keep[0]
    with tarfile.open(one.path) as tar:
        assert tar.getnames() == ["manifest.json", "pepperbird.db"]
    assert {path.name for path in one.path.parent.iterdir()} == {one.path.name, ".pepperbird-backup.lock"}


def test_a_sealed_store_is_backed_up_without_its_key_and_names_it(tmp_path: Path) -> None:
    master = Master.new()
    store = Store(tmp_path / "home" / "pepperbird.db", master)
    keep(store, "r1")
    store.close()
    (tmp_path / "to").mkdir()
    assert backup(store.path, tmp_path / "to", AT, "1.0").manifest.masters == (master.id,)


def test_what_cannot_be_backed_up_is_said(store: Store, tmp_path: Path) -> None:
    to = tmp_path / "to"
    with pytest.raises(UsageError, match="no store, so nothing to back up"):
        backup(tmp_path / "none.db", to, AT, "1.0")
    with pytest.raises(UsageError, match="mount the disk"):
        backup(store.path, tmp_path / "usb", AT, "1.0")
    (tmp_path / "text.db").write_text("no database" * 100)
    with pytest.raises(StoreError, match="not a pepperbird store"):
        backup(tmp_path / "text.db", to, AT, "1.0")
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreError, match="no pepperbird store"):
        backup(tmp_path / "other.db", to, AT, "1.0")
    made(store)
    with pytest.raises(UsageError, match="is there already"):
        made(store)
    assert len(backups_in(to)) == 1 and not list(to.glob("*.part"))


def test_a_damaged_store_gives_no_backup(store: Store) -> None:
    store.close()
    data = bytearray(store.path.read_bytes())
    data[3 * 4096 : 9 * 4096] = b"\xff" * (6 * 4096)
    store.path.write_bytes(data)
    with pytest.raises(StoreError, match=r"pepperbird\.db: the store is damaged"):
        made(store)
    assert backups_in(store.path.parent.parent / "to") == []


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (Keep(), ["1205", "1204", "1203", "1202", "1101", "1001", "0901"]),
        (Keep(2), ["1205", "1204"]),
        (Keep(1), ["1205"]),
        (Keep(2, 3), ["1205", "1204", "1101", "1001"]),
    ],
)
def test_rotation(store: Store, rule: Keep, kept: list[str]) -> None:
    for day in ("0901", "1001", "1101", "1202", "1203", "1204"):
        made(store, f"2026-{day[:2]}-{day[2:]}T00:00:00Z")
    last = made(store, "2026-12-05T00:00:00Z", rule)
    assert [one.path.name[15:19] for one in backups_in(last.path.parent)] == kept
    assert len(last.removed) == 7 - len(kept) and last.warnings == ()


def test_a_clock_that_was_ahead_does_not_cost_the_newest(store: Store) -> None:
    made(store, "2099-01-01T00:00:00Z")
    last = made(store, AT, Keep(1))
    assert [one.path for one in backups_in(last.path.parent)] == [last.path]


def test_what_is_damaged_or_of_another_store_is_named_and_kept(store: Store, tmp_path: Path) -> None:
    old = made(store, "2026-11-01T00:00:00Z").path
    cut = tmp_path / "to" / "pepperbird-20261102T000000Z.tar.gz"
    cut.write_bytes(old.read_bytes()[:60])
    other = Store(tmp_path / "other" / "pepperbird.db")
    keep(other, "another")
    other.close()
    foreign = backup(other.path, tmp_path / "to", "2026-11-03T00:00:00Z", "1.0", Keep(1))
    assert old.exists() and cut.exists() and len(foreign.warnings) == 2
    last = made(store, AT, Keep(1))
    assert last.removed == (old,) and cut.exists() and foreign.path.exists()
    assert sorted(one.split(": ")[1] for one in last.warnings)[0].startswith("damaged")
    assert any("of another store" in one for one in last.warnings)


def test_nothing_is_taken_away_where_the_store_was_cut(store: Store, tmp_path: Path) -> None:
    early = made(store, "2026-11-01T00:00:00Z")
    keep(store, "r2")
    late = made(store, "2026-11-02T00:00:00Z")
    store.close()
    with unpacked(early.path, tmp_path / "home") as (_, copy):
        place(copy, store.path, AT, replace=True, alive=nobody)
    last = made(store, AT, Keep(1))
    assert last.removed == () and early.path.exists() and late.path.exists()
    assert "does not go on from" in last.warnings[0] and str(late.path) in last.warnings[0]


def packed(path: Path, *members: tuple[str, bytes]) -> Path:
    with gzip.open(path, "wb") as raw, tarfile.open(fileobj=raw, mode="w|") as tar:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def members(path: Path) -> tuple[dict[str, Any], bytes]:
    with tarfile.open(path) as tar:
        first, second = (tar.extractfile(one) for one in ("manifest.json", "pepperbird.db"))
        assert first is not None and second is not None
        return json.loads(first.read()), second.read()


def test_every_way_of_damage_is_named_and_nothing_is_restored(store: Store, tmp_path: Path) -> None:
    good = made(store).path
    said, body = members(good)
    data = good.read_bytes()
    bad = {
        "empty": b"", "text": b"no backup" * 99, "cut": data[: len(data) // 2],
        "trailer": data[:-6] + b"\0" + data[-5:],
    }  # fmt: skip
    files = []
    for name, content in bad.items():
        files.append(tmp_path / f"{name}.tar.gz")
        files[-1].write_bytes(content)
    flipped = body[:5000] + bytes([body[5000] ^ 1]) + body[5001:]
    plain, other = json.dumps(said).encode(), json.dumps(said | {"entries": 7}).encode()
    files += [
        packed(tmp_path / "flipped.gz", ("manifest.json", plain), ("pepperbird.db", flipped)),
        packed(tmp_path / "shorter.gz", ("manifest.json", plain), ("pepperbird.db", body[:-1])),
        packed(tmp_path / "elsewhere.gz", ("manifest.json", plain), ("../pepperbird.db", body)),
        packed(tmp_path / "more.gz", ("manifest.json", plain), ("pepperbird.db", body), ("x", b"")),
        packed(tmp_path / "bare.gz", ("pepperbird.db", body)),
        packed(tmp_path / "only.gz", ("manifest.json", plain)),
        packed(tmp_path / "odd.gz", ("manifest.json", b"{"), ("pepperbird.db", body)),
        packed(tmp_path / "huge.gz", ("manifest.json", b" " * 70_000), ("pepperbird.db", body)),
        packed(tmp_path / "head.gz", ("manifest.json", other), ("pepperbird.db", body)),
    ]  # fmt: skip
    for file in files:
        with pytest.raises(StoreError, match=r"damaged|no backup"), unpacked(file, tmp_path / "new"):
            raise AssertionError(file)
    assert list((tmp_path / "new").iterdir()) == []
    assert not (tmp_path / "pepperbird.db").exists()


def test_newer_ones_are_refused_in_words(store: Store, tmp_path: Path) -> None:
    said, body = members(made(store).path)
    for change, words in (({"store_schema": "9999"}, "newer pepperbird"), ({"format": "pepperbird-backup/2"}, "newer")):
        file = packed(tmp_path / "x.gz", ("manifest.json", json.dumps(said | change).encode()), ("pepperbird.db", body))
        with pytest.raises((StoreError, DamagedError), match=words), unpacked(file, tmp_path / "new"):
            raise AssertionError(change)


def test_an_older_schema_is_brought_up(store: Store, tmp_path: Path) -> None:
    store.close()
    age(store.path, "0006")
    one = made(store)
    assert one.manifest.store_schema == "0006"
    with unpacked(one.path, tmp_path / "new") as (_, copy):
        place(copy, tmp_path / "new" / "pepperbird.db", AT, replace=False, alive=nobody)
    assert holds(store.path).schema == "0006", "a backup changes nothing"
    restored = Store(tmp_path / "new" / "pepperbird.db")
    assert restored.load("r1").verdicts and restored.lease.holder() is None
    restored.close()


def test_a_store_is_put_aside_with_leave_alone_and_never_under_whom_serves_it(store: Store, tmp_path: Path) -> None:
    one = made(store)
    keep(store, "r2")

    def restored(*, replace: bool, alive: bool = False) -> Path | None:
        with unpacked(one.path, store.path.parent) as (_, copy):
            return place(copy, store.path, AT, replace=replace, alive=lambda _: alive)

    with pytest.raises(UsageError, match="--replace puts it aside"):
        restored(replace=False)
    with pytest.raises(UsageError, match="another pepperbird has it open"):
        restored(replace=True)
    store.lease.take(Holder("p", "process 7 of root on scanner", "/srv/site", AT), lambda _: False)
    store.close()
    with pytest.raises(UsageError, match="process 7 of root on scanner carries out schedules"):
        restored(replace=True, alive=True)
    assert holds(store.path).runs == 2, "nothing was changed"
    aside = restored(replace=True)
    assert aside == store.path.with_name("pepperbird.db.before-20261201T040000Z")
    assert (holds(store.path).runs, holds(aside).runs) == (1, 2)
    again = Store(store.path)
    keep(again, "r3")
    again.close()
    assert rows(store.path, "SELECT id FROM runs ORDER BY id") == [("r1",), ("r3",)]


def test_a_journal_that_was_left_is_not_played_into_the_restored_store(store: Store, tmp_path: Path) -> None:
    one = made(store)
    keep(store, "r2")
    left = store.path.with_name("pepperbird.db-wal").read_bytes()
    assert left
    new = tmp_path / "new"
    new.mkdir()
    (new / "pepperbird.db-wal").write_bytes(left)
    with unpacked(one.path, new) as (_, copy):
        assert place(copy, new / "pepperbird.db", AT, replace=False, alive=nobody) is None
    assert holds(new / "pepperbird.db").runs == 1
    assert (new / "pepperbird.db.before-20261201T040000Z-wal").read_bytes() == left


def test_a_damaged_store_can_be_replaced(store: Store) -> None:
    one = made(store)
    store.close()
    store.path.write_bytes(b"\0" * 9000)
    with unpacked(one.path, store.path.parent) as (_, copy):
        aside = place(copy, store.path, AT, replace=True, alive=nobody)
    assert aside is not None and aside.read_bytes() == b"\0" * 9000
    assert holds(store.path).runs == 1
