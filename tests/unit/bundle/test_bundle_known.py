"""Content that was checked whole is not checked again; changed content always is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pepperbird.bundle.known import KEPT, Known
from pepperbird.bundle.read import read_bundle
from pepperbird.errors import ContentError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    for name in ("policies", "checks", "collectors", "baselines", "reports"):
        shutil.copytree(ROOT / name, tmp_path / "content" / name)
    return tmp_path / "content"


def test_the_same_content_gives_the_same_catalog_the_second_time(tmp_path: Path) -> None:
    known = Known(tmp_path / "state" / "content")
    first = read_bundle(ROOT, known=known)
    assert known.reads(first.digest) == first.reads
    assert read_bundle(ROOT, known=known) == first == read_bundle(ROOT)


def test_what_is_remembered_is_used(tmp_path: Path) -> None:
    known = Known(tmp_path)
    digest = read_bundle(ROOT, known=known).digest
    known.remember(digest, {"one.check": frozenset({"sshd"})})
    assert read_bundle(ROOT, known=known).reads == {"one.check": frozenset({"sshd"})}


def test_content_that_was_made_bad_is_found_again(content: Path, tmp_path: Path) -> None:
    known = Known(tmp_path / "state")
    read_bundle(content, known=known)
    check = content / "checks" / "sshd" / "root-login.yaml"
    check.write_text(check.read_text().replace("s.permit_root_login in", "s.permit_root_logim in"))
    with pytest.raises(ContentError, match="did you mean permit_root_login"):
        read_bundle(content, known=known)
    with pytest.raises(ContentError, match="did you mean"):
        read_bundle(content, known=known)
    assert len(list((tmp_path / "state").iterdir())) == 1


@pytest.mark.parametrize("kept", [b"", b"[]", b"{", b"\xff", b'{"a": 1}'])
def test_a_damaged_memory_is_as_none(tmp_path: Path, kept: bytes) -> None:
    known = Known(tmp_path)
    first = read_bundle(ROOT, known=known)
    next(tmp_path.iterdir()).write_bytes(kept)
    assert read_bundle(ROOT, known=known) == first


def test_a_memory_that_cannot_be_written_costs_only_the_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert read_bundle(ROOT, known=Known(tmp_path / "file" / "content")) == read_bundle(ROOT)


def test_little_is_remembered(tmp_path: Path) -> None:
    known = Known(tmp_path)
    for number in range(KEPT + 5):
        known.remember(f"sha256:{number:064}", {})
    assert len(list(tmp_path.iterdir())) == KEPT
    assert json.loads(next(tmp_path.iterdir()).read_bytes()) == {}
