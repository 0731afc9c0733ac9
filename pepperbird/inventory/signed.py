"""The signature of an agency's register or plan, `<id>.signed.json` beside its file: where it lies, and its bytes."""

from __future__ import annotations

from pathlib import Path

from pepperbird.errors import SiteError

SUFFIX = ".signed.json"
MOST = 32 * 1024 * 1024


def signature_path(root: Path, agency: str, folder: str = "agencies") -> Path:
    return root / folder / f"{agency}{SUFFIX}"


def read_signature(root: Path, agency: str, folder: str = "agencies") -> bytes | None:
    """The bytes, None where there is no signature. Raises SiteError where they cannot be read."""
    path = signature_path(root, agency, folder)
    try:
        with path.open("rb") as file:
            return file.read(MOST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SiteError(f"{path}: cannot be read: {error.strerror}") from error
