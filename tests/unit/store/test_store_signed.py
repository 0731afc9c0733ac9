"""Records of people: kept once with an entry of the ledger, refused where the signer may not, named when changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pepperbird.errors import TrustError
from pepperbird.model.site import Site, SiteFile
from pepperbird.scan.declared import declared
from pepperbird.scan.source import StoreSource
from pepperbird.scan.verify import verify
from pepperbird.store.runs import Store
from pepperbird.store.signed import About
from pepperbird.trust.envelope import Envelope, seal
from pepperbird.trust.keylist import KeyList, Revoked
from pepperbird.trust.keys import PrivateKey, Purpose
from pepperbird.trust.ledger import EntryKind
from pepperbird.trust.statement import Kind, Statement, Subject
from tests.support.keys import FROM, an_entry, signed

ROOT, OFFICER, ELSEWHERE = PrivateKey.new(), PrivateKey.new(), PrivateKey.new()
AT, LATER = "2026-11-24T10:00:00Z", "2026-12-24T10:00:00Z"
ABOUT = About(Kind.ATTESTATION, "moh", "BR-01.2")
SEEN = {"by": "A. Kollie", "on": "2026-11-20", "paper_sha256": "0" * 64}


def keys(serial: int = 1, revoked: Revoked | None = None) -> KeyList:
    entries = (
        an_entry(ROOT, "office", Purpose.ROOT),
        an_entry(OFFICER, "officer", Purpose.ATTESTATION).model_copy(update={"agency": "moh", "revoked": revoked}),
        an_entry(ELSEWHERE, "elsewhere", Purpose.ATTESTATION).model_copy(update={"agency": "moe"}),
    )
    return KeyList(serial=serial, at=FROM if serial == 1 else AT, root=ROOT.key_id, keys=entries)


def says(*signers: PrivateKey, kind: Kind = Kind.ATTESTATION, **predicate: Any) -> Envelope:
    return seal(Statement(kind, (Subject("BR-01.2", "sha256:" + "1" * 64),), {"agency": "moh"} | predicate), *signers)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "pepperbird.db")
    made.ledger.record_keys(signed(keys(), ROOT), FROM)
    yield made
    made.close()


def test_a_record_is_kept_once_with_its_entry(store: Store) -> None:
    envelope = says(OFFICER)
    entry = store.signed.add(envelope, ABOUT, AT)
    assert (entry.kind, entry.subject, entry.details["agency"]) == (EntryKind.ATTESTATION, "BR-01.2", "moh")
    assert store.signed.add(envelope, ABOUT, LATER) == entry
    (record,) = store.signed.all(Kind.ATTESTATION, "moh")
    assert (record.number, record.at, record.envelope) == (entry.number, AT, envelope)
    assert record.signer(store.ledger.ring()) == OFFICER.key_id
    assert store.signed.all(Kind.WAIVER) == store.signed.all(agency="moe") == []
    assert verify(StoreSource(store)).faults == []


@pytest.mark.parametrize(
    ("envelope", "about", "why"),
    [
        (says(ELSEWHERE), ABOUT, "may sign for moe only"),
        (says(OFFICER, kind=Kind.WAIVER), About(Kind.WAIVER, "moh", "w"), "may not sign waiver"),
        (says(OFFICER), About(Kind.REVIEW, "moh", "BR-01.2"), "a statement about review is expected"),
        (says(PrivateKey.new()), ABOUT, "which the key list does not have"),
        (says(), ABOUT, "neither signed nor witnessed"),
        (says(witnessed=SEEN | {"by": " "}), ABOUT, "without the witness's name"),
        (says(witnessed=SEEN | {"paper_sha256": "x"}), ABOUT, "without the SHA-256"),
        (says(witnessed=SEEN | {"on": "yesterday"}), ABOUT, "no day"),
    ],
)
def test_what_nobody_may_sign_or_has_seen_is_refused(store: Store, envelope: Envelope, about: About, why: str) -> None:
    with pytest.raises(TrustError, match=why):
        store.signed.add(envelope, about, AT)
    assert store.signed.all() == []
    assert len(store.ledger.rows()) == 1


def test_a_witnessed_record_says_so(store: Store) -> None:
    entry = store.signed.add(says(witnessed=SEEN), ABOUT, AT)
    assert entry.details == {"agency": "moh", "key": "", "witnessed": "A. Kollie"}
    (record,) = store.signed.all()
    assert record.signer(store.ledger.ring()) == ""
    assert verify(StoreSource(store)).faults == []


def test_a_revoked_key_records_no_more_whatever_the_clock_says(store: Store) -> None:
    store.signed.add(says(OFFICER), ABOUT, AT)
    store.ledger.record_keys(signed(keys(2, Revoked(at=AT, reason="stolen")), ROOT), LATER)
    with pytest.raises(TrustError, match="revoked"):
        store.signed.add(says(OFFICER, more=1), ABOUT, FROM)
    store.close()


def test_records_changed_deleted_or_put_in_are_named(store: Store, tmp_path: Path) -> None:
    store.signed.add(says(OFFICER), ABOUT, AT)
    (kept,) = store.signed.all()
    other = says(OFFICER, until="2090").to_bytes()
    for sql, values, words in (
        ("UPDATE records SET envelope=?", (other,), "changed since it was recorded"),
        ("UPDATE records SET envelope=?", (says().to_bytes(),), "neither signed nor witnessed"),
        ("UPDATE records SET subject=?", ("BR-09.1",), "its row says something else than ledger entry 2"),
        ("UPDATE records SET kind=?", ("x",), "of a kind that this version does not know"),
        ("UPDATE records SET digest=?", ("sha256:" + "0" * 64,), "not in the ledger"),
        ("DELETE FROM records WHERE at=?", (AT,), "deleted; ledger entry 2 recorded it"),
    ):
        with closing(sqlite3.connect(tmp_path / "pepperbird.db", isolation_level=None)) as db:
            before = db.execute("SELECT * FROM records").fetchall()
            db.execute(sql, values)
            faults = verify(StoreSource(store)).faults
            assert any(words in fault for fault in faults), (sql, faults)
            db.execute("DELETE FROM records")
            db.executemany("INSERT INTO records VALUES (?,?,?,?,?,?,?)", before)
    assert verify(StoreSource(store)).faults == []
    assert store.signed.all() == [kept]


def test_the_register_stays_as_it_is_where_no_record_says_more(store: Store) -> None:
    site = Site(file=SiteFile(name="Test"), agencies=())
    assert declared(site, store.signed.all(), store.ledger.ring(), AT) == site
