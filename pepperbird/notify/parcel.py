"""A parcel: one agency's report as it is delivered, and what one attempt to deliver it came to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a parcel; `name` is one of ours, `kind` its media type."""

    name: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Parcel:
    """`subject` and `text` are plain, on one line and on several; `at` is the time of the run."""

    agency: str
    run: str
    at: str
    subject: str
    text: str
    files: tuple[Attachment, ...]

    @property
    def digest(self) -> str:
        """Over all that a recipient gets: two parcels of the same digest are the same."""
        whole = hashlib.sha256()
        parts = [self.agency, self.run, self.subject, self.text, *(one.name for one in self.files)]
        for part in (*(one.encode() for one in parts), *(one.data for one in self.files)):
            whole.update(len(part).to_bytes(8, "big") + part)
        return f"sha256:{whole.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`later` failed in a way that may pass by itself; `refused` will fail again; `unsure` may have arrived."""

    state: Literal["sent", "later", "refused", "unsure"]
    said: str
