"""Bundles from outside, sealed to a public key: who sends can seal, and only who receives can open.

HPKE (RFC 9180, base mode) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM. A bundle is

    "pepperbird-sealed-1\\n"   20 bytes
    key id                    32 bytes: SHA-256 of the receiver's public key
    enc                       32 bytes: the sender's one-time public key
    sealed                    the data and a tag of 16 bytes

and `info` of HPKE is its first 52 bytes. Sealing says nothing of who sent it: what is inside is signed for that.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from pepperbird.errors import TrustError

MAGIC = b"pepperbird-sealed-1\n"
_HEAD = len(MAGIC) + 32
_LEAST = _HEAD + 32 + 16
MAX_BYTES = 256 * 1024 * 1024


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def head(public: bytes) -> bytes:
    """The first 52 bytes of every bundle to that public key (its 32 bytes)."""
    return MAGIC + hashlib.sha256(public).digest()


def seal_to(public: bytes, data: bytes) -> bytes:
    """A bundle that only the holder of the private key opens. Raises TrustError for a key that is none."""
    try:
        return head(public) + _suite().encrypt(data, X25519PublicKey.from_public_bytes(public), head(public))
    except ValueError as error:
        raise TrustError("not an X25519 public key") from error


@dataclass(frozen=True, slots=True)
class Inbox:
    """The private key that bundles are sealed to. It never shows itself."""

    _key: X25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> Inbox:
        return cls(X25519PrivateKey.generate())

    @property
    def public(self) -> bytes:
        """The 32 bytes that senders get."""
        return self._key.public_key().public_bytes_raw()

    def open(self, bundle: bytes) -> bytes:
        """What was sealed. Raises TrustError for another receiver's bundle, or one with any byte changed."""
        if not _LEAST <= len(bundle) <= MAX_BYTES or not bundle.startswith(MAGIC):
            raise TrustError("not a sealed bundle of pepperbird")
        if bundle[:_HEAD] != head(self.public):
            raise TrustError("the bundle is sealed to another key")
        try:
            return _suite().decrypt(bundle[_HEAD:], self._key, bundle[:_HEAD])
        except (InvalidTag, ValueError) as error:
            raise TrustError("the bundle was changed on its way, or cut") from error
