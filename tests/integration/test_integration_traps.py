"""Traps that only the real tool shows: what restic, borg and a file system say where they are easily misread."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pepperbird.model.gap import Gap
from tests.integration.test_integration_closed import asked
from tests.support.probed import collected
from tests.support.require import PATH, require, require_root
from tests.support.samples import facts_of

pytestmark = pytest.mark.slow


def sh(text: str, **environment: str) -> str:
    return subprocess.run(
        ["sh", "-ec", text], capture_output=True, text=True, timeout=100, check=True,
        env={"PATH": PATH, "HOME": "/nonexistent", "LC_ALL": "C", **environment},
    ).stdout  # fmt: skip


def test_restic_on_a_read_only_repository(tmp_path: Path) -> None:
    require_root()
    require("restic", "unshare")
    sh(
        f"cd {tmp_path}; echo x > pass; export RESTIC_REPOSITORY=r RESTIC_PASSWORD_FILE=pass; "
        "restic -q --no-cache init; restic -q --no-cache backup pass"
    )
    inside = f"mount --bind {tmp_path} {tmp_path}; mount -o remount,bind,ro {tmp_path}"
    locked = subprocess.run(
        ["unshare", "-m", "sh", "-c", f"{inside}; cd {tmp_path}; timeout 5 restic -r r -p pass --no-cache snapshots"],
        capture_output=True, text=True, check=False, env={"PATH": PATH},
    )  # fmt: skip
    assert locked.returncode != 0 and "lock" in locked.stderr, "the trap itself: without --no-lock it fails"

    def run(text: str) -> str:
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", f"{inside}; {text}"], capture_output=True, text=True, check=True, timeout=100
        )
        return done.stdout

    (point,) = collected(run, "restic", ["r", f"{tmp_path}/r", f"{tmp_path}/pass"])["points"]
    assert not isinstance(point["paths"], Gap) and point["paths"] == [f"{tmp_path}/pass"]


def test_times_of_borg_are_those_of_no_zone_but_utc(tmp_path: Path) -> None:
    require_root()
    require("borg")
    sh(
        f"cd {tmp_path}; echo x > pass; borg init -e none r 2>/dev/null; "
        "borg create --timestamp 2026-10-01T01:00:00 r::a pass",
        BORG_BASE_DIR=str(tmp_path / "home"), BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes", TZ="UTC",
    )  # fmt: skip
    given = ["r", f"{tmp_path}/r", f"{tmp_path}/pass"]
    seen = [
        collected(lambda text, zone=zone: sh(text, TZ=zone), "borg", given) for zone in ("UTC", "Pacific/Kiritimati")
    ]
    assert seen[0]["points"] == seen[1]["points"]
    assert "2026-10-01T01:00:00Z" in repr(seen[1]["points"])


def test_what_is_reserved_for_root_is_not_free(tmp_path: Path) -> None:
    """On a file system with a fifth of it reserved, 75 % in use by size is 94 % of what may be used at all."""
    require_root()
    require("mkfs.ext4", "unshare", "losetup")
    sh(f"truncate -s 64M {tmp_path}/disk; mkfs.ext4 -q -F -m 20 {tmp_path}/disk")
    closing = f"mount -o loop {tmp_path}/disk /mnt; head -c 40M /dev/zero > /mnt/file"
    outputs = {f"storage.{probe}": asked(closing, "storage", probe) for probe in ("mounts", "space", "network_space")}
    row = next(row for row in facts_of("storage", outputs)["filesystems"] if row["target"] == "/mnt")
    free_by_size = 100 - 100 * row["used"] // row["size"]
    free_for_users = 100 * row["available"] // (row["used"] + row["available"])
    assert free_for_users + 10 < free_by_size
