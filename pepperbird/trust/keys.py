"""Ed25519 keys: what a key may be used for, its id, signing and verifying. Where keys are kept: `keyfile`."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from pepperbird.errors import UsageError

PUBLIC_BYTES = 32
KEY_ID = re.compile(r"[0-9a-f]{64}")


class Purpose(StrEnum):
    """What the key list lets a key sign. A root key signs the list itself and nothing else."""

    ROOT = "root"
    CONTENT = "content"
    EVIDENCE = "evidence"
    INVENTORY = "inventory"
    ATTESTATION = "attestation"
    REVIEW = "review"
    WAIVER = "waiver"


class Signer(Protocol):
    """Whatever can sign: a key in a file here, a token or a service elsewhere."""

    @property
    def key_id(self) -> str: ...

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key, open in this process. It never shows itself: not in `repr`, not in a traceback."""

    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> PrivateKey:
        return cls(Ed25519PrivateKey.generate())

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._key.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        return key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def secret_bytes(self) -> bytes:
        """The 32 secret bytes, for `keyfile` alone."""
        return self._key.private_bytes_raw()


def key_id(public: bytes) -> str:
    """SHA-256 of the public key's 32 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(public).hexdigest()


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """True where `signature` is by that key over exactly `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_pem(public: bytes) -> bytes:
    """The public key as other tools read it (`openssl pkey -pubin`)."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_of_pem(pem: bytes, name: str) -> bytes:
    """The 32 bytes of a public key in PEM. Raises UsageError, also for a private key or one of another kind."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{name}: not a public key in PEM; `pepperbird keys export` writes one") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{name}: not an Ed25519 key")
    return key.public_bytes_raw()
