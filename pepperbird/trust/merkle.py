"""One digest over many pieces of evidence: a Merkle tree as in RFC 6962, in the order of their names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pepperbird.trust.canonical import canonical
from pepperbird.trust.statement import Subject


def merkle_root(subjects: Sequence[Subject]) -> str:
    """`sha256:` and the root over (name, digest) of each; the order in which they come does not matter."""
    leaves = [_leaf(one) for one in sorted(subjects, key=lambda one: one.name)]
    return "sha256:" + _root(leaves).hex()


def _leaf(subject: Subject) -> bytes:
    return hashlib.sha256(b"\x00" + canonical([subject.name, subject.digest])).digest()


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()
