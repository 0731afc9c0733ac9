"""Content kept with a run: the same bytes for the same folders, and nothing unpacked outside of them."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from pepperbird.bundle.archive import pack_content, unpack_content
from pepperbird.bundle.read import read_bundle
from pepperbird.errors import ContentError
from tests.support.content import write_content


def test_packed_and_unpacked_it_is_the_same_content(tmp_path: Path) -> None:
    root = write_content(tmp_path / "content")
    unpack_content(pack_content(root), tmp_path / "again")
    before, after = read_bundle(root), read_bundle(tmp_path / "again")
    assert after.digest == before.digest
    assert after.checks == before.checks
    assert after.programs == before.programs


def test_the_same_folders_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = write_content(tmp_path / "a"), write_content(tmp_path / "b")
    for path in second.rglob("*"):
        os.utime(path, (0, 0))
        path.chmod(0o700)
    assert pack_content(first) == pack_content(second)


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        one = tarfile.TarInfo(name)
        one.type, one.linkname = kind, link
        archive.addfile(one, io.BytesIO(b""))
    return gzip.compress(buffer.getvalue(), mtime=0)


@pytest.mark.parametrize(
    "blob",
    [
        entry("../checks/a.yaml"), entry("/etc/passwd"), entry("checks/../../a"), entry("elsewhere/a.yaml"),
        entry("checks/a", tarfile.SYMTYPE, "/etc/passwd"), entry("checks/a", tarfile.LNKTYPE, "/etc/passwd"),
        entry("checks/a", tarfile.FIFOTYPE), b"", b"not an archive", entry("checks/a")[:40],
    ],
    ids=["above", "absolute", "over", "elsewhere", "symlink", "hard link", "pipe", "empty", "no archive", "cut"],
)  # fmt: skip
def test_what_does_not_belong_is_refused(tmp_path: Path, blob: bytes) -> None:
    with pytest.raises(ContentError, match="the stored content"):
        unpack_content(blob, tmp_path / "content")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
