"""What is sealed opens with the right keys alone, shows no equality, and outlives a change of keys unchanged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from pepperbird.errors import TrustError
from pepperbird.trust.vault import AgencyKeys, Master, Sealed, master_of

MASTER = Master.new()
MOH, MOF = AgencyKeys.new("moh"), AgencyKeys.new("mof")


@given(st.binary(max_size=3000))
def test_what_was_sealed_comes_back(data: bytes) -> None:
    sealed = MOH.seal(data)
    assert MOH.open(sealed) == data
    assert len(data) < 8 or data not in sealed.body


def test_equal_bytes_have_one_address_in_an_agency_and_another_in_every_other() -> None:
    one, two, other = MOH.seal(b"same"), MOH.seal(b"same"), MOF.seal(b"same")
    assert one.address == two.address != other.address
    assert len({one.body, two.body, other.body}) == 3
    assert len({one.key, two.key, other.key}) == 3


@pytest.mark.parametrize("part", ["address", "key", "body"])
def test_any_changed_byte_is_refused(part: str) -> None:
    sealed = MOH.seal(b"what a machine said")
    good = getattr(sealed, part)
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 1
        with pytest.raises(TrustError, match="changed"):
            MOH.open(replace(sealed, **{part: bytes(bad)}))
    with pytest.raises(TrustError):
        MOH.open(replace(sealed, **{part: b""}))


def test_a_key_or_body_from_another_place_does_not_open() -> None:
    one, two = MOH.seal(b"one"), MOH.seal(b"two")
    for mixed in (Sealed(one.address, two.key, one.body), Sealed(one.address, one.key, two.body),
                  Sealed(two.address, one.key, one.body)):  # fmt: skip
        with pytest.raises(TrustError):
            MOH.open(mixed)
    with pytest.raises(TrustError):
        MOF.open(one)


def test_an_agency_s_keys_open_with_their_master_key_and_in_their_place_only() -> None:
    wrapped = MASTER.wrap(MOH)
    assert MASTER.unwrap(wrapped, "moh", 1) == MOH
    for master, agency, generation in ((Master.new(), "moh", 1), (MASTER, "mof", 1), (MASTER, "moh", 2)):
        with pytest.raises(TrustError, match="does not open"):
            master.unwrap(wrapped, agency, generation)


def test_rotating_wraps_keys_anew_and_leaves_bodies_and_addresses() -> None:
    sealed, after = MOH.seal(b"data"), MOH.next()
    moved = replace(sealed, key=after.wrap(MOH.unwrap(sealed.key, sealed.address), sealed.address))
    assert after.open(moved) == b"data"
    assert after.address(b"data") == sealed.address
    assert after.secrets()[:32] != MOH.secrets()[:32]
    with pytest.raises(TrustError):
        MOH.open(moved)
    with pytest.raises(TrustError):
        after.open(sealed)


def test_the_format_is_what_the_docs_say() -> None:
    sealed = MOH.seal(b"data")
    key = AESGCM(MOH.secrets()[:32]).decrypt(
        sealed.key[:12], sealed.key[12:], b"pepperbird/1\0agency key\0moh\x001\0" + sealed.address
    )
    name = b"pepperbird/1\0blob\0moh\0" + sealed.address.hex().encode() + b"\0"
    assert AESGCM(key).decrypt(sealed.body[:12], sealed.body[12:], name) == b"data"


def test_no_key_shows_itself() -> None:
    secret = MASTER.text().partition(":")[2]
    assert secret not in repr(MASTER) + MASTER.id
    assert MOH.secrets().hex()[:20] not in repr(MOH).encode().hex()
    assert "_wrapping" not in repr(MOH)
    assert master_of(MASTER.text() + "\n") == MASTER


@pytest.mark.parametrize("text", ["", "hunter2", "pepperbird-master-1:", "pepperbird-master-1:aGVsbG8=", "é" * 40])
def test_something_else_than_a_master_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(TrustError, match="new-master") as refused:
        master_of(text)
    assert len(text) < 6 or text not in str(refused.value)
