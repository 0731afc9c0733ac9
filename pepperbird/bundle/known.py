"""What is remembered about content that was checked whole and found good, so that it need not be checked again.

A file per digest, in a folder of the state directory. The digest pins every byte of the content, so only what follows
from those bytes is kept: what each check reads. Content with errors is never remembered, and `content lint` never asks.
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pepperbird import __version__

Reads = dict[str, frozenset[str]]
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Known:
    """`folder` is made when something is first remembered; one that cannot be written only costs the time."""

    folder: Path

    def reads(self, digest: str) -> Reads | None:
        """The namespaces that each check reads, None where this content was not checked by this version."""
        with contextlib.suppress(OSError, ValueError):
            path = self._path(digest)
            if path.stat().st_size <= MAX_BYTES:
                return _reads(json.loads(path.read_bytes()))
        return None

    def remember(self, digest: str, reads: Mapping[str, frozenset[str]]) -> None:
        """Remember good content; what was remembered of other content by other versions is forgotten."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            kept = sorted(self.folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
            for old in kept[: max(0, len(kept) - KEPT + 1)]:
                old.unlink()
            text = json.dumps({name: sorted(spaces) for name, spaces in sorted(reads.items())})
            with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False) as file:
                file.write(text)
            Path(file.name).replace(self._path(digest))

    def _path(self, digest: str) -> Path:
        return self.folder / f"{digest.removeprefix('sha256:')}-{_VERSION}.json"


KEPT = 8
_VERSION = re.sub(r"[^0-9A-Za-z.]", "-", __version__)


def _reads(value: object) -> Reads:
    if not isinstance(value, dict) or not all(isinstance(spaces, list) for spaces in value.values()):
        raise ValueError("not what is remembered of content")
    return {str(name): frozenset(map(str, spaces)) for name, spaces in value.items()}
