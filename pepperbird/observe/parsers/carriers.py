"""How what is written to a file system leaves the machine: not at all, or by which protocol, in the clear or not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason

LOCAL: Final = "local"
_NFS: Final = frozenset({"nfs", "nfs4"})
_SMB: Final = frozenset({"cifs", "smb3", "smbfs"})
_ISCSI: Final = re.compile(r"/session[0-9]+/")
_BLOCKS: Final = re.compile(r"(nbd|rbd|drbd)[0-9]+")
"""Block devices that are another machine's, by the name that the kernel gives them."""
_FABRICS: Final = "/nvme-fabrics/"
_SEVERAL_WAYS: Final = "/nvme-subsystem/"
"""Where the kernel lists an NVMe disk that may have several ways to it, built in or over a network."""
_ZFS: Final = Gap(GapReason.UNSUPPORTED, "The disks under a ZFS pool are not looked at yet.")
_UNSEEN: Final = Gap(GapReason.UNSUPPORTED, "The devices under it cannot be told, so nobody knows where they are.")


def of_network(fstype: str, options: Sequence[str]) -> str:
    """The protocol of a network file system; `tls`, `ssh` and the like only where its options say so."""
    said = dict(option.partition("=")[::2] for option in options)
    if fstype in _NFS:
        if said.get("xprtsec") in ("tls", "mtls"):
            return "tls"
        return "nfs with krb5p" if said.get("sec") == "krb5p" else "nfs"
    if fstype in _SMB:
        return "smb encrypted" if "seal" in said else "smb"
    return {"fuse.sshfs": "ssh"}.get(fstype, fstype)


def of_devices(names: Sequence[str], devices: Mapping[str, Mapping[str, Any]], depth: int = 0) -> str | Gap:
    """The protocol of the block devices under a file system; of several the first that is not local."""
    for name in names:
        device = devices.get(name)
        if device is None or depth > 16:
            return _UNSEEN
        if _BLOCKS.match(name):
            return re.sub(r"[0-9].*", "", name)
        if _ISCSI.search(device["path"]):
            return "iscsi"
        if _FABRICS in device["path"]:
            return "nvme over fabrics"
        if _SEVERAL_WAYS in device["path"]:
            return _UNSEEN
        if "loop/backing_file" in device:
            return _UNSEEN  # the file may lie on a mount of the network
        below = [device["partition"]] if "partition" in device else device["slaves"]
        found = of_devices(below, devices, depth + 1)
        if found != LOCAL:
            return found
    return LOCAL


def carrier(
    mount: Mapping[str, Any], names: Sequence[str], devices: Mapping[str, Any] | Gap, *, network: bool
) -> str | Gap:
    """How what is written to this mount travels; `names` are the block devices under it."""
    if network:
        return of_network(mount["fstype"], mount["options"])
    if isinstance(devices, Gap):
        return devices
    if mount["fstype"] == "zfs":
        return _ZFS
    return of_devices(names, devices["devices"]) if names else _UNSEEN
