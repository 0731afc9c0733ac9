"""Mounts, room and devices joined: one row per file system, with a Gap in just the column that could not be seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.carriers import carrier
from pepperbird.observe.parsers.devices import ENCRYPTING, encrypted, foundations, removable
from pepperbird.observe.parsers.zfs import dataset_encrypted, pool_of
from pepperbird.observe.text import Unseen

_T = TypeVar("_T")
VIEWS: Final = frozenset({
    "autofs", "proc", "sysfs", "cgroup", "cgroup2", "devpts", "devtmpfs", "tmpfs", "ramfs", "mqueue", "debugfs",
    "tracefs", "securityfs", "pstore", "bpf", "configfs", "fusectl", "hugetlbfs", "rpc_pipefs", "binfmt_misc", "nsfs",
    "efivarfs", "selinuxfs", "nfsd", "fuse.gvfsd-fuse", "fuse.portal", "fuse.lxcfs",
})  # fmt: skip
"""What the kernel shows of itself, and memory: nothing is stored there. The same names stand in probe.sh."""
NETWORK: Final = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "9p", "lustre", "glusterfs", "ocfs2", "gfs2",
    "beegfs", "coda", "orangefs",
})  # fmt: skip
IMAGES: Final = frozenset({"squashfs", "iso9660", "udf", "erofs", "cramfs", "romfs"})
CONTAINERS: Final = (
    "/var/lib/docker/", "/var/lib/containers/", "/var/lib/containerd/", "/run/containerd/", "/run/k3s/",
    "/var/lib/rancher/", "/var/lib/kubelet/", "/var/lib/lxc/", "/var/lib/lxd/",
)  # fmt: skip
"""Where container engines mount the root of each container: a view of layers that lie on a file system listed too."""
_NO_ROOM: Final = Gap(GapReason.UNSUPPORTED, "It was not there any more when it was asked how full it is.")
_NOT_HERE: Final = "attest the encryption of the layer below (a signed record)"


def filesystems(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`rows` of mounted file systems. Takes Gaps for everything but the mounts themselves."""
    mounts = inputs["mounts"]
    if isinstance(mounts, Gap):
        raise Unseen(mounts)
    rows = []
    for mount in mounts["mounts"]:
        if mount["fstype"] in VIEWS or (mount["fstype"] == "overlay" and mount["target"].startswith(CONTAINERS)):
            continue
        row = {
            "target": mount["target"],
            "source": mount["source"],
            "fstype": mount["fstype"],
            "options": mount["options"],
            "read_only": "ro" in mount["options"],
            "image": mount["fstype"] in IMAGES,
            "network": over_network(mount["fstype"]),
        }
        devices = inputs["devices"]
        names = [] if isinstance(devices, Gap) or row["network"] else devices_of(mount, devices)
        row["carrier"] = carrier(mount, names, devices, network=row["network"])
        rows.append(row | _room(mount, inputs) | _below(mount, mounts["mounts"], inputs))
    return {"rows": rows}


def over_network(fstype: str) -> bool:
    """Whether what is stored there lies on another machine, as far as the kind of file system tells."""
    return fstype in NETWORK or fstype == "fuse" or fstype.startswith("fuse.")


def _room(mount: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    rooms = inputs["network_space" if over_network(mount["fstype"]) else "space"]
    room = rooms if isinstance(rooms, Gap) else rooms.get(mount["escaped"], _NO_ROOM)
    if isinstance(room, Gap):
        return dict.fromkeys(("size", "used", "available", "inodes_total", "inodes_free"), room)
    return dict(room)


def _below(mount: Mapping[str, Any], mounts: list[dict[str, Any]], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the devices under a mount."""
    devices = inputs["devices"]
    if isinstance(devices, Gap):
        return dict.fromkeys(("encrypted", "removable", "stands_on"), devices)
    if over_network(mount["fstype"]):
        gap = _unsupported("It lies on another machine; its encryption can't be seen from here.")
        disks = _unsupported("It lies on another machine; its disks can't be seen from here.")
        return {"encrypted": gap, "removable": False, "stands_on": disks}
    if mount["fstype"] == "zfs":
        return _zfs(mount, devices["devices"], inputs["datasets"])
    names = devices_of(mount, devices)
    if not names:
        gap = _unsupported(f"The block device under a {mount['fstype']} file system can't be told from here.")
        return {"encrypted": gap, "removable": False if mount["fstype"] == "overlay" else gap, "stands_on": gap}
    volume = next((one for one, inside in devices["volumes"].items() if names[0] in inside), None)
    return {
        "device": names[0],
        "encrypted": _told(lambda: all(_encrypted(name, mounts, devices) for name in names)),
        "removable": _told(lambda: any(removable(devices["devices"], name) for name in names)),
        "stands_on": _told(lambda: foundations(devices["devices"], names)),
        "volume": volume,
    }


def _zfs(mount: Mapping[str, Any], devices: Mapping[str, Any], datasets: Any) -> dict[str, Any]:
    """A dataset stands on its pool; which disks that has only zpool tells."""
    below = any(ENCRYPTING.fullmatch(device.get("dm/uuid", "")) for device in devices.values())
    gap = datasets if isinstance(datasets, Gap) else None
    return {
        "encrypted": gap or _told(lambda: dataset_encrypted(mount["source"], datasets, below)),
        "removable": _unsupported("The disks under a ZFS pool are not looked at yet."),
        "stands_on": [],
        "volume": pool_of(mount["source"]),
    }


def _told(ask: Callable[[], _T]) -> _T | Gap:
    """An answer about devices, or the Gap of just this question."""
    try:
        return ask()
    except ValueError as error:
        return _unsupported(f"Not all that lies under it can be seen: {error}.")


def devices_of(mount: Mapping[str, Any], devices: Mapping[str, Any]) -> list[str]:
    """Names of the block devices under a mount: by number, else by the path of its source; all of a btrfs volume."""
    known = devices["devices"]
    by_number = {device["dev"]: name for name, device in known.items()}
    name = by_number.get(mount["device"])
    if name is None and mount["source"].startswith("/dev/"):
        short = mount["source"].removeprefix("/dev/")
        mapped = {f"mapper/{device['dm/name']}": one for one, device in known.items() if "dm/name" in device}
        name = short if short in known else mapped.get(short)
    if name is None or mount["fstype"] != "btrfs":
        return [name] if name else []
    return next((volume for volume in devices["volumes"].values() if name in volume), [])


def _encrypted(name: str, mounts: list[dict[str, Any]], devices: Mapping[str, Any]) -> bool:
    """As `devices.encrypted`; a loop device over a file on an encrypted disk may be either, so nothing is claimed."""
    known = devices["devices"]
    if encrypted(known, name):
        return True
    file = known[name].get("loop/backing_file")
    if file:
        holders = [m for m in mounts if file == m["target"] or file.startswith(m["target"].rstrip("/") + "/")]
        holder = max(holders, key=lambda one: len(one["target"]), default=None)
        under = devices_of(holder, devices) if holder else []
        if under and all(encrypted(known, one) for one in under):
            raise ValueError("a loop device over a file that may lie on an encrypted disk")
    return False


def _unsupported(detail: str) -> Gap:
    return Gap(GapReason.UNSUPPORTED, detail, _NOT_HERE)
