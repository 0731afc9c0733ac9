"""The key list of a site: which public key may sign what, from when until when, and which are revoked.

The list is signed by its root key. A list that follows another keeps every key of it, has a higher serial, and is
signed by the root of the one before; so nobody can quietly drop a key, take a revocation back, or bring an old list.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from pepperbird.errors import TrustError
from pepperbird.model.base import Model, PositiveInt, Slug, Str, Text
from pepperbird.trust.canonical import canonical, sha256
from pepperbird.trust.envelope import Envelope, signers_of
from pepperbird.trust.keys import PUBLIC_BYTES, Purpose, key_id
from pepperbird.trust.statement import Kind, Statement, Subject

KeyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Moment = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]


class Revoked(Model):
    """Nothing that this key signed at `at` or later counts, nor anything recorded after the revocation was."""

    at: Moment
    reason: Text


class KeyEntry(Model):
    """One public key. `holder` is the person or process that alone has the private half."""

    id: KeyId
    public: Str
    name: Slug
    holder: Text
    may: tuple[Purpose, ...]
    agency: Slug | None = None
    """Set where the key may only sign for this agency."""
    since: Moment = Field(alias="from")
    until: Moment
    revoked: Revoked | None = None

    @property
    def key(self) -> bytes:
        """The 32 bytes. Raises TrustError where they are not, or do not give the id."""
        try:
            raw = base64.b64decode(self.public, validate=True)
        except (binascii.Error, ValueError) as error:
            raise TrustError(f"key {self.name}: `public` is not base64") from error
        if len(raw) != PUBLIC_BYTES or key_id(raw) != self.id:
            raise TrustError(f"key {self.name}: `id` is not the SHA-256 of `public`")
        return raw

    def refusal(self, purpose: Purpose, at: str) -> str:
        """Why this key may not have signed for `purpose` at `at`; '' where it may."""
        who = f"the key {self.name} ({self.id[:16]})"
        if purpose not in self.may:
            return f"{who} may not sign {purpose}"
        if _time(at) < _time(self.since):
            return f"{who} holds only from {self.since}"
        if _time(at) > _time(self.until):
            return f"{who} ended on {self.until}"
        if self.revoked is not None and _time(at) >= _time(self.revoked.at):
            return f"{who} was revoked on {self.revoked.at}: {self.revoked.reason}"
        return ""


class KeyList(Model):
    """Everything that the root signs. `at` is when it was signed."""

    serial: PositiveInt
    at: Moment
    root: KeyId
    keys: tuple[KeyEntry, ...]

    def find(self, identity: str) -> KeyEntry:
        """The key of that id. Raises TrustError."""
        for one in self.keys:
            if one.id == identity:
                return one
        raise TrustError(f"the key list does not have the key {identity[:16]}")

    def publics(self) -> Mapping[str, bytes]:
        return {one.id: one.key for one in self.keys}

    def statement(self) -> Statement:
        value = self.model_dump(mode="json", by_alias=True)
        return Statement(Kind.KEYS, (Subject("keys.yaml", sha256(canonical(value))),), value)


@dataclass(frozen=True, slots=True)
class SignedKeys:
    """A key list with its envelope, verified."""

    keys: KeyList
    envelope: Envelope

    @property
    def digest(self) -> str:
        return sha256(self.envelope.payload)


def verified(envelope: Envelope, root: str | None = None) -> SignedKeys:
    """The key list of an envelope. Raises TrustError where its root (`root`, where given) did not sign it."""
    statement = envelope.statement
    if statement.kind is not Kind.KEYS:
        raise TrustError(f"a key list is expected, this is a statement about {statement.kind}")
    try:
        keys = KeyList.model_validate(dict(statement.predicate))
    except ValueError as error:
        raise TrustError("the key list has parts that this version cannot read") from error
    if keys.statement() != statement:
        raise TrustError("the key list is not what its statement says")
    if root is not None and keys.root != root:
        raise TrustError(f"the root key is {keys.root[:16]}, not {root[:16]}, which you trust")
    keys.publics()
    for fault in _faults(keys):
        raise TrustError(fault)
    _signed_by(envelope, keys.find(keys.root), keys.at)
    return SignedKeys(keys, envelope)


def _signed_by(envelope: Envelope, root: KeyEntry, at: str) -> None:
    if root.id not in {one.key_id for one in envelope.signatures}:
        raise TrustError(f"the key list is not signed by the root key {root.id[:16]}")
    theirs = tuple(one for one in envelope.signatures if one.key_id == root.id)
    signers_of(Envelope(envelope.payload, theirs), {root.id: root.key})
    if refusal := root.refusal(Purpose.ROOT, at):
        raise TrustError(refusal)


def follow(before: SignedKeys, after: SignedKeys) -> None:
    """Raises TrustError where `after` may not come after `before`."""
    old, new = before.keys, after.keys
    if after.digest == before.digest:
        return
    if new.serial <= old.serial:
        raise TrustError(f"an old key list: its serial is {new.serial}, and {old.serial} was recorded before it")
    _signed_by(after.envelope, old.find(old.root), new.at)
    for one in old.keys:
        kept = new.find(one.id)
        same = (one.public, one.name, one.holder, one.may, one.agency, one.since)
        if same != (kept.public, kept.name, kept.holder, kept.may, kept.agency, kept.since):
            raise TrustError(f"the key {one.name} ({one.id[:16]}) was given other rights; make a new key instead")
        if one.revoked is not None and kept.revoked != one.revoked:
            raise TrustError(f"the revocation of the key {one.name} ({one.id[:16]}) was taken back")


def _faults(keys: KeyList) -> Iterator[str]:
    ids = [one.id for one in keys.keys]
    if len(set(ids)) != len(ids):
        yield "the key list has a key twice"
    for one in keys.keys:
        if Purpose.ROOT in one.may and len(one.may) > 1:
            yield f"key {one.name}: a root key signs the key list and nothing else"
        if _time(one.until) <= _time(one.since):
            yield f"key {one.name}: ends before it begins"
    if keys.root not in ids:
        yield "the key list does not have its own root key"


def _time(text: str) -> Any:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise TrustError(f"{text!r} is no time") from error
