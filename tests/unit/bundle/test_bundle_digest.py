"""The digest covers every file of the five folders: its bytes and its place, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pepperbird.bundle.read import read_bundle
from pepperbird.errors import ContentError
from tests.support.content import TREE, write_content


def digest(root: Path) -> str:
    return read_bundle(root).digest


def test_the_same_content_elsewhere_has_the_same_digest(tmp_path: Path) -> None:
    first = digest(write_content(tmp_path / "a"))
    second = write_content(tmp_path / "b")
    (second / "elsewhere.txt").write_text("not content")
    assert digest(second) == first
    assert first.startswith("sha256:")
    assert len(first) == 71


@pytest.mark.parametrize("path", [p for p in TREE if not p.endswith(".yaml")] + ["checks/disk/mode.yaml"])
def test_every_file_counts(tmp_path: Path, path: str) -> None:
    before = digest(write_content(tmp_path / "a"))
    comment = "\n# one more line\n"
    assert digest(write_content(tmp_path / "b", {path: TREE[path] + comment})) != before


def test_a_moved_file_counts(tmp_path: Path) -> None:
    before = digest(write_content(tmp_path / "a"))
    old = "collectors/disk/samples/state/one.txt"
    changes = {old: None, "collectors/disk/samples/state/two.txt": TREE[old]}
    assert digest(write_content(tmp_path / "b", changes)) != before


@pytest.mark.parametrize(
    "path",
    [
        "checks/mode.yaml", "checks/disk/more/mode.yaml", "checks/disk/mode.yml", "checks/disk/Mode.yaml",
        "policies/README.md", "collectors/disk/probe.py", "collectors/disk/notes.txt", "collectors/program/middle.sh",
        "baselines/.hidden.yaml", "checks/disk/mode.yaml~", "reports/html/__pycache__/x.html", "policies/lists/A.yaml",
    ],
)  # fmt: skip
def test_a_file_that_nothing_reads_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(ContentError) as caught:
        read_bundle(write_content(tmp_path, {path: "x: y\n"}))
    assert [issue.file for issue in caught.value.issues] == [path]
    assert "nothing reads a file of this name" in str(caught.value)


def test_a_file_name_that_acts_is_shown_and_does_nothing(tmp_path: Path) -> None:
    root = write_content(tmp_path)
    (root / "checks" / "disk" / "a\x1b[2Jb.yaml").write_text("x: y\n")
    with pytest.raises(ContentError) as caught:
        read_bundle(root)
    assert str(caught.value).startswith("checks/disk/a\\x1b[2Jb.yaml: ")


def test_a_file_name_that_is_not_text_is_refused(tmp_path: Path) -> None:
    root = write_content(tmp_path)
    (root / "reports" / "html" / os.fsdecode(b"\xff.css")).write_text("x")
    with pytest.raises(ContentError, match="nothing reads a file of this name"):
        read_bundle(root)


def test_a_link_is_refused(tmp_path: Path) -> None:
    root = write_content(tmp_path / "content")
    (tmp_path / "outside.yaml").write_text(TREE["checks/disk/mode.yaml"])
    (root / "checks/disk/mode.yaml").unlink()
    (root / "checks/disk/mode.yaml").symlink_to(tmp_path / "outside.yaml")
    with pytest.raises(ContentError, match=r"checks/disk/mode\.yaml: a link"):
        read_bundle(root)


def test_a_folder_that_may_not_be_read_is_named_and_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, real = write_content(tmp_path), os.scandir

    def scandir(path: str) -> object:
        if path.endswith("checks/disk"):
            raise PermissionError(13, "Permission denied")  # root, as whom tests run, is never refused
        return real(path)

    monkeypatch.setattr("pepperbird.bundle.archive.os.scandir", scandir)
    with pytest.raises(ContentError, match="checks/disk: cannot be read: Permission denied; give the right to read it"):
        read_bundle(root)
