"""Disks as they are in real life, on an emulated machine with Debian's kernel and on loop devices of this one.

The probes that ship run inside; the same raw outputs of a longer scene stand as captured samples, so that the fast
tests need no emulator. One short boot here proves that the scene and the probes still work together.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.evidence import ProbeOutput
from pepperbird.model.gap import Gap, GapReason
from tests.integration.test_integration_repositories import judged, shifted
from tests.support.emulated import emulate
from tests.support.probed import collected
from tests.support.require import require, require_root
from tests.support.samples import facts_of

pytestmark = [pytest.mark.slow, pytest.mark.machine]

DECLARED = {
    "data": "/dev/vg2/data", "mapped": "/dev/mapper/vg2-data", "old": "/dev/vg2/old", "none": "/dev/vg2/none",
    "still": "/dev/vg2/still", "group": "/dev/vg2", "thin": "/dev/vg1/deeds", "wide": "/dev/vg1/wide",
    "gone": "/dev/vg2/gone", "elsewhere": "/dev/vg9",
}  # fmt: skip
PROBES = (
    "luks.headers", f"lvm.snapshots {' '.join(f'{name} {path} {chr(39) * 2}' for name, path in DECLARED.items())}",
    "lvm.volumes", "raid.arrays", "smart.disks", "smart.health", "storage.datasets", "storage.devices",
    "storage.mounts", "zfs.pools",
)  # fmt: skip
SCENE = """
modprobe -a virtio_blk virtio_scsi sd_mod ahci nvme; sleep 1
echo secret > /tmp/key; echo second > /tmp/second
mdadm --create /dev/md0 --level=1 --raid-devices=2 --run --metadata=1.2 --homehost=x /dev/vda /dev/vdb
fast="--pbkdf pbkdf2 --pbkdf-force-iterations 1000"
cryptsetup -q luksFormat $fast /dev/md0 /tmp/key
cryptsetup luksAddKey $fast --key-file /tmp/key /dev/md0 /tmp/second
cryptsetup open --key-file /tmp/key /dev/md0 safe
mkfs.ext4 -q /dev/mapper/safe; mkdir -p /srv/safe; mount /dev/mapper/safe /srv/safe
pvcreate -q /dev/sda /dev/sdb; vgcreate -q vg0 /dev/sda /dev/sdb
lvcreate -y -q --type raid1 -m1 -L 40M -n mail vg0
mkfs.ext4 -q /dev/mapper/vg0-mail; mkdir -p /srv/mail; mount /dev/mapper/vg0-mail /srv/mail
while grep -q resync /proc/mdstat; do sleep 0.2; done
capture whole
mdadm /dev/md0 --fail /dev/vdb; mdadm /dev/md0 --remove /dev/vdb
cryptsetup luksKillSlot --key-file /tmp/key /dev/md0 1
echo 1 > /sys/block/sdb/device/delete; head -c 1M /dev/urandom > /srv/mail/file; sync
capture broken
modprobe -a dm_snapshot dm_thin_pool
cryptsetup open --type plain -c aes-xts-plain64 -s 256 -d /dev/urandom /dev/vdc box
vgcreate -q -s 1M vg1 /dev/mapper/box; vgcreate -q -s 1M vg2 /dev/vdd
lvcreate -y -q -T -L 16M -V 8M -n deeds vg1/pool
lvcreate -y -q -T -L 4M -V 8M -n wide --errorwhenfull y vg1/small
for name in data old none still; do lvcreate -y -q -L 6M -n $name vg2; done
thick() { lvcreate -y -q -s -L $3M -n $2 vg2/$1; }
now=$(date +%s); date -s '2026-01-05 01:30'; thick old old-1 1; date -s '2026-01-06 01:30'; thick old old-2 1
date -s @$now
thick data spilt 1; thick data kept 4; thick still still-1 1
for name in monday tuesday; do lvcreate -y -q -s -n $name vg1/deeds; done
lvcreate -y -q -s -n wide-1 vg1/wide; lvcreate -y -q -s -n again vg1/monday
dd if=/dev/urandom of=/dev/mapper/vg2-data bs=1M count=3 oflag=direct
dd if=/dev/urandom of=/dev/mapper/vg1-wide bs=1M count=8 oflag=direct || true
lvchange -an -y vg2/still
export only=lvm.snapshots; capture snapped; capture refused daemon
export only=smart.disks; capture plugged daemon; echo 1 > /sys/block/sdc/device/delete; capture pulled daemon
"""
DISKS = (
    *["virtio-blk-pci"] * 4, "virtio-scsi-pci,id=scsi", "scsi-hd,bus=scsi.0", "scsi-hd,bus=scsi.0",
    "ide-hd,model=ST1000DM010-2EP102,serial=ZN1ABCDE", "nvme,serial=N1,smart_critical_warning=4",
)  # fmt: skip


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, ProbeOutput]]:
    return emulate(tmp_path_factory.mktemp("disks") / "machine", SCENE, DISKS, PROBES, seconds=300)


def test_redundancy_encryption_and_health_are_seen_before_and_after_disks_are_gone(
    states: Mapping[str, Mapping[str, ProbeOutput]],
) -> None:
    whole, broken = (facts(states[name]) for name in ("whole", "broken"))

    assert [(one["name"], one["missing"], one["redundant"]) for one in whole["raid"]["arrays"]] == [("md0", 0, True)]
    assert [(one["name"], one["missing"], one["redundant"]) for one in broken["raid"]["arrays"]] == [("md0", 1, True)]
    assert [(one["name"], one["health"]) for one in whole["lvm"]["volumes"]] == [("vg0/mail", "")]
    assert [(one["name"], one["health"]) for one in broken["lvm"]["volumes"]] == [("vg0/mail", "partial")]
    assert [(one["device"], one["key_slots"]) for one in whole["luks"]["volumes"]] == [("md0", 2)]
    assert [(one["device"], one["key_slots"]) for one in broken["luks"]["volumes"]] == [("md0", 1)]

    mounts = {one["target"]: one for one in whole["storage"]["filesystems"]}
    assert (mounts["/srv/safe"]["encrypted"], mounts["/srv/safe"]["stands_on"]) == (True, ["md0"])
    assert (mounts["/srv/mail"]["encrypted"], mounts["/srv/mail"]["stands_on"]) == (False, ["vg0-mail"])

    disks = {one["name"]: one for one in whole["smart"]["disks"]}
    assert {name for name, one in disks.items() if one["physical"]} == {"sdc"}
    assert (disks["sdc"]["model"], disks["sdc"]["failing"]) == ("ATA ST1000DM010-2EP1", False)
    plugged, pulled = (facts(states[name])["smart"]["serials"] for name in ("plugged", "pulled"))
    assert plugged == [{"serial": "ZN1ABCDE", "name": "sdc", "model": "ATA ST1000DM010-2EP1"}], (
        "an ordinary account sees it"
    )
    assert (whole["smart"]["serials"], pulled) == (plugged, [])
    assert b"disk nvme0n1 8\n" in states["whole"]["smart.health"].stdout, "the bit of a failing disk"
    assert (whole["zfs"]["present"], whole["zfs"]["pools"]) == (False, [])


WEEK_LATER = (datetime.fromisoformat(shifted()) + timedelta(days=7)).isoformat()


@pytest.mark.parametrize(
    ("name", "states_of"),
    [
        # newest recent, whole, room, encrypted
        ("data", "pass fail fail fail"), ("mapped", "pass fail fail fail"), ("old", "fail pass pass fail"),
        ("none", "fail pass error fail"), ("still", "error error error error"), ("group", "fail fail fail error"),
        ("thin", "pass pass pass pass"), ("wide", "pass fail fail pass"), ("gone", "error error error error"),
        ("elsewhere", "error error error error"), ("undeclared", "error error error error"),
    ],
)  # fmt: skip
def test_snapshots_of_lvm(states: Mapping[str, Mapping[str, ProbeOutput]], name: str, states_of: str) -> None:
    seen = facts(states["snapped"])["lvm"]
    found = [
        judged(f"lvm.{check}", control, "lvm", seen, name)
        for check, control in (
            ("recent", "BR-02"), ("snapshots-whole", "BR-19"), ("repository-room", "BR-17"),
            ("repository-encrypted", "BR-09"),
        )
    ]  # fmt: skip
    assert found == states_of.split()


def test_snapshots_of_lvm_grow_old(states: Mapping[str, Mapping[str, ProbeOutput]]) -> None:
    seen = facts(states["snapped"])["lvm"]
    counts = {row["id"]: row["count"] for row in seen["points"] if not isinstance(row["count"], Gap)}
    # The one that overflowed is no restore point; a thin snapshot of a snapshot is one.
    assert (counts["data: vg2/data"], counts["old: vg2/old"], counts["thin: vg1/deeds"]) == (1, 2, 3)
    assert judged("lvm.recent", "BR-02", "lvm", seen, "thin", WEEK_LATER) == "fail"
    assert judged("lvm.deep", "BR-05", "lvm", seen, "old") == "fail"
    assert judged("lvm.deep", "BR-05", "lvm", seen, "still") == "error"


def test_lvm_is_not_asked_where_sudo_refuses(states: Mapping[str, Mapping[str, ProbeOutput]]) -> None:
    refused = states["refused"]["lvm.snapshots"]
    assert b"denied /sbin/lvs -a --noheadings --nameprefixes -o vg_name,lv_name,lv_attr," in refused.stderr
    seen = facts(states["refused"])["lvm"]
    assert seen["points"].reason is GapReason.DENIED
    assert judged("lvm.recent", "BR-02", "lvm", seen, "thin") == "error"


def facts(outputs: Mapping[str, ProbeOutput]) -> dict[str, Any]:
    names = {probe.partition(".")[0] for probe in outputs}
    return {name: facts_of(name, {k: v for k, v in outputs.items() if k.startswith(f"{name}.")}) for name in names}


BTRFS = """set -e
cd {folder}; truncate -s 200M one two; mkdir mounted
first=$(losetup -f --show one); second=$(losetup -f --show two)
trap 'umount mounted; losetup -d $first $second' EXIT
mkfs.btrfs -q -f -L test-of-disks -d raid1 -m raid1 $first $second >/dev/null; mount $first mounted
head -c 8M /dev/urandom > mounted/file; sync
{middle}
"""


@pytest.mark.parametrize(
    ("middle", "expected"),
    [
        ("", {"redundant": True, "missing": 0, "errors": 0, "finished": False}),
        ("btrfs scrub start -Bq mounted", {"redundant": True, "missing": 0, "errors": 0, "finished": True}),
    ],
    ids=["never scrubbed", "scrubbed"],
)
def test_a_mirror_of_btrfs_is_seen(tmp_path: Path, middle: str, expected: dict[str, Any]) -> None:
    row = volume(tmp_path, middle)
    assert {name: row[name] for name in expected} == expected


def test_damage_and_a_missing_device_of_btrfs_are_seen(tmp_path: Path) -> None:
    damage = "dd if=/dev/urandom of=two bs=1M seek=30 count=120 conv=notrunc status=none; sync; "
    row = volume(
        tmp_path, damage + "echo 3 >/proc/sys/vm/drop_caches; btrfs scrub start -Bq mounted 2>/dev/null || true"
    )
    assert row["errors"] > 0
    (tmp_path / "again").mkdir()
    away = "umount mounted; losetup -d $second; btrfs device scan -u; mount -o degraded $first mounted"
    row = volume(tmp_path / "again", away)
    assert (row["missing"], len(row["devices"])) == (1, 1)


def volume(folder: Path, middle: str) -> dict[str, Any]:
    """The volume as the probes see it, set up in mounts of its own so that no other machine keeps it busy."""
    require_root()
    require("btrfs", "losetup", "unshare")
    scene = BTRFS.format(folder=folder, middle=middle)
    seen: dict[str, Any] = {}

    def run(command: str) -> str:
        return subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True).stdout

    script = folder / "scene.sh"
    script.write_text(f"{scene}\ntouch ready; while [ ! -e done ]; do sleep 0.1; done\n")
    held = subprocess.Popen(["unshare", "-m", "sh", script], stdin=subprocess.DEVNULL)
    try:
        while not (folder / "ready").exists():
            assert held.poll() is None, "the volume could not be set up"
        facts = collected(run, "btrfs")
        for name in ("scrubs", "volumes"):
            seen |= next(one for one in facts[name] if one["label"] == "test-of-disks")
    finally:
        (folder / "done").touch()
        held.wait(timeout=30)
    return seen
