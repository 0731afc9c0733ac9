"""An emulated machine with Debian's kernel and disks of its own, for what this computer's kernel cannot hold.

Boots qemu without hardware help in some seconds. Its root is this computer's, read-only under a layer of memory; a
scene, a shell script, sets up its disks and says `capture NAME [USER]`: then the probes that ship run there.
"""

from __future__ import annotations

import gzip
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pepperbird.model.evidence import ProbeOutput
from tests.support.require import PATH, lacking, require, require_root

ROOT = Path(__file__).resolve().parents[2]
KERNELS = Path("/var/cache/pepperbird-debs")
PROGRAMS = ("qemu-system-x86_64", "busybox", "cpio", "modprobe", "depmod", "ldd", "dpkg-deb")
_FIRST = ("9p", "virtio_pci", "9pnet_virtio", "overlay")
_INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc; $b mount -t sysfs s /sys; $b mount -t devtmpfs d /dev
for m in /mods/*; do $b insmod $m; done
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose host /host
$b mount -t tmpfs t /rw; $b mkdir /rw/up /rw/work
$b mount -t overlay -o lowerdir=/host,upperdir=/rw/up,workdir=/rw/work o /new
for d in proc sys dev; do $b mount --move /$d /new/$d; done
$b mkdir -p /new/share; $b mount -t tmpfs t /new/run; $b mount -t tmpfs t /new/tmp
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 share /new/share
exec $b chroot /new /bin/sh /share/run.sh
"""
_RUN = """PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH
exec >/share/log 2>&1
mkdir -p /lib/modules; ln -sfn "$(cat /share/kernel)/lib/modules/$(uname -r)" /lib/modules/$(uname -r)
mkdir -p /etc/lvm /srv; rm -f /etc/crypttab
printf 'activation { udev_sync=0 udev_rules=0 monitoring=0 }\\ndevices { obtain_device_list_from_udev=0 }\\n' \\
  > /etc/lvm/lvmlocal.conf
cp /share/probes.sh /tmp/probes.sh; cp /share/scene.sh /tmp/scene.sh
# The share is no mount that a real machine would have, so the probes do not see it.
capture() { # capture NAME [USER]; where $only is exported, of that probe alone
  mkdir -p /tmp/out/$1; chmod 777 /tmp/out/$1; chmod 644 /tmp/probes.sh
  unshare -m sh -c "umount -l /share; cd /tmp/out/$1
    exec ${2:+setpriv --reuid=$2 --regid=$2 --init-groups} sh /tmp/probes.sh"
  mkdir -p /share/out; cp -r /tmp/out/$1 /share/out/
}
set -ex
. /tmp/scene.sh
: whole
set +e; sync; echo o > /proc/sysrq-trigger; sleep 9
"""


@cache
def kernel() -> tuple[Path, str]:
    """Where Debian's kernel and its modules are unpacked, and its version; skips loudly where it is not fetched."""
    require_root()
    require(*PROGRAMS)
    found = sorted(KERNELS.glob("linux-image-[0-9]*-amd64_*.deb"))
    if not found:
        lacking("Debian's kernel")
    place = KERNELS / found[-1].stem
    if not (place / "ready").exists():
        subprocess.run(["dpkg-deb", "-x", found[-1], place], check=True)
        subprocess.run(["depmod", "-b", place, _version(place)], check=True, env={"PATH": PATH})
        (place / "ready").touch()
    return place, _version(place)


def _version(place: Path) -> str:
    return next((place / "lib" / "modules").iterdir()).name


def _initrd(folder: Path) -> Path:
    """A first root of busybox and the few modules that reach the real one."""
    place, version = kernel()
    root = folder / "initrd"
    for name in ("bin", "proc", "sys", "dev", "mods", "host", "new", "rw"):
        (root / name).mkdir(parents=True, exist_ok=True)
    busybox = shutil.which("busybox", path=PATH) or ""
    shutil.copy(busybox, root / "bin" / "busybox")
    for library in re.findall(r"/\S+", subprocess.check_output(["ldd", busybox], text=True)):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])
    listed = [
        line.split()[1]
        for module in _FIRST
        for line in subprocess.check_output(
            ["modprobe", "-d", place, "-S", version, "--show-depends", module], text=True, env={"PATH": PATH}
        ).splitlines()
        if line.startswith("insmod")
    ]
    for number, file in enumerate(dict.fromkeys(listed)):
        shutil.copy(file, root / "mods" / f"{number + 10}-{Path(file).name}")
    (root / "init").write_text(_INIT)
    (root / "init").chmod(0o755)
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    packed = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=names.encode(), check=True,
                            capture_output=True).stdout  # fmt: skip
    file = folder / "initrd.gz"
    file.write_bytes(gzip.compress(packed, 1))
    return file


def program(probes: Sequence[str], arguments: Mapping[str, Sequence[str]]) -> str:
    """The probes that ship, run one after the other, each with its outputs and its exit status in files.

    Behind a name and a blank stands what the shell is to give that probe; `arguments` are given as they are.
    """
    parts = [ROOT / "collectors" / "program" / "head.sh", *sorted((ROOT / "collectors").glob("*/probe.sh"))]
    text = "\n".join(part.read_text().replace("\ncd /\n", "\n") for part in parts) + "\n_pb_privilege=sudo\n"
    for asked in probes:
        probe, _, inline = asked.partition(" ")
        words = f"{probe.replace('.', '_')} {inline or shlex.join(arguments.get(probe, ()))}"
        text += f'[ -n "${{only:-}}" ] && [ "$only" != {probe} ] || '
        text += f"{{ ({words}) </dev/null >{probe}.out 2>{probe}.err 5>&2; echo $? >{probe}.exit; }}\n"
    return text


def emulate(
    folder: Path,
    scene: str,
    disks: Sequence[str],
    probes: Sequence[str],
    *,
    seconds: int = 150,
    size: int = 64,
    arguments: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Mapping[str, Mapping[str, ProbeOutput]]:
    """What the probes said at each `capture` of the scene, by its name.

    `probes` are their names, and behind a blank what the shell is to give them; `arguments` are those of probes that
    take some as they are. `disks` are devices of qemu by name and options (`virtio-blk-pci`, `ide-hd,model=X`, ...),
    `size` MB each.
    """
    place, _ = kernel()
    share = folder / "share"
    share.mkdir(parents=True)
    (share / "run.sh").write_text(_RUN)
    (share / "scene.sh").write_text(scene)
    (share / "probes.sh").write_text(program(probes, arguments))
    (share / "kernel").write_text(str(place))
    command = [
        "qemu-system-x86_64", "-M", "q35", "-m", "768", "-smp", "2", "-accel", "tcg,thread=multi", "-nographic",
        "-nodefaults", "-no-reboot", "-serial", f"file:{folder / 'console'}",
        "-kernel", str(next((place / "boot").glob("vmlinuz-*"))), "-initrd", str(_initrd(folder)),
        "-append", "console=ttyS0 quiet panic=-1 mitigations=off",
        "-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap",
        "-virtfs", f"local,path={share},mount_tag=share,security_model=none",
    ]  # fmt: skip
    for number, disk in enumerate(disks):
        kind, _, options = disk.partition(",")
        if kind in ("virtio-scsi-pci", "qemu-xhci"):  # a bus for disks to come, none itself
            command += ["-device", disk]
            continue
        image = folder / f"disk{number}"
        with image.open("wb") as file:
            file.truncate(size * 1024 * 1024)
        command += ["-drive", f"file={image},if=none,id=d{number},format=raw,cache=unsafe"]
        command += ["-device", ",".join([kind, f"drive=d{number}", *filter(None, [options])])]
    _boot(command, folder, seconds)
    return {state.name: _outputs(state, probes) for state in (share / "out").iterdir()}


def _boot(command: Sequence[str], folder: Path, seconds: int) -> None:
    subprocess.run(command, check=False, timeout=seconds, stdin=subprocess.DEVNULL, capture_output=True,
                   env={**os.environ, "PATH": PATH})  # fmt: skip
    log = folder / "share" / "log"
    said = log.read_text(errors="replace") if log.exists() else "the kernel did not reach its root"
    if "\n+ : whole" not in said:
        raise RuntimeError(f"the scene was not played to its end:\n{said[-3000:]}")


def _outputs(state: Path, probes: Sequence[str]) -> dict[str, ProbeOutput]:
    names = [asked.partition(" ")[0] for asked in probes]
    return {
        probe: ProbeOutput(
            (state / f"{probe}.out").read_bytes(), (state / f"{probe}.err").read_bytes(),
            int((state / f"{probe}.exit").read_text()), 1,
        )
        for probe in names
        if (state / f"{probe}.exit").exists()
    }  # fmt: skip
