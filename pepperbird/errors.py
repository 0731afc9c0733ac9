"""Every error a caller may see, in one tree.

PepperbirdError
├── InputError            somebody gave us something wrong: exit status 2, never a traceback
│   ├── ContentError      the content folders (policies, baselines, checks, collectors, reports)
│   ├── SiteError         the site inventory
│   └── UsageError        the call itself: an unknown agency, a bad target, a missing file
├── CollectError          this machine cannot collect (not: a target did not answer; that is a Gap)
├── StoreError            the store is locked, full, read-only, or of a newer version
└── TrustError            a signature, a key, the key list or the ledger does not hold

A target that hangs, refuses or lies is never an exception: it is a Gap, a value that is judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Issue:
    """One thing wrong in a file, and what to do about it.

    `line` and `column` count from 1; 0 means the file as a whole. `str()` gives the one form that users see,
    `file:line:column: what is wrong; what to do`.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}"


class PepperbirdError(Exception):
    """Base of all errors that pepperbird raises on purpose."""


class InputError(PepperbirdError):
    """Something that was given to us is wrong; `issues` holds all of it, located and sorted."""

    def __init__(self, issues: Iterable[Issue] | str) -> None:
        self.issues: tuple[Issue, ...] = () if isinstance(issues, str) else tuple(sorted(set(issues)))
        super().__init__(issues if isinstance(issues, str) else "\n".join(map(str, self.issues)))


class ContentError(InputError):
    """The content folders are not usable."""


class SiteError(InputError):
    """The site inventory is not usable."""


class UsageError(InputError):
    """The call cannot be carried out as it was made."""


class CollectError(PepperbirdError):
    """This machine cannot collect at all (no shell program, no key to log in with, no file descriptors left)."""


class StoreError(PepperbirdError):
    """The store cannot be read or written; nothing was half-written."""


class TrustError(PepperbirdError):
    """A signature, a key, the key list or the ledger does not hold; the message says which and why."""
