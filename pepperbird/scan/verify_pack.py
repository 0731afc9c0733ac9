"""Verify a pack: every byte of it, then everything that verifying a run of a store does. Contacts nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pepperbird.errors import PepperbirdError, TrustError
from pepperbird.scan.packed import PackSource
from pepperbird.scan.verify import Catalogs, Verified, verify
from pepperbird.scan.verify_ledger import Book
from pepperbird.trust.ledger import Checkpoint
from pepperbird.trust.onefile import OneFile, opened


def verify_pack(
    path: Path,
    *,
    checkpoints: Sequence[Checkpoint] = (),
    root: str | None = None,
    judge: bool = True,
    catalogs: Catalogs | None = None,
) -> Verified:
    """What verifying the pack at `path` comes to. Nothing in it raises: what is wrong stands in `faults`."""
    with opened(path) as file:
        try:
            pack = OneFile(file)
        except TrustError as error:
            return Verified(Book(), [f"not a pack as pepperbird writes it: {error}"])
        changed = list(pack.changed())
        try:
            source = PackSource(pack)
            found = verify(
                source, [source.about.run], checkpoints=checkpoints, root=root, judge=judge, catalogs=catalogs
            )
        except PepperbirdError as error:
            return Verified(Book(), [*changed, str(error)])
        found.faults = changed + found.faults
        try:
            found.faults += source.faults(found.book.runs)
            found.faults += (f"{name} is no part of the pack of a run" for name in pack.unread())
        except PepperbirdError as error:
            found.faults.append(str(error))
        return found
