"""Who may have signed what, by every key list that was ever recorded.

The newest list decides; a revocation counts from when it was recorded, whatever a signature says of its own time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pepperbird.errors import TrustError
from pepperbird.trust.envelope import Envelope, signers_of
from pepperbird.trust.keylist import SignedKeys, follow
from pepperbird.trust.statement import PURPOSE, Kind

NEXT = 1 << 62
"""Stands for the number of an entry that is still to be made: after every revocation that was recorded."""


@dataclass(frozen=True)
class KeyRing:
    """`revoked` maps a key id to the number of the ledger entry with which its revocation was recorded.

    `roots` are the ids of the root keys in turn; each later list was signed by the root before it too.
    """

    newest: SignedKeys | None = None
    revoked: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()

    def signer(
        self, envelope: Envelope, kind: Kind, at: str, number: int | None = None, agency: str | None = None
    ) -> str:
        """The id of the key that signed, '' for an unsigned record.

        Raises TrustError where the envelope is about something else, or a key that signed it may not have at `at`, or
        its revocation stood in the ledger before entry `number`. With `agency`, a key that may sign for one agency only
        must be that agency's.
        """
        if envelope.statement.kind is not kind:
            raise TrustError(f"a statement about {kind} is expected, this is one about {envelope.statement.kind}")
        if not envelope.signatures:
            return ""
        if self.newest is None:
            raise TrustError(f"signed by the key {envelope.key_id[:16]}, and no key list was recorded")
        keys = self.newest.keys
        signed = {one.key_id for one in envelope.signatures}
        for identity in signers_of(envelope, {one.id: one.key for one in keys.keys if one.id in signed}):
            if refusal := keys.find(identity).refusal(PURPOSE[kind], at):
                raise TrustError(refusal)
            entry = keys.find(identity)
            if agency is not None and entry.agency not in (None, agency):
                raise TrustError(f"the key {entry.name} ({identity[:16]}) may sign for {entry.agency} only")
            if number is not None and number > self.revoked.get(identity, number):
                name = keys.find(identity).name
                raise TrustError(f"the key {name} ({identity[:16]}) was revoked before this was recorded")
        return envelope.key_id


def ring_of(history: Iterable[tuple[int, SignedKeys]]) -> KeyRing:
    """The ring of all recorded lists, oldest first, with the number of the ledger entry of each."""
    newest: SignedKeys | None = None
    revoked: dict[str, int] = {}
    faults: list[str] = []
    roots: list[str] = []
    for number, signed in history:
        try:
            if newest is not None:
                follow(newest, signed)
        except TrustError as error:
            faults.append(f"ledger entry {number}: {error}")
            continue
        newest = signed
        roots.append(signed.keys.root)
        for one in signed.keys.keys:
            if one.revoked is not None:
                revoked.setdefault(one.id, number)
    return KeyRing(newest, revoked, tuple(faults), tuple(dict.fromkeys(roots)))
