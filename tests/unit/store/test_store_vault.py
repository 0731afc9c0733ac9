"""Sealing in the store: it shows nothing, keys change without the blobs, a lost key loses its agency alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.errors import StoreError, UsageError
from pepperbird.model.evidence import Memory
from pepperbird.store.codec import expand
from pepperbird.store.parts import statement_about
from pepperbird.store.runs import Store
from pepperbird.trust.vault import Master
from tests.support.two_agencies import (
    AGENCIES,
    AT,
    PLANTED,
    SITE,
    entry,
    keep,
    memory,
    rows,
    traces,
    transcript,
    verdict,
)  # fmt: skip

MASTER, OTHER = Master.new(), Master.new()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "pepperbird.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path, MASTER)
    keep(opened, "r1")
    yield opened
    opened.close()


def test_a_sealed_run_comes_back_equal_and_its_agencies_share_nothing(store: Store, path: Path) -> None:
    run = store.load("r1")
    assert run.transcripts == {one.endpoint: one for one in map(transcript, AGENCIES)}
    assert set(run.verdicts) == set(map(verdict, AGENCIES))
    assert set(run.posture) == set(map(entry, AGENCIES))
    assert store.inputs("r1")[:2] == (SITE, memory())
    assert store.memory(AGENCIES) == memory()
    assert store.vault.state().clear == 0


def test_nothing_of_the_evidence_is_in_the_file(store: Store, path: Path) -> None:
    with Store_(path.with_name("clear.db"), None) as clear:
        keep(clear, "r1")
    kept = rows(path.with_name("clear.db"), "SELECT body FROM pieces UNION SELECT body FROM transcripts")
    plain = [blob for (blob,) in kept if isinstance(blob, bytes)]
    assert any(b"planted-moh" in expand(blob) for blob in plain)
    path.with_name("clear.db").unlink()
    for left in path.parent.glob("clear*"):
        left.unlink()
    assert traces(path, plain) == 0
    assert traces(path, [PLANTED.format("moh").encode()]) == 0


class Store_:  # noqa: N801 - a store that closes itself
    def __init__(self, path: Path, master: Master | None) -> None:
        self.store = Store(path, master)

    def __enter__(self) -> Store:
        return self.store

    def __exit__(self, *_: object) -> None:
        self.store.close()


def test_what_is_remembered_unchanged_is_kept_once(store: Store, path: Path) -> None:
    before = rows(path, "SELECT count(*) FROM blobs")
    keep(store, "r2")
    assert rows(path, "SELECT count(*) FROM blobs") == before, "the same bytes of one agency have one address"


def bodies(path: Path) -> list[tuple[object, ...]]:
    return rows(path, "SELECT address, body FROM blobs ORDER BY address")


def test_changing_the_master_key_or_an_agency_s_writes_no_blob(store: Store, path: Path) -> None:
    before, wrapped = bodies(path), rows(path, "SELECT wrapped FROM agency_keys ORDER BY 1")
    assert store.vault.change_master(OTHER, AT) == 2
    assert bodies(path) == before
    assert set(rows(path, "SELECT wrapped FROM agency_keys")).isdisjoint(wrapped)
    assert store.vault.change_agency("moh", AT) > 3
    assert bodies(path) == before
    assert rows(path, "SELECT agency, generation FROM agency_keys ORDER BY 1") == [("mof", 1), ("moh", 2)]
    assert set(store.load("r1").verdicts) == set(map(verdict, AGENCIES))
    store.close()
    with Store_(path, OTHER) as again:
        assert set(again.load("r1").verdicts) == set(map(verdict, AGENCIES))
        keep(again, "r2")
        assert again.load("r2").transcripts
        assert [row.kind for row in again.ledger.rows()] == ["run", "vault", "vault", "run"]
    assert bodies(path) == before, "addresses outlive the keys"
    with Store_(path, MASTER) as old:
        with pytest.raises(StoreError, match=f"under the master key {OTHER.id[:8]}"):
            old.load("r1")
        with pytest.raises(StoreError, match=MASTER.id[:8]):
            keep(old, "r3")


def test_without_the_master_key_nothing_is_read_and_nothing_recorded_in_clear(store: Store, path: Path) -> None:
    with Store_(path, None) as bare:
        with pytest.raises(StoreError, match="no master key was given"):
            bare.load("r1")
        with pytest.raises(StoreError, match="nothing is recorded in clear"):
            keep(bare, "r2")
        assert statement_about(bare.records.parts("r1")).predicate["run"] == "r1"
        assert bare.runs()[0].agencies == ("mof", "moh")


def lose(path: Path, agency: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE agency_keys SET wrapped = zeroblob(92) WHERE agency = ?", (agency,))


def test_a_lost_key_loses_its_agency_alone(store: Store, path: Path) -> None:
    store.close()
    lose(path, "moh")
    with Store_(path, MASTER) as left:
        assert left.load("r1", only=("mof",)).verdicts == (verdict("mof"),)
        assert [one.endpoint for one in left.records.evidence("r1")] == ["mof/srv/ssh"]
        with pytest.raises(StoreError, match="the key of agency moh does not open"):
            left.load("r1")
        with pytest.raises(StoreError, match="moh"):
            left.standing("moh")
        keep(left, "r2", ("mof",))
        with pytest.raises(UsageError, match="no key is lost"):
            left.vault.declare_lost("mof", "a try", AT)
        assert left.vault.declare_lost("moh", "the safe burnt", AT) == ("moh",)
        assert left.standing("moh") == ("", ())
        assert left.memory(["moh"]) == Memory()
        keep(left, "r3")
        assert left.standing("moh") == ("r3", (entry("moh"),))
        with pytest.raises(StoreError, match="declared lost"):
            left.load("r1")
        assert left.vault.state().lost == ("moh",)


def test_earlier_evidence_is_sealed_and_its_traces_are_gone(path: Path) -> None:
    with Store_(path, None) as clear:
        keep(clear, "r1")
        keep(clear, "r2")
    statements = [blob for (blob,) in rows(path, "SELECT envelope FROM runs")]
    plain = [
        blob
        for (blob,) in rows(path, "SELECT body FROM pieces UNION SELECT body FROM transcripts")
        if isinstance(blob, bytes)
    ]
    assert len(plain) >= 8
    assert traces(path, plain) > 20
    with Store_(path, MASTER) as store:
        assert store.vault.state().clear > 0
        done = store.vault.seal_earlier(AT)
        assert done > 10
        assert traces(path, plain) == 0
        assert store.vault.seal_earlier(AT) == 0
        assert store.load("r1").transcripts["moh/srv/ssh"] == transcript("moh")
        now = [statement_about(store.records.parts(run)).payload() for run in ("r1", "r2")]
        assert store.ledger.rows()[-1].subject == "sealed"
    assert traces(path, plain) == 0
    from pepperbird.trust.envelope import envelope_of

    kept = [envelope_of(blob).payload for blob in statements if isinstance(blob, bytes)]
    assert kept == now, "digests are over what was sealed, not over how"


@pytest.mark.slow
def test_a_store_that_somebody_reads_is_purged_later(path: Path) -> None:
    with Store_(path, None) as clear:
        keep(clear, "r1")
    plain = [blob for (blob,) in rows(path, "SELECT body FROM pieces") if isinstance(blob, bytes)]
    with closing(sqlite3.connect(path, isolation_level=None)) as reader, Store_(path, MASTER) as store:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM runs").fetchone()
        store.vault.seal_earlier(AT)
        assert rows(path, "SELECT name FROM chores") == [("purge",)]
        reader.execute("ROLLBACK")
        assert store.vault.purge()
    assert rows(path, "SELECT name FROM chores") == []
    assert traces(path, plain) == 0


def test_a_changed_body_is_damage_and_not_a_lost_key(store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        # A byte set to a fixed value is, of so many random bodies, at times the one that stood there.
        db.create_function("flipped", 1, lambda body: body[:40] + bytes([body[40] ^ 1]) + body[41:])
        db.execute("UPDATE blobs SET body = flipped(body) WHERE agency = 'moh'")
    with pytest.raises(StoreError, match="was changed"):
        store.load("r1")
    statement = statement_about(store.records.parts("r1"))
    assert statement.predicate["agencies"]["moh"]["posture"] == "sha256:" + "0" * 64
    assert "0" * 64 not in statement.predicate["agencies"]["mof"].values()
    assert replace(statement) == statement
