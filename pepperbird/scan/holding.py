"""What the site declares and one person signs for an agency (its register, its plan): which of the records holds now.

The newest record that holds decides. What is signed in a file of the site is recorded when it is met first, and is
never older than what was recorded before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pepperbird.errors import TrustError
from pepperbird.store.signed import SignedRecord
from pepperbird.trust.days import still_to_come
from pepperbird.trust.envelope import Envelope
from pepperbird.trust.keyring import NEXT, KeyRing
from pepperbird.trust.statement import Kind, Statement


class Said(Protocol):
    """What was signed: of which agency, when, and the digest of its one form."""

    @property
    def agency(self) -> str: ...

    @property
    def at(self) -> str: ...

    @property
    def digest(self) -> str: ...


S = TypeVar("S", bound=Said)


@dataclass(frozen=True)
class Signable(Generic[S]):
    """One kind of thing that is signed.

    `folder` of the site holds the file and the signature beside it. `read` gives what a statement says; `holder` who
    signed it at a moment for an agency, by the id of the key, and raises TrustError for somebody who may not.
    """

    kind: Kind
    what: str
    folder: str
    read: Callable[[Statement], S]
    holder: Callable[[KeyRing, str, str, str], str]


@dataclass(frozen=True)
class Holding(Generic[S]):
    """A recorded statement that holds, whose key signed it, and the holder of that key."""

    said: S
    key: str
    by: str


def newest(what: Signable[S], records: Sequence[SignedRecord], ring: KeyRing, agency: str) -> list[Holding[S]]:
    """What was recorded last for an agency of what holds; before it the last that said something else."""
    found: list[Holding[S]] = []
    for one in _holding(what, records, ring, agency):
        if not found or one.said.digest != found[0].said.digest:
            found.append(one)
        if len(found) > 1:
            break
    return found[::-1]


def check(
    what: Signable[S], envelope: Envelope, agency: str, records: Sequence[SignedRecord], ring: KeyRing, at: str
) -> S:
    """What is not recorded yet. Raises TrustError for what nobody signed who may, or what was signed before."""
    found = what.read(envelope.statement)
    if found.agency != agency:
        raise TrustError(f"it is the {what.what} of {found.agency}")
    what.holder(ring, ring.signer(envelope, what.kind, at, NEXT, agency), agency, at)
    if still_to_come(found.at, at):
        raise TrustError(f"it says that it is signed at {found.at}, which is still to come")
    held = newest(what, records, ring, agency)
    if held and held[-1].said.at > found.at:
        raise TrustError(f"it is old: signed on {found.at}, and one signed on {held[-1].said.at} was recorded")
    return found


def refusal(what: Signable[S], records: Sequence[SignedRecord], ring: KeyRing, agency: str) -> str:
    """Why what was recorded last for an agency does not hold any more; '' where it does, or nothing was."""
    for record in reversed(records):
        if record.kind is what.kind and record.agency == agency:
            try:
                _held(what, record, ring)
            except TrustError as error:
                return str(error)
            return ""
    return ""


def _holding(what: Signable[S], records: Sequence[SignedRecord], ring: KeyRing, agency: str) -> Iterator[Holding[S]]:
    """Newest first."""
    for record in reversed(records):
        if record.kind is what.kind and record.agency == agency:
            try:
                yield _held(what, record, ring)
            except TrustError:
                continue


def _held(what: Signable[S], record: SignedRecord, ring: KeyRing) -> Holding[S]:
    key = record.signer(ring)
    by = what.holder(ring, key, record.agency, record.at)
    said = what.read(record.envelope.statement)
    if said.agency != record.agency:
        raise TrustError(f"it is the {what.what} of {said.agency}")
    return Holding(said, key, by)
