"""Ways that an administrator closed: what a probe could not look into is denied, never absent and never in order.

Each way is closed in mounts of the test's own, and the probes that ship are run there by an account without rights.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pepperbird.model.evidence import ProbeOutput
from pepperbird.model.gap import Gap, GapReason
from tests.support.require import PATH, require, require_root
from tests.support.samples import ROOT, facts_of

FILES = [ROOT / "collectors" / "program" / "head.sh", *sorted((ROOT / "collectors").glob("*/probe.sh"))]
PROGRAM = "\n".join(file.read_text() for file in FILES)
NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups"
SHELLS = ("dash", "bash", "busybox sh")


def asked(closing: str, namespace: str, probe: str, shell: str = "dash", inside: str = "") -> ProbeOutput:
    """What the probe says to an account without rights once `closing` was done as root, in mounts of its own."""
    require_root()
    require("unshare", "setpriv", "chroot", "modprobe", *shell.split()[:1])
    program = f"{PROGRAM}\n_pb_privilege=sudo _pb_nonce=x\n({namespace}_{probe}) 5>&2 </dev/null\n"
    done = subprocess.run(
        ["unshare", "-m", "-n", "sh", "-c", f"set -e; {closing}\nexec {inside} {NOBODY} {shell} -s"],
        input=program.encode(), capture_output=True, timeout=60, check=False, cwd="/", env={"PATH": PATH},
    )  # fmt: skip
    return ProbeOutput(done.stdout, done.stderr, done.returncode, 1)


def reasons(namespace: str, probe: str, said: ProbeOutput) -> set[GapReason]:
    """Why each fact of that probe is not known; a fact that is known counts as parse, which no test here wants."""
    facts = facts_of(namespace, {f"{namespace}.{probe}": said})
    found = {one.reason if isinstance(one, Gap) else GapReason.PARSE for one in facts.values()}
    return found - {GapReason.NO_COLLECTOR, GapReason.NOT_DUE}


SYS = "mount -t tmpfs -o mode=700 closed /sys"
PROC_NET = "mount -t proc proc /proc; chmod 400 /proc/net/tcp6"
WAYS = [
    *[
        pytest.param(SYS, *probe.split("."), id=probe)
        for probe in (
            "btrfs.scrubs", "btrfs.volumes", "luks.headers", "lvm.volumes", "raid.arrays", "smart.disks",
            "smart.health", "storage.datasets", "storage.devices", "storage.thin_pools", "storage.usb",
            "storage.zpools", "zfs.pools",
        )
    ],
    pytest.param("mount -t tmpfs -o mode=700 closed /etc/modprobe.d", "storage", "usb", id="modprobe.d"),
    pytest.param(PROC_NET, "sockets", "listeners", id="proc-net"),
    pytest.param("mount -t tmpfs -o mode=700 closed /boot", "packages", "reboot", id="boot"),
    pytest.param("mount -t tmpfs -o mode=700 closed /etc/apt/apt.conf.d", "packages", "apt_sources", id="apt.conf.d"),
    pytest.param(
        "mount -t tmpfs -o mode=700 closed /etc/apt/sources.list.d", "packages", "apt_sources", id="sources.list.d"
    ),
    *[
        pytest.param("mount -t tmpfs -o mode=700 closed /var/lib/apt/lists", "packages", probe, id=probe)
        for probe in ("apt_indexes", "apt_updates")
    ],
]  # fmt: skip


@pytest.mark.parametrize(("closing", "namespace", "probe"), WAYS)
def test_a_closed_way_is_denied(closing: str, namespace: str, probe: str) -> None:
    said = asked(closing, namespace, probe)
    assert said.exit_status == 77, said
    assert reasons(namespace, probe, said) <= {GapReason.DENIED}


@pytest.mark.parametrize("shell", SHELLS)
def test_no_shell_takes_a_closed_way_for_absence(shell: str) -> None:
    assert asked(SYS, "storage", "zpools", shell).exit_status == 77
    assert asked("mount -t tmpfs gone /sys", "zfs", "pools", shell).exit_status == 69


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("namespace", "probe"), [("storage", "mounts"), ("packages", "os"), ("packages", "manager")])
def test_an_account_shut_in_a_directory_does_not_speak_for_the_machine(
    tmp_path: Path, namespace: str, probe: str, shell: str
) -> None:
    tmp_path.chmod(0o755)
    jail = tmp_path / "jail"
    for name in ("bin", "sbin", "usr", "lib", "lib64", "proc", "dev", "etc"):
        (jail / name).mkdir(parents=True)
    closing = f"for d in bin sbin usr lib lib64 proc dev etc; do mount --rbind /$d {jail}/$d; done"
    said = asked(closing, namespace, probe, shell, f"chroot {jail}")
    assert (said.exit_status, said.stdout) == (77, b""), said
    assert asked("", namespace, probe, shell).exit_status == 0


def test_room_behind_a_closed_door_is_denied_and_the_rest_of_its_row_known(tmp_path: Path) -> None:
    door = tmp_path / "door"
    (door / "store").mkdir(parents=True)
    closing = f"mount -t tmpfs room {door}/store; mount --bind / {door}/store; chmod 700 {door}"
    outputs = {f"storage.{probe}": asked(closing, "storage", probe) for probe in ("mounts", "space", "network_space")}
    row = next(row for row in facts_of("storage", outputs)["filesystems"] if row["target"] == f"{door}/store")
    assert isinstance(row["available"], Gap) and row["available"].reason is GapReason.DENIED
    assert row["fstype"] and row["read_only"] is False


def test_what_no_sudoers_line_would_open_names_none() -> None:
    facts = facts_of("lvm", {"lvm.volumes": asked(SYS, "lvm", "volumes")})
    assert "sudo" not in facts["volumes"].remedy and "/sys" in facts["volumes"].detail
