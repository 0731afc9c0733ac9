"""Snapshots of LVM in states that are rare: what cannot be seen is a Gap, and what is no snapshot is not counted."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.model.gap import Gap
from pepperbird.observe.parsers.lvm_snapshots import lvm_snapshots

TIME = "2026-11-27 02:15:05 +0100"
DEVICES = """device sda dev 8:0
device sda size 100
device sda path /sys/devices/pci0/sda
"""


def volume(
    name: str, attr: str, origin: str = "", pool: str = "", data: str = "", time: str = TIME, group: str = "vg"
) -> str:
    return (
        f"volume LVM2_VG_NAME='{group}' LVM2_LV_NAME='{name}' LVM2_LV_ATTR='{attr}' LVM2_ORIGIN='{origin}' "
        f"LVM2_POOL_LV='{pool}' LVM2_LV_TIME='{time}' LVM2_DATA_PERCENT='{data}' LVM2_METADATA_PERCENT=''\n"
    )


def mapped(number: int, name: str, below: str, uuid: str = "LVM-x") -> str:
    lines = (f"dev 252:{number}", "size 10", f"path /sys/dm-{number}", f"dm/name {name}", f"dm/uuid {uuid}",
             f"slave {below}")  # fmt: skip
    return "".join(f"device dm-{number} {line}\n" for line in lines)


def told(volumes: str, devices: str = "", path: str = "/dev/vg/data") -> tuple[dict[str, Any], dict[str, Any]]:
    said = f"repository r {path}\n{volumes}{DEVICES}{devices}device end\nend\n"
    seen = lvm_snapshots(said.encode())
    return seen["points"][0], seen["repositories"][0]


ORIGIN = volume("data", "owi-aos---")


@pytest.mark.parametrize(
    ("snapshot", "count", "broken"),
    [
        (volume("s", "swi-a-s---", "data", data="12.01"), 1, []),
        (volume("s", "swi-I-s---", "data", data="100.00"), 0, ["vg/s overflowed"]),
        (volume("s", "swi-S-s---", "data"), 0, ["vg/s overflowed"]),
        (volume("s", "swi-a-s---", "data", data="100.00"), 0, ["vg/s is full"]),
        (volume("s", "swi-m-s---", "data", data="1.00"), 0, ["vg/s could not be merged back"]),
        (volume("[s]", "Swi-a-s---", "data", data="1.00"), 0, ["vg/s is being merged back"]),
        (volume("s", "swi-a-s-p-", "data", data="1.00"), 0, ["vg/s lacks a disk"]),
        (volume("[data_corig]", "owi-aoC---", "data"), 0, []),
    ],
)  # fmt: skip
def test_what_can_be_read_of_a_thick_snapshot(snapshot: str, count: int, broken: list[str]) -> None:
    if "_corig" in snapshot:  # a volume with a cache: its origin is where its data lies
        snapshot = volume("data", "Cwi-aoC---", "[data_corig]", "[fast]", "98.00") + volume(
            "[data_corig]", "owi-aoC---"
        )
        point, repository = told(snapshot + volume("[fast]", "Cwi---C---", data="98.00"))
        assert "used_pct" not in repository
    else:
        point, repository = told(ORIGIN + snapshot)
    assert (point["count"], repository["broken"]) == (count, broken)


@pytest.mark.parametrize(
    "snapshot",
    [
        volume("s", "swi---s---", "data"),
        volume("s", "swi-a-s---", "data"),
        volume("s", "swi-X-s-X-", "data", data="1.00"),
        volume("s", "swi-a-s---", "data", data="1.00", time="Fri Nov 27 2026"),
        volume("s", "swi-a-s---", "data", data="1.00", time=""),
    ],
)
def test_what_cannot_be_seen_of_a_snapshot_hides_how_many_there_are(snapshot: str) -> None:
    point, _ = told(ORIGIN + snapshot + volume("t", "swi-a-s---", "data", data="1.00"))
    assert isinstance(point["count"], Gap)
    assert isinstance(point["newest"], Gap)
    assert point["group"] == "vg/data"


@pytest.mark.parametrize(
    ("pool", "count", "broken"),
    [
        ("twi-aotz--", 1, []), ("twi-aotzD-", 1, ["vg/p has no room for data"]),
        ("twi-aotzM-", 1, ["vg/p has no room for metadata"]),
        ("twi-aotzF-", 0, ["vg/p failed", "vg/s lies in a pool that failed"]), ("twi---tz--", None, None),
    ],
)  # fmt: skip
def test_a_thin_snapshot_is_as_good_as_its_pool(pool: str, count: int | None, broken: list[str] | None) -> None:
    volumes = volume("data", "Vwi-aotz--", pool="p", data="1.00") + volume("p", pool, data="7.01")
    point, repository = told(volumes + volume("s", "Vwi---tz-k", "data", "p"))
    if count is None:
        assert isinstance(point["count"], Gap)
        assert isinstance(repository["broken"], Gap)
        assert isinstance(repository["used_pct"], Gap)
    else:
        assert (point["count"], repository["broken"]) == (count, broken)
        assert (repository["fullest"], repository["used_pct"]) == ("vg/p", 8)


def test_a_thin_volume_over_one_outside_its_pool_is_no_snapshot() -> None:
    volumes = volume("data", "ori-a-----") + volume("p", "twi-aotz--", data="1.00")
    assert told(volumes + volume("work", "Vwi-aotz--", "data", "p"))[0]["count"] == 0


@pytest.mark.parametrize(
    ("devices", "encrypted"),
    [
        # Below: both on a disk that encrypts; the snapshot on a plain one. Above: all that is written is ciphertext.
        (mapped(0, "c", "sda", "CRYPT-LUKS2-a-c") + mapped(1, "vg-data", "dm-0") + mapped(2, "vg-s", "dm-0"), True),
        (mapped(0, "c", "sda", "CRYPT-LUKS2-a-c") + mapped(1, "vg-data", "dm-0") + mapped(2, "vg-s", "sda"), False),
        (mapped(1, "vg-data", "sda") + mapped(2, "vg-s", "sda") + mapped(3, "c", "dm-1", "CRYPT-LUKS2-a-c"), True),
        (mapped(1, "vg-data", "sda") + mapped(2, "vg-s", "sda") + mapped(3, "c", "dm-1", "CRYPT-VERITY-a-c"), False),
        (mapped(1, "vg-data", "sda"), None),
    ],
)  # fmt: skip
def test_a_snapshot_is_as_encrypted_as_what_it_lies_on(devices: str, encrypted: bool | None) -> None:
    _, repository = told(ORIGIN + volume("s", "swi-a-s---", "data", data="1.00"), devices)
    assert (None if isinstance(repository["encrypted"], Gap) else repository["encrypted"]) == encrypted


def test_a_closed_sys_hides_what_they_lie_on_and_nothing_else() -> None:
    said = f"repository r /dev/vg\n{ORIGIN}{volume('s', 'swi-a-s---', 'data', data='1.00')}end\n"
    seen = lvm_snapshots(said.encode())
    assert isinstance(seen["repositories"][0]["encrypted"], Gap)
    assert (seen["points"][0]["count"], seen["repositories"][0]["used_pct"]) == (1, 1)


@pytest.mark.parametrize("path", ["/dev/vg/gone", "/dev/gone", "/srv/vg", "/dev", "/dev/mapper/vg-gone"])
def test_a_path_that_is_no_volume(path: str) -> None:
    point, repository = told(ORIGIN, path=path)
    assert isinstance(point["count"], Gap)
    assert isinstance(repository["broken"], Gap)


@pytest.mark.parametrize(
    "volumes",
    [
        ORIGIN.replace("LVM2_POOL_LV=''", ""),
        ORIGIN + ORIGIN,
        "volume nonsense\n",
        volume("s", "swi-a-s---", "gone", data="1.00"),
        volume("a", "swi-a-s---", "b", data="1.00") + volume("b", "swi-a-s---", "a", data="1.00"),
        ORIGIN + volume("s", "swi-a-s---", "data", data="many"),
    ],
)
def test_what_is_not_understood_is_an_error(volumes: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        told(volumes, path="/dev/vg")


def test_an_output_without_any_repository_is_empty() -> None:
    assert lvm_snapshots(b"end\n") == {"points": [], "repositories": []}
