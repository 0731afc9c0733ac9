"""Reads the files of a site folder: bounded, only from inside the folder, and everything odd is told.

Nothing is passed over in silence: a file that the register does not know is an issue, because somebody who wrote
`lra.yml` believes that it is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pepperbird.errors import Issue
from pepperbird.inventory.signed import SUFFIX
from pepperbird.located.document import Document, parse_bytes
from pepperbird.model.text import clean

MAX_YAML = 8 * 1024 * 1024
MAX_DOCUMENT = 256 * 1024 * 1024
_NOTES = frozenset({".gitkeep", "README.md"})
_CHUNK = 1024 * 1024


class SiteFolder:
    """One site folder. Methods note what is wrong in `issues` and give None or nothing instead of raising."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.issues: list[Issue] = []
        self._real = root.resolve()

    def note(self, path: Path, message: str) -> None:
        """An issue about the file as a whole."""
        self.issues.append(Issue(clean(str(path), 1000), 0, 0, message))

    def records(self, folder: Path) -> Iterator[Path]:
        """The `*.yaml` files right in `folder`, sorted; whatever else lies there is an issue, but their signatures."""
        for path in self._entries(folder):
            if path.suffix == ".yaml" and not path.name.startswith("."):
                yield path
            elif path.name.endswith(SUFFIX) and path.with_name(path.name.removesuffix(SUFFIX) + ".yaml").exists():
                continue
            elif path.is_dir():
                self.note(path, f"a folder, which {folder.name}/ does not have; move its files up or out of the site")
            else:
                self.note(path, _unknown(path, folder))

    def folders(self, folder: Path) -> Iterator[Path]:
        """The folders right in `folder`, sorted; files there are issues."""
        for path in self._entries(folder):
            if path.is_dir():
                if self._inside(path):
                    yield path
            else:
                self.note(path, f"a file that belongs to no agency; put it into {folder.name}/<agency id>/")

    def documents(self, folder: Path) -> Iterator[Path]:
        """The `*.yaml` records right in `folder`, where the documents that they describe may lie beside them."""
        for path in self._entries(folder):
            if path.suffix == ".yaml" and not path.name.startswith("."):
                yield path
            elif path.suffix == ".yml":
                self.note(path, _unknown(path, folder))

    def read(self, path: Path) -> Document | None:
        """The parsed file, or None with the issue noted."""
        if not self._inside(path):
            return None
        try:
            if not path.is_file():
                self.note(path, "not a plain file; replace it with a YAML file")
                return None
            with path.open("rb") as file:
                raw = file.read(MAX_YAML + 1)
        except OSError as error:
            self.note(path, f"cannot be read ({error.strerror}); give this account the right to read it")
            return None
        if len(raw) > MAX_YAML:
            self.note(
                path, f"larger than {MAX_YAML // 1024 // 1024} MB; split the agency or remove what is not register"
            )
            return None
        return parse_bytes(raw, clean(str(path), 1000))

    def digest(self, path: Path) -> str | None:
        """SHA-256 over a document, None where there is none; a document that cannot be read is an issue."""
        if not self._inside(path, missing_ok=True) or not path.exists():
            return None
        if not path.is_file():
            self.note(path, "not a plain file; put the document itself there")
            return None
        try:
            return self._sum(path)
        except OSError as error:
            self.note(path, f"cannot be read ({error.strerror}); give this account the right to read it")
            return None

    def _sum(self, path: Path) -> str | None:
        total, seen = hashlib.sha256(), 0
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                seen += len(chunk)
                if seen > MAX_DOCUMENT:
                    self.note(path, f"larger than {MAX_DOCUMENT // 1024 // 1024} MB; store a smaller copy (PDF)")
                    return None
                total.update(chunk)
        return total.hexdigest()

    def _entries(self, folder: Path) -> list[Path]:
        if not folder.exists() and not folder.is_symlink():
            return []
        if not self._inside(folder):
            return []
        try:
            return sorted(path for path in folder.iterdir() if path.name not in _NOTES)
        except NotADirectoryError:
            self.note(folder, "a file, where a folder belongs; rename it")
        except OSError as error:
            self.note(folder, f"cannot be read ({error.strerror}); give this account the right to read it")
        return []

    def _inside(self, path: Path, *, missing_ok: bool = False) -> bool:
        """False, with the issue noted, where links lead `path` out of the site folder, in a circle, or nowhere."""
        try:
            real = path.resolve(strict=True)
        except FileNotFoundError:
            if path.is_symlink():
                self.note(path, "a link to nothing; replace it with the file itself")
                return False
            real = path.resolve()
            if not missing_ok:
                self.note(path, "vanished while the site was read; run again")
                return False
        except (OSError, RuntimeError) as error:
            self.note(
                path,
                f"cannot be followed ({getattr(error, 'strerror', None) or error}); replace it with the file itself",
            )
            return False
        if real.is_relative_to(self._real):
            return True
        self.note(path, "leads out of the site folder; copy the file into the site")
        return False


def _unknown(path: Path, folder: Path) -> str:
    if path.suffix in (".yml", ".YAML", ".YML", ".json"):
        return f"not read: a record is named {path.stem}.yaml; rename it"
    return f"not a file that {folder.name}/ has; remove it, or move it out of the site"
