"""Sealing at rest: a random key for each blob, wrapped by its agency's key, which the master key wraps.

Everything is AES-256-GCM and bound to its place, so that a wrapped key or a body put elsewhere does not open. A blob's
address is an HMAC under a secret of its agency: equal bytes of two agencies have unlike addresses. Keys are wrapped
anew when one above them changes; bodies and addresses never change. Nothing here is stored or read from anywhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pepperbird.errors import TrustError

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
_HEAD = "pepperbird-master-1:"


@dataclass(frozen=True, slots=True)
class Master:
    """The master key, open in this process. It never shows itself; `id` names it and gives nothing away."""

    _key: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Master:
        return cls(os.urandom(KEY_BYTES))

    @property
    def id(self) -> str:
        return hashlib.sha256(b"pepperbird master key id\0" + self._key).hexdigest()[:32]

    def text(self) -> str:
        """The line that its file holds."""
        return _HEAD + base64.b64encode(self._key).decode()

    def wrap(self, keys: AgencyKeys) -> bytes:
        return _sealed(self._key, keys.secrets(), keys.name())

    def unwrap(self, wrapped: bytes, agency: str, generation: int) -> AgencyKeys:
        """Raises TrustError where they were wrapped by another master key, or changed."""
        named = AgencyKeys(agency, generation, b"", b"")
        try:
            both = _opened(self._key, wrapped, named.name())
        except InvalidTag:
            raise TrustError(f"the key of agency {agency} does not open with this master key") from None
        return AgencyKeys(agency, generation, both[:KEY_BYTES], both[KEY_BYTES:])


def master_of(text: str) -> Master:
    """The master key of its line. Raises TrustError for anything else, without showing it."""
    try:
        key = base64.b64decode(text.strip().removeprefix(_HEAD), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.strip().startswith(_HEAD) or len(key) != KEY_BYTES:
        raise TrustError("this is not a master key; `pepperbird keys new-master` makes one")
    return Master(key)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A blob as it is kept: where, the key that opens it (wrapped by the agency's), and its sealed bytes."""

    address: bytes
    key: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """An agency's two secrets: one wraps the keys of its blobs, one makes their addresses.

    The first is replaced by `next`, the second is for ever: it opens nothing.
    """

    agency: str
    generation: int
    _wrapping: bytes = field(repr=False)
    _addressing: bytes = field(repr=False)

    @classmethod
    def new(cls, agency: str, generation: int = 1) -> AgencyKeys:
        return cls(agency, generation, os.urandom(KEY_BYTES), os.urandom(KEY_BYTES))

    def next(self) -> AgencyKeys:
        """The keys that follow these: other wrapping, the same addresses."""
        return AgencyKeys(self.agency, self.generation + 1, os.urandom(KEY_BYTES), self._addressing)

    def secrets(self) -> bytes:
        """For `Master.wrap` alone."""
        return self._wrapping + self._addressing

    def name(self) -> bytes:
        return _named("agency key", self.agency, str(self.generation))

    def address(self, data: bytes) -> bytes:
        return hmac.digest(self._addressing, data, "sha256")

    def seal(self, data: bytes) -> Sealed:
        """`data` under a key of its own. Equal bytes of one agency have one address, and other bodies."""
        address, key = self.address(data), os.urandom(KEY_BYTES)
        return Sealed(address, self.wrap(key, address), _sealed(key, data, _named("blob", self.agency, address.hex())))

    def wrap(self, key: bytes, address: bytes) -> bytes:
        return _sealed(self._wrapping, key, self.name() + address)

    def unwrap(self, wrapped: bytes, address: bytes) -> bytes:
        """The key of one blob. Raises TrustError."""
        try:
            return _opened(self._wrapping, wrapped, self.name() + address)
        except InvalidTag:
            raise TrustError(f"the key of a sealed record of agency {self.agency} was changed") from None

    def open(self, sealed: Sealed) -> bytes:
        """What was sealed. Raises TrustError where any byte of it, or its place, was changed."""
        key = self.unwrap(sealed.key, sealed.address)
        try:
            return _opened(key, sealed.body, _named("blob", self.agency, sealed.address.hex()))
        except InvalidTag:
            raise TrustError(f"a sealed record of agency {self.agency} was changed") from None


def _named(*parts: str) -> bytes:
    return "\0".join(("pepperbird/1", *parts, "")).encode()


def _sealed(key: bytes, data: bytes, name: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, name)


def _opened(key: bytes, data: bytes, name: bytes) -> bytes:
    if len(data) < NONCE_BYTES + TAG_BYTES:
        raise InvalidTag
    return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], name)
