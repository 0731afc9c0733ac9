"""Disks and keys: whose verdict counts, what data stands on, where keys lie."""

from __future__ import annotations

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.devices import foundations
from pepperbird.observe.parsers.luks import crypttab, luks_headers, luks_keys
from pepperbird.observe.parsers.smart import smart_disks, smart_health, smart_table
from pepperbird.observe.text import Unseen

GOOD = "| SMART overall-health self-assessment test result: PASSED"


@pytest.mark.parametrize("status", [1, 2, 4, 5, 6, 7])
def test_a_verdict_does_not_count_where_smartctl_failed(status: int) -> None:
    assert isinstance(smart(f"disk sda {status}\n{GOOD}\n"), Gap)


def test_the_exit_status_of_smartctl_is_a_bit_mask() -> None:
    assert smart(f"disk sda 0\n{GOOD}\n") is False
    assert smart(f"disk sda 64\n{GOOD}\n") is False, "the error log is history"
    assert smart(f"disk sda 16\n{GOOD}\n") is True, "an attribute is under its threshold now"
    assert smart("disk sda 8\n| SMART overall-health self-assessment test result: FAILED!\n") is True
    assert smart("disk sda 0\n| SMART Health Status: HARDWARE IMPENDING FAILURE GENERAL\n") is True
    assert isinstance(smart("disk sda 0\n| SMART support is: Unavailable\n"), Gap), "no verdict is no pass"
    assert isinstance(smart("disk sda none\n"), Gap)


def smart(
    said: str, disk: str = "sda path /sys/devices/pci0/ata1/block/sda\nsda size 100\nsda device/model ST1"
) -> object:
    disks = smart_disks(f"{disk}\nend\n".encode())
    (row,) = smart_table({"disks": disks, "health": smart_health(f"{said}end\n".encode())})["rows"]
    return row["failing"]


@pytest.mark.parametrize(
    ("lines", "physical"),
    [
        ("sda path /sys/devices/pci0/ata1/block/sda,sda size 9,sda device/vendor ATA,sda device/model ST1000", True),
        ("nvme0n1 path /sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1,nvme0n1 size 9", True),
        ("mmcblk0 path /sys/devices/platform/mmc_host/mmc0/mmc0:1/block/mmcblk0,mmcblk0 size 9", True),
        ("vda path /sys/devices/pci0/virtio1/block/vda,vda size 9", False),
        ("sda path /sys/devices/pci0/virtio2/host0/block/sda,sda size 9", False),
        ("sda path /sys/devices/VMBUS:00/x/host0/block/sda,sda size 9", False),
        ("sda path /sys/devices/pci0/host2/block/sda,sda size 9,sda device/vendor VMware,sda device/model Disk", False),
        ("nvme0n1 path /sys/x,nvme0n1 size 9,nvme0n1 device/model Amazon Elastic Block Store", False),
    ],
)
def test_a_virtual_disk_is_told_by_its_bus_or_its_maker_and_all_others_are_physical(lines: str, physical: bool) -> None:
    disks = smart_disks((lines.replace(",", "\n") + "\nend\n").encode())
    denied = Gap(GapReason.DENIED)
    (row,) = smart_table({"disks": disks, "health": denied})["rows"]
    assert row["physical"] is physical
    assert row["failing"] == (denied if physical else False)


DEVICES = {
    name: {"dev": "1:1", "size": 9, "path": f"/sys/devices/pci0/block/{name}", "slaves": slaves, **more}
    for name, slaves, more in (
        ("sda", [], {}), ("sdb", [], {}), ("sdc", [], {}), ("sda1", [], {"partition": "sda"}),
        ("sda2", [], {"partition": "sda"}), ("md0", ["sda", "sdb"], {"md/level": "raid1"}),
        ("md1", ["md0", "sdc"], {"md/level": "raid0"}), ("dm-0", ["sda"], {"dm/name": "vg-x_rimage_0"}),
        ("dm-1", ["sdb"], {"dm/name": "vg-x_rimage_1"}), ("dm-2", ["dm-0", "dm-1"], {"dm/name": "vg-x"}),
        ("dm-3", ["md0"], {"dm/name": "crypt", "dm/uuid": "CRYPT-LUKS2-1-crypt"}),
        ("dm-4", ["md0", "sdc"], {"dm/name": "vg-all"}),
    )
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sda1", ["sda"]), ("md0", ["md0"]), ("md1", ["md0", "sdc"]), ("dm-2", ["vg-x"]), ("dm-3", ["md0"]),
        ("dm-4", ["md0", "sdc"]),
    ],
)  # fmt: skip
def test_what_data_stands_on_is_followed_down_to_the_first_raid(name: str, expected: list[str]) -> None:
    assert foundations(DEVICES, [name]) == expected


MOUNTS = {
    "mounts": [
        {"target": "/", "device": "8:1", "source": "/dev/sda1", "fstype": "ext4", "options": []},
        {"target": "/srv", "device": "8:3", "source": "/dev/mapper/crypt", "fstype": "ext4", "options": []},
        {"target": "/run", "device": "0:9", "source": "tmpfs", "fstype": "tmpfs", "options": []},
    ]
}
KNOWN = {"devices": {**DEVICES, "sda1": {**DEVICES["sda1"], "dev": "8:1"}, "dm-3": {**DEVICES["dm-3"], "dev": "8:3"}},
         "volumes": {}}  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "more", "source", "apart"),
    [
        ("sda2 none luks", "", "asked", True),
        ("sda2 none luks", "keys /etc/cryptsetup-keys.d x.key\n", "file", False),
        ("sda2 none luks", "keys /run/cryptsetup-keys.d x.key\n", "file", True),
        ("sda2 /etc/x.key luks", "", "file", False),
        ("sdc /etc/x.key luks", "", "file", True),
        ("sda2 /srv/x.key luks", "", "file", True),
        ("? /etc/x.key luks", "", "file", None),
        ("sda2 /dev/urandom swap", "", "random", True),
        ("sda2 none luks,tpm2-device=auto", "", "token", True),
        ("sda2 md0 luks,keyscript=/lib/cryptsetup/scripts/decrypt_derived", "", "derived", True),
        ("sda2 /etc/x luks,keyscript=/root/own.sh", "", None, None),
        ("sda2 /x.key:LABEL=stick luks", "", None, None),
        ("sda2 /dev/sdz luks", "", None, None),
    ],
)
def test_where_a_key_comes_from_and_whether_it_lies_apart(
    entry: str, more: str, source: str | None, apart: bool | None
) -> None:
    table = crypttab(f"entry x {entry}\n{more}end\n".encode())
    (row,) = luks_keys({"crypttab": table, "mounts": MOUNTS, "devices": KNOWN})["rows"]
    assert (None if isinstance(row["source"], Gap) else row["source"]) == source
    assert (None if isinstance(row["apart"], Gap) else row["apart"]) is apart


def test_a_key_on_the_kernel_command_line_is_not_overlooked() -> None:
    with pytest.raises(Unseen, match="command line"):
        crypttab(b"boot rd.luks.key=/etc/x.key\nend\n")


def test_key_slots_are_those_that_open_the_volume() -> None:
    two = b"volume data sda1 0\n| Version:       \t2\n| Data segments:\n|   0: crypt\n| Keyslots:\n|   0: luks2\n"
    two += b"|   1: luks2 (unbound)\n|   2: reencrypt\n| Tokens:\n|   0: systemd-tpm2\n| Digests:\n|   0: pbkdf2\nend\n"
    assert luks_headers(two)["rows"][0]["key_slots"] == 1
    one = b"volume data sda1 0\n| Version:       \t1\n"
    one += b"| Key Slot 0: ENABLED\n| Key Slot 1: ENABLED\n| Key Slot 2: DISABLED\n"
    assert luks_headers(one + b"end\n")["rows"][0]["key_slots"] == 2
    assert isinstance(luks_headers(b"volume data sda1 1\nend\n")["rows"][0]["key_slots"], Gap)
