"""Content is found whole or refused by the name of what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.bundle.archive import FOLDERS
from pepperbird.bundle.find import find_content
from pepperbird.errors import ContentError


def folders(root: Path, leave: str = "") -> Path:
    for name in FOLDERS:
        if name != leave:
            (root / name).mkdir()
    return root


def test_an_explicit_folder_is_taken(tmp_path: Path) -> None:
    assert find_content(folders(tmp_path)) == tmp_path


@pytest.mark.parametrize("name", FOLDERS)
def test_a_missing_folder_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContentError, match=f"lacks `{name}/`"):
        find_content(folders(tmp_path, leave=name))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="is not a folder"):
        find_content(tmp_path / "none")
