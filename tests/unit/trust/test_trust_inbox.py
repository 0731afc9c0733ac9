"""Bundles sealed to a public key: other code can send them, the receiver alone opens them, whole or not at all."""

from __future__ import annotations

import os

import pytest

from pepperbird.errors import TrustError
from pepperbird.trust.inbox import Inbox, seal_to
from tests.support.sender import send

INBOX = Inbox.new()


@pytest.mark.parametrize("data", [b"", b"what machines said", os.urandom(100_000)], ids=["none", "some", "much"])
def test_a_bundle_of_another_sender_and_our_own_open(data: bytes) -> None:
    assert INBOX.open(send(INBOX.public, data, os.urandom(32))) == data
    assert INBOX.open(seal_to(INBOX.public, data)) == data
    assert len(seal_to(INBOX.public, data)) == len(send(INBOX.public, data, os.urandom(32))) == 100 + len(data)


def test_equal_bundles_do_not_look_equal_and_show_nothing() -> None:
    one, two = (seal_to(INBOX.public, b"the same words") for _ in range(2))
    assert one[:52] == two[:52]
    assert one[52:84] != two[52:84]
    assert b"words" not in one


def test_any_changed_byte_is_refused() -> None:
    good = seal_to(INBOX.public, b"what machines said")
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 1
        with pytest.raises(TrustError):
            INBOX.open(bytes(bad))
    for cut in (good[:-1], good[:60], b"", good + b"\0"):
        with pytest.raises(TrustError):
            INBOX.open(cut)


def test_a_bundle_for_somebody_else_says_so() -> None:
    with pytest.raises(TrustError, match="another key"):
        INBOX.open(seal_to(Inbox.new().public, b"x"))
    with pytest.raises(TrustError, match="not an X25519"):
        seal_to(b"short", b"x")
    assert "X25519" not in repr(INBOX)
