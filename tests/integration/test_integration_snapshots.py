"""Snapshots of btrfs on a real volume, received ones too; what is asked of ZFS where the kernel has none."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from tests.integration.test_integration_repositories import judged
from tests.support.probed import collected
from tests.support.repositories_made import make, sh
from tests.support.require import lacking, require, require_root

pytestmark = pytest.mark.slow

SCENE = r"""
cd volume; btrfs -q subvolume create top; cd top; btrfs -q subvolume create data; echo x > data/f
mkdir fresh old none writable snapper away first
take() { btrfs -q subvolume snapshot -r data $1; }
take fresh/deeds-$(date +%F); take fresh/deeds.20260101T0101; take fresh/mail-$(date +%F)
take old/deeds-2026-01-01
btrfs -q subvolume snapshot data writable/deeds-$(date +%F); take writable/deeds-2026-01-01
mkdir snapper/7 snapper/8; take snapper/7/snapshot; take snapper/8/snapshot
btrfs -q subvolume create away/plain
btrfs -q send fresh/deeds.20260101T0101 2>/dev/null | btrfs -q receive first
btrfs -q send fresh/deeds.20260101T0101 2>/dev/null | btrfs -q receive away
btrfs -q send -p fresh/deeds.20260101T0101 fresh/deeds-$(date +%F) 2>/dev/null | btrfs -q receive away
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    require("btrfs", "mkfs.btrfs", "losetup")
    require_root()
    place = tmp_path_factory.mktemp("btrfs")
    make(place, "truncate -s 300M disk; mkfs.btrfs -q disk; mkdir volume seen")
    if subprocess.run(["mount", "-o", "loop", place / "disk", place / "volume"], check=False).returncode:
        lacking("a kernel with loop devices and btrfs")
    try:
        make(place, SCENE)
        # As distributions mount it: a subvolume in the place of the top of the volume.
        subprocess.run(["mount", "-o", "loop,subvol=top", place / "disk", place / "seen"], check=True)
        yield place
    finally:
        for name in ("seen", "volume"):
            subprocess.run(["umount", place / name], check=False, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def facts(folder: Path) -> Any:
    return asked(folder, ("fresh", "old", "none", "writable", "snapper", "away", "first", "gone"))


def asked(folder: Path, names: tuple[str, ...], user: str = "root") -> Any:
    given = [value for name in names for value in (name, f"{folder}/seen/{name}", "")]
    return collected(sh, "btrfs", [*given, "notbtrfs", str(folder), ""], user=user)


@pytest.mark.parametrize(
    ("name", "recent", "deep", "whole"),
    [
        # Their names say what they like: btrfs knows when each was taken.
        ("fresh", "pass", "fail", "pass"), ("old", "pass", "fail", "pass"), ("none", "fail", "fail", "pass"),
        ("writable", "pass", "fail", "fail"), ("snapper", "pass", "fail", "pass"), ("away", "pass", "fail", "pass"),
        ("first", "error", "error", "pass"), ("gone", "error", "error", "error"),
        ("notbtrfs", "error", "error", "error"), ("undeclared", "error", "error", "error"),
    ],
)  # fmt: skip
def test_btrfs(facts: Any, name: str, recent: str, deep: str, whole: str) -> None:
    assert judged("btrfs.recent", "BR-02", "btrfs", facts, name) == recent
    assert judged("btrfs.deep", "BR-05", "btrfs", facts, name) == deep
    assert judged("btrfs.snapshots-whole", "BR-19", "btrfs", facts, name) == whole


def test_snapshots_by_what_they_are_of(facts: Any) -> None:
    found = {row["id"]: row["count"] for row in facts["points"] if not isinstance(row["count"], Gap)}
    assert found == {
        "fresh: deeds": 2, "fresh: mail": 1, "old: deeds": 1, "none": 0, "writable: deeds": 1, "snapper: snapper": 2,
        "away: deeds": 1, "first: deeds": 1,
    }  # fmt: skip
    (writable,) = (row["writable"] for row in facts["repositories"] if row["id"] == "writable")
    assert [one.partition("-")[0] for one in writable] == ["deeds"]


def test_the_same_folder_by_the_top_of_the_volume(folder: Path, facts: Any) -> None:
    given = ["fresh", f"{folder}/volume/top/fresh", ""]
    mine = [row for row in facts["points"] if row["repository"] == "fresh"]
    assert collected(sh, "btrfs", given)["points"] == mine


def test_an_account_without_the_rights_is_denied(folder: Path) -> None:
    seen = asked(folder, ("fresh",), user="daemon")
    assert seen["points"].reason is GapReason.DENIED
    assert not isinstance(seen["volumes"], Gap)


def test_zfs_where_there_is_none() -> None:
    facts = collected(sh, "zfs", ["vault", "/tank/backup", ""])
    assert judged("zfs.recent", "BR-02", "zfs", facts, "vault") == "error"
