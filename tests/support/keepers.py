"""Machines that keep backups, and machines of production: real keys, a real sshd's settings, a real borg repository.

`python -m tests.support.keepers`, as root, keeps samples of both.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.probed import run_probe
from tests.support.repositories_kept import keep
from tests.support.samples import collectors

MAKE = """
for one in production admin other; do ssh-keygen -q -t ed25519 -N '' -C "$one of a named person" -f $one; done
mkdir -p srv home/keeper/.ssh root/.ssh empty prod/.ssh over
cp production production.pub prod/.ssh; cp admin.pub root/.ssh/authorized_keys
export BORG_BASE_DIR=$PWD/base BORG_PASSPHRASE=; borg init -e none srv/vault 2>/dev/null; echo x > f
borg create "srv/vault::deeds-$(date +%F)" f; rm -rf base
"""
MOUNTS = """
mount -t tmpfs etc {0}/over; mkdir {0}/over/up {0}/over/work
mount -t overlay etc -o lowerdir=/etc,upperdir={0}/over/up,workdir={0}/over/work /etc
echo keeper:x:900:900::/home/keeper:/bin/sh >> /etc/passwd
mkdir -p /run/sshd /etc/ssh; printf '%s\\n' {2} > /etc/ssh/sshd_config
ls /etc/ssh/ssh_host_* >/dev/null 2>&1 || ssh-keygen -A >/dev/null
mount --bind {0}/srv /srv; mount --bind {0}/home /home; mount --bind {0}/{1} /root
"""
HANGS = """
mkdir -p /srv/nas; python3 -I {0} nas:/backups /srv/nas fuse.sshfs </dev/null >/dev/null 2>&1 &
deaf=$!; trap 'kill -9 $deaf' EXIT; until grep -q fuse.sshfs /proc/mounts; do sleep 0.05; done
"""
"""A file server that takes every question and answers none, mounted at /srv/nas until the commands have ended."""
DEAF = Path(__file__).with_name("deaf_mount.py")
ADDS = 'command="borg serve --append-only --restrict-to-path /srv/vault",restrict'
KEYS_ONLY = ("PasswordAuthentication no", "KbdInteractiveAuthentication no")


@dataclass(frozen=True)
class Host:
    """Runs shell commands as root, where /root, /home, /srv and /etc/ssh are those of a folder."""

    folder: Path
    root: str = "root"
    sshd: tuple[str, ...] = KEYS_ONLY
    hangs: bool = False

    def __call__(self, text: str) -> str:
        mounts = MOUNTS.format(self.folder, self.root, " ".join(map(shlex.quote, self.sshd)))
        mounts += HANGS.format(shlex.quote(str(DEAF))) if self.hangs else ""
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", f"set -e\n{mounts}set +e\n{text}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout


def make(folder: Path) -> None:
    """The files of both machines."""
    subprocess.run(["sh", "-ec", MAKE], cwd=folder, check=True, capture_output=True, timeout=60)


def key(folder: Path, name: str, options: str = "") -> str:
    """A line of authorized_keys."""
    return f"{options} {(folder / f'{name}.pub').read_text()}".lstrip()


def keep_all(folder: Path) -> None:
    """A keeper that production can only add to and one that it can delete from, each with its production."""
    words = {
        "apart": (ADDS, "may only add to the borg repository"),
        "loose": ("", "may run anything beside the borg repository"),
    }
    for name, (options, may) in words.items():
        (folder / "home/keeper/.ssh/authorized_keys").write_text(key(folder, "production", options))
        about = f"OpenSSH and borg of Debian 12, as root: the key of production {may}; no passwords; one administrator"
        _keep(Host(folder), f"keys-{name}-keeper", about, "ssh_keys")
        _keep(Host(folder), f"keys-{name}-keeper", about, "borg", "vault", "/srv/vault", "")
        (folder / "home/keeper/.ssh/authorized_keys").unlink()
        about = "OpenSSH of Debian 12, as root: the machine of production with its key; nobody is let in by a key"
        _keep(Host(folder, "prod"), f"keys-{name}-production", about, "ssh_keys")


def _keep(host: Host, name: str, about: str, namespace: str, *arguments: str) -> None:
    probes = collectors()[namespace].probes
    asked = {
        f"{namespace}.{probe}": run_probe(host, namespace, probe, *(arguments if spec.args else ()))
        for probe, spec in probes.items()
    }
    keep(namespace, name, about, asked)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="pepperbird-keys-") as made:
        make(Path(made))
        keep_all(Path(made))
