"""The key list: signed by its root, only ever growing, and what it lets a key sign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pepperbird.errors import InputError, TrustError
from pepperbird.trust.envelope import Envelope, envelope_of, seal
from pepperbird.trust.keylist import KeyEntry, KeyList, Revoked, SignedKeys, follow, verified
from pepperbird.trust.keyring import ring_of
from pepperbird.trust.keys import PrivateKey, Purpose
from pepperbird.trust.keysfile import keys_text, read_keys
from pepperbird.trust.statement import Kind, Statement, Subject
from tests.support.keys import FROM, an_entry, signed

ROOT, COLLECTOR, OTHER = PrivateKey.new(), PrivateKey.new(), PrivateKey.new()
AT = "2026-11-24T10:00:00Z"
LATER = "2026-12-24T10:00:00Z"
ABOUT = Statement(Kind.EVIDENCE, (Subject("a/b/ssh", "sha256:" + "0" * 64),), {"run": "r"})


def first() -> SignedKeys:
    entries = (an_entry(ROOT, "office", Purpose.ROOT), an_entry(COLLECTOR, "collector", Purpose.EVIDENCE))
    return signed(KeyList(serial=1, at=FROM, root=ROOT.key_id, keys=entries), ROOT)


def second(change: Callable[[KeyEntry], KeyEntry], **update: Any) -> KeyList:
    keys = first().keys
    entries = tuple(change(one) if one.name == "collector" else one for one in keys.keys)
    return keys.model_copy(update={"serial": 2, "at": AT, "keys": entries, **update})


def revoked(entry: KeyEntry) -> KeyEntry:
    return entry.model_copy(update={"revoked": Revoked(at=AT, reason="stolen")})


def test_the_file_comes_back_verified_and_a_change_by_hand_does_not(tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_bytes(keys_text(first()))
    back = read_keys(tmp_path)
    assert back == first() or (back is not None and back.keys == first().keys)
    text = keys_text(first()).decode()
    for old, new in (
        ("- evidence", "- waiver"),
        ("serial: 1", "serial: 2"),
        ("collector", "collectoz"),
        ("2030", "2039"),
    ):
        assert old in text
        (tmp_path / "keys.yaml").write_text(text.replace(old, new))
        with pytest.raises(TrustError, match="does not hold"):
            read_keys(tmp_path)
    (tmp_path / "keys.yaml").write_text(text.replace("may:", "might:"))
    with pytest.raises(InputError, match=r"keys.yaml:\d+"):
        read_keys(tmp_path)


def test_another_root_is_refused_where_one_is_trusted() -> None:
    with pytest.raises(TrustError, match="which you trust"):
        verified(first().envelope, OTHER.key_id)
    assert verified(first().envelope, ROOT.key_id).keys.serial == 1


def test_a_list_signed_by_another_key_or_by_nobody_is_refused() -> None:
    statement = first().keys.statement()
    for envelope in (seal(statement), seal(statement, OTHER), Envelope(statement.payload())):
        with pytest.raises(TrustError, match="not signed by the root"):
            verified(envelope)


def test_an_id_that_is_not_the_keys_is_refused() -> None:
    keys = second(lambda one: one.model_copy(update={"id": OTHER.key_id}))
    with pytest.raises(TrustError, match="not the SHA-256"):
        signed(keys, ROOT)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (second(lambda one: one, serial=1), "old key list"),
        (second(lambda one: one.model_copy(update={"may": (Purpose.WAIVER,)})), "other rights"),
        (second(lambda one: an_entry(OTHER, "collector", Purpose.EVIDENCE)), "does not have"),
    ],
)
def test_a_list_that_may_not_follow_is_refused(keys: KeyList, why: str) -> None:
    with pytest.raises(TrustError, match=why):
        follow(first(), signed(keys, ROOT))


def test_a_revocation_cannot_be_taken_back() -> None:
    after = signed(second(revoked), ROOT)
    follow(first(), after)
    with pytest.raises(TrustError, match="taken back"):
        follow(after, signed(second(lambda one: one, serial=3), ROOT))


def test_the_root_changes_only_with_the_old_roots_signature() -> None:
    entries = (*first().keys.keys, an_entry(OTHER, "office-2", Purpose.ROOT))
    keys = first().keys.model_copy(update={"serial": 2, "at": AT, "root": OTHER.key_id, "keys": entries})
    follow(first(), signed(keys, OTHER, ROOT))
    with pytest.raises(TrustError, match="not signed by the root key"):
        follow(first(), signed(keys, OTHER))


@pytest.mark.parametrize(
    ("purpose", "at", "why"),
    [
        (Purpose.WAIVER, AT, "may not sign waiver"), (Purpose.EVIDENCE, "2020-01-01T00:00:00Z", "only from"),
        (Purpose.EVIDENCE, "2040-01-01T00:00:00Z", "ended"),
    ],
)  # fmt: skip
def test_a_key_signs_what_it_may_while_it_may(purpose: Purpose, at: str, why: str) -> None:
    entry = first().keys.find(COLLECTOR.key_id)
    assert why in entry.refusal(purpose, at)
    assert entry.refusal(Purpose.EVIDENCE, AT) == ""


def test_a_revoked_key_counts_no_more_even_with_a_clock_set_back() -> None:
    ring = ring_of([(1, first()), (7, signed(second(revoked), ROOT))])
    envelope = seal(ABOUT, COLLECTOR)
    before = "2026-11-24T09:00:00Z"
    assert ring.signer(envelope, Kind.EVIDENCE, before, 6) == COLLECTOR.key_id
    with pytest.raises(TrustError, match="was revoked on"):
        ring.signer(envelope, Kind.EVIDENCE, LATER, 6)
    with pytest.raises(TrustError, match="revoked before this was recorded"):
        ring.signer(envelope, Kind.EVIDENCE, before, 8)


def test_a_key_signs_no_other_kind_than_it_may() -> None:
    ring = ring_of([(1, first())])
    waiver = Statement(Kind.WAIVER, ABOUT.subjects, {})
    with pytest.raises(TrustError, match="may not sign waiver"):
        ring.signer(seal(waiver, COLLECTOR), Kind.WAIVER, AT)
    with pytest.raises(TrustError, match="is expected"):
        ring.signer(seal(waiver, COLLECTOR), Kind.EVIDENCE, AT)
    with pytest.raises(TrustError, match="no key list"):
        ring_of([]).signer(seal(ABOUT, COLLECTOR), Kind.EVIDENCE, AT)


def test_a_bad_list_in_the_history_is_named_and_not_believed() -> None:
    forged = signed(
        second(lambda one: one).model_copy(
            update={"root": OTHER.key_id, "keys": (an_entry(OTHER, "x", Purpose.ROOT),)}
        ),
        OTHER,
    )
    ring = ring_of([(1, first()), (3, forged)])
    assert len(ring.faults) == 1
    assert ring.faults[0].startswith("ledger entry 3")
    assert ring.newest == first() or (ring.newest is not None and ring.newest.keys == first().keys)


def test_an_envelope_of_a_list_comes_back() -> None:
    assert verified(envelope_of(first().envelope.to_bytes())).keys == first().keys
