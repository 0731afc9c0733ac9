"""Find the content: an explicit path, else the installed package's own, else the checkout that the package stands in.

All five folders must be there; a partial content would judge by half a standard, so it is refused by name.
"""

from __future__ import annotations

from pathlib import Path

import pepperbird
from pepperbird.bundle.archive import FOLDERS
from pepperbird.errors import ContentError


def find_content(explicit: Path | None = None) -> Path:
    """The folder that holds the five content folders. Raises ContentError that names what is missing."""
    if explicit is not None:
        return _whole(explicit, "choose the folder that holds all five")
    package = Path(pepperbird.__file__).resolve().parent
    inside = package / "content"
    return _whole(inside if inside.is_dir() else package.parent, "install pepperbird again, or give --content PATH")


def _whole(root: Path, remedy: str) -> Path:
    if not root.is_dir():
        raise ContentError(f"content: {root} is not a folder; {remedy}")
    missing = [name for name in FOLDERS if not (root / name).is_dir()]
    if missing:
        raise ContentError(f"content: {root} lacks {', '.join(f'`{name}/`' for name in missing)}; {remedy}")
    return root
