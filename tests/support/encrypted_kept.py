"""Keep samples that need disks and a clock of their own: `python -m tests.support.encrypted_kept`, as root.

An emulated machine holds PostgreSQL and MariaDB, first on a disk with LUKS and then on a bare one. Before that its
clock is put forward from day to day, as if it had run for months: btrfs and pgBackRest date what they make themselves.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pepperbird.model.evidence import ProbeOutput
from tests.support.databases import Mariadb, Postgresql, ask, endpoint, keep, secret_file
from tests.support.emulated import emulate
from tests.support.probed import ROOT
from tests.support.repositories_kept import DAYS
from tests.support.repositories_kept import keep as keep_outputs

PG, MY = 5499, 3399
DIRECTORIES = [f"/srv/{disk}/{name}/data" for disk in ("safe", "bare") for name in ("pg", "my")]
PROBES = (
    "storage.mounts", "storage.space", "storage.network_space", "storage.devices", "storage.datasets", "storage.zpools",
    "storage.thin_pools", "storage.usb", "datadirs.modes", "datadirs.open",
)  # fmt: skip
HISTORY = ("btrfs.volumes", "btrfs.scrubs", "btrfs.snapshots", "pgbackrest.info")
ARGUMENTS = {
    "datadirs.modes": DIRECTORIES, "datadirs.open": DIRECTORIES,
    "btrfs.snapshots": ["deep", "/srv/snaps/deep", ""],
    "pgbackrest.info": ["main", "/srv/repo/main", "/srv/repo/c.conf"],
}  # fmt: skip
SCENE = r"""
modprobe -a virtio_blk btrfs dm_crypt; sleep 1; ip link set lo up
echo secret > /tmp/key
cryptsetup -q luksFormat --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/vda /tmp/key
cryptsetup open --key-file /tmp/key /dev/vda safe
mkfs.ext4 -q /dev/mapper/safe; mkfs.ext4 -q /dev/vdb; mkfs.ext4 -q /dev/vdc; mkfs.btrfs -q /dev/vdd
mkdir -p /srv/safe /srv/bare /srv/repo /srv/snaps
mount /dev/mapper/safe /srv/safe; mount /dev/vdb /srv/bare; mount /dev/vdc /srv/repo; mount /dev/vdd /srv/snaps
as() { setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/tmp LC_ALL=C PATH=/usr/bin:/bin "$@"; }
bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb | tail -n 1)")
chown nobody /srv/repo; mkdir -p /srv/safe/pg /srv/safe/my; chown nobody /srv/safe/*; cd /srv/repo
as mkdir main log lock spool
printf '%s\n' [global] repo1-path=/srv/repo/main log-path=/srv/repo/log lock-path=/srv/repo/lock start-fast=y \
  spool-path=/srv/repo/spool archive-check=n [main] pg1-path=/srv/safe/pg/data pg1-port=5499 \
  pg1-socket-path=/srv/safe/pg pg1-user=postgres > c.conf; chmod 644 c.conf
run="as pgbackrest --stanza=main --config=/srv/repo/c.conf"
now=$(date +%s); long() { date -s "@$((now - $1 * 86400 + $(cut -d. -f1 /proc/uptime)))" >/dev/null; }
long 101
as $bin/initdb -D /srv/safe/pg/data -U postgres --auth-local=trust --auth-host=scram-sha-256 -k --no-sync \
  --locale=C -E UTF8
printf '%s\n' port=5499 "listen_addresses='127.0.0.1'" archive_mode=on "unix_socket_directories='/srv/safe/pg'" \
  "archive_command='pgbackrest --stanza=main --config=/srv/repo/c.conf archive-push %p'" \
  >> /srv/safe/pg/data/postgresql.conf
pg() { as $bin/pg_ctl -D /srv/$1/pg/data -w -t 240 -l /srv/$1/pg/log $2 >/dev/null 2>&1; }
pg safe start
$run stanza-create
btrfs -q subvolume create /srv/snaps/data; mkdir /srv/snaps/deep; echo x > /srv/snaps/data/f; kind=full
for days in @DAYS@; do
  long $days
  btrfs -q subvolume snapshot -r /srv/snaps/data /srv/snaps/deep/deeds-$(date +%F)
  case $days in 100|40|7|0) $run --type=$kind backup; kind=incr ;; esac
done
capture history
as psql -XqAt -h /srv/safe/pg -p 5499 -U postgres postgres -c "CREATE ROLE pepper LOGIN PASSWORD 'Kpelle-27'" \
  -c 'GRANT pg_monitor TO pepper' -c 'GRANT SELECT ON pg_hba_file_rules TO pepper' \
  -c 'GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO pepper' -c 'CREATE DATABASE registry'
my() { # my DISK: its MariaDB, until it answers
  (cd /srv/$1/my; exec </dev/null >/dev/null 2>&1; as /usr/sbin/mariadbd --no-defaults --datadir=/srv/$1/my/data \
    --socket=/srv/$1/my/s --port=3399 --bind-address=127.0.0.1 --skip-name-resolve --innodb-log-file-size=8M \
    --log-error=/srv/$1/my/log) &
  for wait in $(seq 240); do
    ! as mariadb --no-defaults -u root --socket=/srv/$1/my/s -e 'SELECT 1' 2>/dev/null || break
    sleep 1
  done
}
PATH=$PATH:/usr/sbin:/sbin
as mariadb-install-db --no-defaults --datadir=/srv/safe/my/data --skip-test-db --innodb-log-file-size=8M \
  --auth-root-authentication-method=normal
my safe
as mariadb --no-defaults -u root --socket=/srv/safe/my/s -e "CREATE USER pepper@127.0.0.1 IDENTIFIED BY 'Kpelle-27';
  GRANT PROCESS, REPLICA MONITOR, SHOW DATABASES, REFERENCES ON *.* TO pepper@127.0.0.1;
  GRANT SELECT (User, Host, plugin, ssl_type, Super_priv, is_role) ON mysql.user TO pepper@127.0.0.1;
  CREATE DATABASE registry"
asked() { (cd @ROOT@; HOME=/tmp PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m tests.support.encrypted_kept $1); }
asked safe; capture safe
pg safe stop; as mariadb-admin --no-defaults -u root --socket=/srv/safe/my/s shutdown; sleep 5
rm -f /srv/safe/my/s; cp -a /srv/safe/pg /srv/safe/my /srv/bare
sed -i 's#/srv/safe#/srv/bare#' /srv/bare/pg/data/postgresql.conf
pg bare start; my bare
asked bare; capture bare
mkdir -p /share/kept; (cd @ROOT@/collectors; cp -r --parents */samples/databases-on-* /share/kept)
pg bare stop; as mariadb-admin --no-defaults -u root --socket=/srv/bare/my/s shutdown
"""
WORDS = {"safe": "a disk with LUKS", "bare": "a bare disk"}


def _name(disk: str) -> str:
    return {"safe": "databases-on-luks", "bare": "databases-on-a-bare-disk"}[disk]


def ask_inside(disk: str) -> None:
    """On the machine itself: what both servers tell, as samples in its own copy of the checkout."""
    secret = secret_file(Path("/tmp"))
    servers = {
        "postgresql": Postgresql(Path(f"/srv/{disk}/pg"), PG),
        "mysql": Mariadb(Path(f"/srv/{disk}/my"), MY),
    }
    for namespace, server in servers.items():
        about = f"{namespace} of Debian 12 with its files on {WORDS[disk]} of an emulated machine"
        keep(ask(endpoint(server, secret), deadline=400), namespace, _name(disk), about)


def keep_all(folder: Path) -> None:
    """Boot it, and write all samples."""
    scene = SCENE.replace("@DAYS@", " ".join(map(str, reversed(DAYS)))).replace("@ROOT@", str(ROOT))
    states = emulate(
        folder, scene, ["virtio-blk-pci"] * 4, (*PROBES, *HISTORY), seconds=1500, size=512, arguments=ARGUMENTS
    )
    for disk, words in WORDS.items():
        about = f"an emulated machine with Debian 12's kernel 6.1; the files of PostgreSQL and MariaDB lie on {words}"
        for namespace in ("storage", "datadirs"):
            cut = "; what was said of the other disk's directories is cut out" if namespace == "datadirs" else ""
            keep_outputs(namespace, _name(disk), about + cut, _on(_of(states[disk], namespace), disk))
    shutil.copytree(folder / "share" / "kept", ROOT / "collectors", dirs_exist_ok=True)
    about = "of Debian 12 on an emulated machine, as root: 100 days, to each of which its clock was put forward"
    for namespace, tool in (("btrfs", "btrfs"), ("pgbackrest", "pgBackRest 2.45")):
        keep_outputs(namespace, "clock-put-forward", f"{tool} {about}", _of(states["history"], namespace))


def _on(outputs: Mapping[str, ProbeOutput], disk: str) -> dict[str, ProbeOutput]:
    """Of the directories, which a probe tells of one after the other, those on the disk: no others are declared."""
    found = dict(outputs)
    for probe in found.keys() & {"datadirs.modes", "datadirs.open"}:
        first, *blocks = re.split(rb"(?m)^(?=path |end$)", found[probe].stdout)
        mine = [
            one for one in blocks if not one.startswith(b"path ") or one.startswith(b"path /srv/%b/" % disk.encode())
        ]
        found[probe] = replace(found[probe], stdout=b"".join([first, *mine]))
    return found


def _of(outputs: Mapping[str, ProbeOutput], namespace: str) -> dict[str, ProbeOutput]:
    return {probe: one for probe, one in outputs.items() if probe.startswith(f"{namespace}.")}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ask_inside(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory(prefix="pepperbird-kept-") as made:
            keep_all(Path(made) / "machine")
