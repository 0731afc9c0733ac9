"""DSSE envelopes: a statement with the signatures over it, written one way only.

What is signed is the pre-authentication encoding (PAE), so that nobody has to agree on JSON to verify. An envelope
without signatures is how an unsigned record is kept: it says what it says, and that nobody signed it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pepperbird.errors import TrustError
from pepperbird.trust.canonical import canonical, parse
from pepperbird.trust.keys import KEY_ID, Signer, holds
from pepperbird.trust.statement import Statement, statement_of

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True)
class Signature:
    key_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """The bytes of a statement and the signatures over them."""

    payload: bytes
    signatures: tuple[Signature, ...] = ()

    @property
    def statement(self) -> Statement:
        """Raises TrustError where the payload is none."""
        return statement_of(self.payload)

    @property
    def key_id(self) -> str:
        """The id of the first key that signed; '' for an unsigned record."""
        return self.signatures[0].key_id if self.signatures else ""

    def to_bytes(self) -> bytes:
        """The envelope as JSON, on one line."""
        return canonical(
            {
                "payload": base64.b64encode(self.payload).decode(),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [
                    {"keyid": one.key_id, "sig": base64.b64encode(one.value).decode()} for one in self.signatures
                ],
            }
        )


def pae(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """DSSEv1 pre-authentication encoding: the bytes that a signature is over."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(statement: Statement, *signers: Signer) -> Envelope:
    """`statement` signed by each of `signers`; by none where there are none."""
    payload = statement.payload()
    message = pae(payload)
    return Envelope(payload, tuple(Signature(one.key_id, one.sign(message)) for one in signers))


def envelope_of(data: bytes) -> Envelope:
    """The envelope of bytes. Raises TrustError for anything that `to_bytes` would not write."""
    value = parse(data, "the envelope")
    if not isinstance(value, dict) or set(value) != {"payload", "payloadType", "signatures"}:
        raise TrustError("the envelope has other parts than a DSSE envelope")
    if value["payloadType"] != PAYLOAD_TYPE or not isinstance(value["signatures"], list):
        raise TrustError("not an envelope around an in-toto statement")
    signatures = tuple(_signature(one) for one in value["signatures"])
    if len({one.key_id for one in signatures}) != len(signatures):
        raise TrustError("the envelope is signed twice by one key")
    return Envelope(_bytes(value["payload"]), signatures)


def signers_of(envelope: Envelope, keys: Mapping[str, bytes]) -> tuple[str, ...]:
    """The ids of the keys that signed, each verified against `keys` (id -> public key).

    Raises TrustError where any signature does not hold or is by a key that is not there: one bad signature beside a
    good one is no accident.
    """
    message = pae(envelope.payload)
    for one in envelope.signatures:
        public = keys.get(one.key_id)
        if public is None:
            raise TrustError(f"signed by the key {one.key_id[:16]}, which the key list does not have")
        if not holds(public, one.value, message):
            raise TrustError(f"the signature by {one.key_id[:16]} does not hold: what was signed was changed")
    return tuple(one.key_id for one in envelope.signatures)


def _signature(value: Any) -> Signature:
    if not isinstance(value, dict) or set(value) != {"keyid", "sig"}:
        raise TrustError("a signature of the envelope has other parts than a DSSE signature")
    if not isinstance(value["keyid"], str) or not KEY_ID.fullmatch(value["keyid"]):
        raise TrustError("a signature of the envelope does not name its key")
    return Signature(value["keyid"], _bytes(value["sig"]))


def _bytes(text: Any) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise TrustError("the envelope is not base64 where it should be") from error
    if base64.b64encode(data).decode() != text:
        raise TrustError("the envelope's base64 is not in its one form")
    return data
