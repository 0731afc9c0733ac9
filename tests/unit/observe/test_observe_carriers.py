"""How what is written leaves a machine, by its mounts and the devices under them."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.carriers import carrier, of_devices, of_network
from pepperbird.observe.parsers.reach import WAKE, dead_mount, silent_mount


@pytest.mark.parametrize(
    ("fstype", "options", "said"),
    [
        ("nfs4", ["rw", "vers=4.2", "sec=sys"], "nfs"),
        ("nfs", [], "nfs"),
        ("nfs4", ["sec=krb5i"], "nfs"),  # signed, not encrypted
        ("nfs4", ["sec=krb5p"], "nfs with krb5p"),
        ("nfs4", ["sec=sys", "xprtsec=mtls"], "tls"),
        ("nfs4", ["xprtsec=none"], "nfs"),
        ("cifs", ["vers=3.1.1", "sec=ntlmssp"], "smb"),
        ("cifs", ["vers=3.1.1", "seal"], "smb encrypted"),
        ("fuse.sshfs", ["user_id=0"], "ssh"),
        ("9p", [], "9p"),
    ],
)
def test_a_file_server_is_reached_by_what_its_options_say(fstype: str, options: list[str], said: str) -> None:
    assert of_network(fstype, options) == said
    assert carrier({"fstype": fstype, "options": options}, [], {"devices": {}}, network=True) == said


def device(path: str, *below: str, **more: str) -> dict[str, Any]:
    return {"path": path, "slaves": list(below), **more}


DEVICES = {
    "sda": device("/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda"),
    "sda1": device("/sys/devices/pci0000:00/ata1/block/sda/sda1", partition="sda"),
    "sdb": device("/sys/devices/platform/host3/session1/target3:0:0/3:0:0:1/block/sdb"),
    "dm-0": device("/sys/devices/virtual/block/dm-0", "sda1"),
    "dm-1": device("/sys/devices/virtual/block/dm-1", "sda1", "sdb"),
    "nbd0": device("/sys/devices/virtual/block/nbd0"),
    "loop0": device("/sys/devices/virtual/block/loop0", **{"loop/backing_file": "/mnt/x.img"}),
    "dm-2": device("/sys/devices/virtual/block/dm-2", "sdz"),
    "nvme0n1": device("/sys/devices/pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0/nvme0n1"),
    "nvme1n1": device("/sys/devices/virtual/nvme-fabrics/ctl/nvme1/nvme1n1"),
    "nvme2n1": device("/sys/devices/virtual/nvme-subsystem/nvme-subsys2/nvme2n1"),
}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sda1", "local"), ("dm-0", "local"), ("sdb", "iscsi"), ("dm-1", "iscsi"), ("nbd0", "nbd"),
        ("loop0", GapReason.UNSUPPORTED), ("dm-2", GapReason.UNSUPPORTED), ("nvme0n1", "local"),
        ("nvme1n1", "nvme over fabrics"), ("nvme2n1", GapReason.UNSUPPORTED),
    ],
)  # fmt: skip
def test_a_disk_is_local_only_where_all_under_it_is(name: str, said: str | GapReason) -> None:
    found = of_devices([name], DEVICES)
    assert (found.reason if isinstance(found, Gap) else found) == said


def test_what_nobody_could_look_at_is_not_local() -> None:
    hidden = Gap(GapReason.DENIED, "closed")
    ext4 = {"fstype": "ext4", "options": []}
    assert carrier(ext4, [], hidden, network=False) is hidden
    for found in (
        carrier(ext4, [], {"devices": DEVICES}, network=False),
        carrier({"fstype": "zfs", "options": []}, ["sda"], {"devices": DEVICES}, network=False),
    ):
        assert isinstance(found, Gap) and found.reason is GapReason.UNSUPPORTED


def test_a_mount_that_hangs_and_one_that_is_dead_say_so() -> None:
    gap = silent_mount("/mnt/a b/c", "/mnt/a\\040b nfs4")
    assert (gap.reason, gap.remedy) == (GapReason.PROBE_TIMEOUT, WAKE)
    assert "nfs4), which hangs: it did not answer within 5 seconds" in gap.detail
    dead = dead_mount("/mnt/x", "find: '/mnt/x': Stale file handle")
    assert dead is not None and (dead.reason, dead.remedy) == (GapReason.NOT_FOUND, WAKE)
    assert dead_mount("/mnt/x", "find: '/mnt/x': Permission denied") is None
    for said in ("", "/mnt", "relative nfs4"):
        with pytest.raises(ValueError, match="a mount without its name or its kind"):
            silent_mount("/mnt/x", said)
