"""Keep samples of ZFS repositories: `python -m tests.support.zfs_kept FOLDER`, as root.

ZFS is not among what tests install: FOLDER holds what `dpkg-deb -x` makes of Debian's zfsutils-linux and its libraries
(component contrib), and under `mod` the modules that zfs-dkms builds for the kernel of the emulated machine. It may not
lie in /tmp, which that machine has of its own. The clock there is put forward from day to day, since ZFS dates its
snapshots itself.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.support.emulated import emulate
from tests.support.repositories_kept import DAYS, keep

PROBES = ("zfs.pools", "zfs.snapshots")
GIVEN = {
    "deep": "/tank/deep",
    "plain": "/tank/plain",
    "none": "/tank/none",
    "full": "/small/full",
    "gone": "/tank/gone",
}
ARGUMENTS = {"zfs.snapshots": [word for name, path in GIVEN.items() for word in (name, path, "")]}
SCENE = r"""
for part in @TREE@/bin @TREE@/sbin @TREE@/lib @TREE@/usr; do cp -a $part/. /${part##*/}/; done; ldconfig
modprobe virtio_blk; modprobe -a zlib_deflate zlib_inflate 2>/dev/null || true
for one in spl znvpair zavl zcommon zunicode zzstd icp zlua zfs; do
  insmod "$(find @TREE@/mod -name $one.ko)"
done
sleep 1
now=$(date +%s); long() { date -s "@$((now - $1 * 86400 + $(cut -d. -f1 /proc/uptime)))" >/dev/null; }
long 101
echo a-long-secret > /tmp/key
# It labels whole disks with udev's help alone, which is not there; what the device mapper makes it takes as it is.
modprobe dm_mod; for disk in vda vdb vdc; do
  dmsetup create --noudevsync $disk --table "0 $(cat /sys/block/$disk/size) linear /dev/$disk 0"
done
dmsetup mknodes; zpool create -o cachefile=none tank mirror /dev/mapper/vda /dev/mapper/vdb
zpool create -o cachefile=none small /dev/mapper/vdc
zfs create -o encryption=aes-256-gcm -o keyformat=passphrase -o keylocation=file:///tmp/key tank/deep
zfs create tank/deep/deeds; zfs create tank/plain; zfs create tank/none; zfs create small/full
for one in tank/deep/deeds tank/plain small/full; do echo x > /$one/f; done
for days in @DAYS@; do
  long $days
  zfs snapshot -r tank/deep@$(date +%F); zfs hold -r kept tank/deep@$(date +%F)
  case $days in 100|40) zfs snapshot tank/plain@$(date +%F); zfs snapshot small/full@$(date +%F) ;; esac
done
head -c 400M /dev/zero > /small/full/fill || true
sync
capture whole
chmod 600 /dev/zfs
capture denied daemon
"""


def keep_all(folder: Path, tree: Path) -> None:
    """Boot the machine with what lies in `tree`, and write both samples."""
    scene = SCENE.replace("@DAYS@", " ".join(map(str, reversed(DAYS)))).replace("@TREE@", str(tree))
    states = emulate(folder, scene, ["virtio-blk-pci"] * 3, PROBES, seconds=500, size=256, arguments=ARGUMENTS)
    about = (
        "ZFS 2.1 of Debian 12 on an emulated machine, as root: made over 100 days, to each of which its clock was put"
    )
    keep(
        "zfs",
        "snapshots-every-state",
        f"{about} forward: held, plain and old, none, full, not there",
        {**states["whole"]},
    )
    about = "the same machine, asked by an account that may not open /dev/zfs, as before OpenZFS 0.8"
    keep("zfs", "snapshots-denied", about, {**states["denied"]})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="pepperbird-kept-") as made:
        keep_all(Path(made) / "machine", Path(sys.argv[1]).resolve())
