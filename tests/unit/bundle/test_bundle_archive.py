"""Content packed and unpacked is the same content, and an archive can write nowhere else."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from pepperbird.bundle.archive import FOLDERS, pack_content, unpack_content
from pepperbird.errors import ContentError


def content(root: Path) -> Path:
    for folder in FOLDERS:
        (root / folder / "deep").mkdir(parents=True)
        (root / folder / "deep" / "file.yaml").write_text(f"in: {folder}\n")
    return root


def test_it_comes_back_as_it_was_with_the_site_s_baselines(tmp_path: Path) -> None:
    root = content(tmp_path / "a")
    overlay = tmp_path / "stricter.yaml"
    overlay.write_text("id: stricter\n")
    blob = pack_content(root, [overlay])
    assert blob == pack_content(root, [overlay])
    unpack_content(blob, tmp_path / "b")
    assert (tmp_path / "b" / "checks" / "deep" / "file.yaml").read_text() == "in: checks\n"
    assert (tmp_path / "b" / "overlays" / "stricter.yaml").read_text() == "id: stricter\n"


def entry(name: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb") as squeezed, tarfile.open(fileobj=squeezed, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.size = kind, "/etc/passwd", 0
        archive.addfile(member, io.BytesIO())
    return buffer.getvalue()


@pytest.mark.parametrize(
    "blob",
    [
        entry("/etc/cron.d/x"), entry("checks/../../x"), entry("elsewhere/x"), entry("checks/x", tarfile.SYMTYPE),
        b"not an archive", pack_content(Path("/nonexistent"))[:20],
    ],
)  # fmt: skip
def test_anything_else_is_refused(blob: bytes, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="stored content"):
        unpack_content(blob, tmp_path / "to")
