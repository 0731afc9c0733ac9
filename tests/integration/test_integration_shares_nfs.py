"""The NFS server of Debian's own kernel, on an emulated machine: what it offers is seen, and the shipped fix closes it.

The same raw outputs stand as captured samples, so that the fast tests need no emulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.observe import DENIED
from tests.support.emulated import emulate
from tests.support.probed import fix_of
from tests.support.require import require
from tests.support.samples import facts_of

pytestmark = [pytest.mark.slow, pytest.mark.machine]

BEGIN = """
ip link set lo up
modprobe -a nfsd nfs nfsv4
mount -t nfsd nfsd /proc/fs/nfsd; mkdir -p /run/rpcbind /run/sendsigs.omit.d /root /mnt; mount -t tmpfs root /root
mount -t tmpfs t /srv; mkdir -p /srv/pub /srv/deeds; echo secret > /srv/pub/file; chmod 600 /srv/pub/file
printf '%s\\n' '/srv/pub *(rw,async,no_root_squash,no_subtree_check,insecure,fsid=0)' \\
  '/srv/deeds 127.0.0.0/8(ro,sync,no_subtree_check,sec=krb5p,fsid=2)' > /etc/exports
rpcbind -w; exportfs -ra; rpc.nfsd -N 3 2; rpc.mountd; sleep 1
mount -t nfs4 127.0.0.1:/ /mnt; test "$(cat /mnt/file)" = secret; umount /mnt
capture open; capture open-to-daemon daemon
printf '%s\\n' '/srv/pub 127.0.0.0/8(ro,no_subtree_check,fsid=0,sec=krb5p)' > /etc/exports
capture file-changed-since daemon
"""
END = """
! mount -t nfs4 127.0.0.1:/ /mnt
capture closed daemon
chmod 600 /var/lib/nfs/etab; capture no-rights daemon
chmod 644 /var/lib/nfs/etab
mkdir -p /tmp/dumps /srv/pub/dumps; printf -- '-- Dump completed\\n' > /tmp/dumps/near.sql
cp /tmp/dumps/near.sql /srv/pub/dumps/far.sql
printf '%s\\n' '/srv/pub 127.0.0.0/8(rw,no_subtree_check,fsid=0,insecure,no_root_squash)' > /etc/exports
exportfs -ra; mount -t nfs4 -o hard 127.0.0.1:/ /mnt
capture served; export only=dumps.files; rpc.nfsd 0; capture stopped
"""


def scene() -> str:
    """What is bad is put right by the shipped fix, on the very export that is open."""
    fix = fix_of("nfs.closed")
    return f"{BEGIN}\nSUBJECT='/srv/pub to *'\n{fix}\n{END}"


def facts(states: Mapping[str, Any], name: str) -> dict[str, Any]:
    return dict(facts_of("nfs", dict(states[name])))


def test_what_the_kernel_serves_is_seen_and_closed(tmp_path: Path) -> None:
    require("exportfs", "rpc.nfsd", "rpc.mountd", "rpcbind", "mount.nfs4", "setpriv")
    far, near = "far /mnt/dumps '*.sql'", "near /tmp/dumps '*.sql'"
    disks = [f"storage.{probe}" for probe in ("mounts", "space", "network_space", "devices", "datasets")]
    states = emulate(tmp_path / "machine", scene(), (), ("nfs.server", f"dumps.files {far} {near}", *disks))

    seen = facts(states, "open")
    assert (seen["running"], seen["versions"]) == (True, ["4", "4.1", "4.2"])
    rows = {one["id"]: one for one in seen["exports"]}
    assert rows.keys() == {"/srv/pub to *", "/srv/deeds to 127.0.0.0/8"}
    pub, deeds = rows["/srv/pub to *"], rows["/srv/deeds to 127.0.0.0/8"]
    weak = ("everyone", "root_squashed", "reserved_ports", "sync")
    assert [pub[name] for name in weak] == [True, False, False, False]
    assert [deeds[name] for name in weak] == [False, True, True, True]
    assert (pub["security"], deeds["security"]) == (["sys"], ["krb5p"])

    assert facts(states, "open-to-daemon")["exports"] == seen["exports"], "an ordinary account sees the same"
    assert facts(states, "file-changed-since")["exports"] == seen["exports"], "mountd's table, and not the file"

    closed = facts(states, "closed")["exports"]
    assert [(one["id"], one["security"], one["root_squashed"]) for one in closed] == [
        ("/srv/pub to 192.0.2.0/24", ["krb5p"], True)
    ]
    assert states["no-rights"]["nfs.server"].exit_status in (0, DENIED)
    denied = facts(states, "no-rights")["exports"]
    assert isinstance(denied, Gap) and denied.reason is GapReason.DENIED

    served, stopped = ({row["id"]: row for row in points(states, name)} for name in ("served", "stopped"))
    assert served["far: *.sql"]["ending"] == "marked"
    disks_of = facts_of("storage", {name: one for name, one in states["served"].items() if name.startswith("storage.")})
    assert {row["target"]: row["carrier"] for row in disks_of["filesystems"]}["/mnt"] == "nfs"
    assert stopped["near: *.sql"]["ending"] == "marked", "the probe went on behind the dead server"
    gap = stopped["far"]["newest"]
    assert (gap.reason, gap.detail) == (
        GapReason.PROBE_TIMEOUT,
        "/mnt/dumps lies on /mnt (nfs4), which hangs: it did not answer within 5 seconds, so nobody can say "
        "what is there.",
    )


def points(states: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """What the folders of dump files showed, one of them on a hard mount of that server."""
    return list(facts_of("dumps", {"dumps.files": states[name]["dumps.files"]})["points"])
