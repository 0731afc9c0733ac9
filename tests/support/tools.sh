#!/bin/sh
# Install the Debian packages that a part of the tests needs, and say which are missing where that can't be done.
# Usage: tools.sh all | PART ...      As root on Debian or Ubuntu it installs; else it only says.
set -eu

need() { # need PROGRAM PACKAGE
  PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null 2>&1 || packages="$packages $2"
}

# Every part that a test may need; `all` stands for them. A new part is added here too.
[ "$*" != all ] || set -- machines busybox shells chromium axe jobs rpm ups disks backups databases objects logs dates shares

packages=
for part in "$@"; do
  case $part in
    python) "${PYTHON:-python3}" -c 'import venv, ensurepip' 2>/dev/null || packages="$packages python3-venv" ;;
    machines)
      need sshd openssh-server
      need ssh openssh-client
      need sudo sudo
      need ip iproute2
      need modprobe kmod
      need mkfs.ext4 e2fsprogs
      need pgrep procps
      need unshare util-linux
      [ -x /lib/systemd/systemd ] || packages="$packages systemd"
      # The test machines see this machine's package index; without one they could not tell what is out of date.
      [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -print -quit 2>/dev/null)" ] || refresh=yes
      ;;
    jobs)
      need cron cron
      need dbus-daemon dbus
      need setpriv util-linux
      ;;
    rpm)
      need rpmbuild rpm
      need dnf dnf
      need createrepo_c createrepo-c
      ;;
    ups)
      need upsd nut-server
      need upsc nut-client
      ;;
    disks) # and Debian's kernel for the emulated machine (see emulated.py): fetched, not installed
      need qemu-system-x86_64 qemu-system-x86
      need busybox busybox
      need cpio cpio
      need setpriv util-linux
      need mdadm mdadm
      need lvs lvm2
      need cryptsetup cryptsetup-bin
      need smartctl smartmontools
      need btrfs btrfs-progs
      fetch="${fetch:-} linux-image-amd64"
      ;;
    backups)
      need restic restic
      need borg borgbackup
      need pgbackrest pgbackrest
      need pg_lsclusters postgresql
      need rsnapshot rsnapshot
      need rsync rsync
      need barman barman
      need sqlite3 sqlite3
      # Unpacked by the tests (see bacula.py): installed, it would start its daemons.
      fetch="${fetch:-} bacula-director bacula-director-sqlite3 bacula-sd bacula-fd bacula-console bacula-common"
      fetch="$fetch bacula-common-sqlite3"
      need zstd zstd
      need xz xz-utils
      ;;
    busybox)
      need busybox busybox
      fetch="${fetch:-} dropbear-bin"
      ;;
    shells)
      need busybox busybox
      need dash dash
      need bash bash
      ;;
    databases)
      need mariadbd mariadb-server
      ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages="$packages postgresql"
      ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || packages="$packages libfaketime"
      ;;
    shares)
      need exportfs nfs-kernel-server
      need smbd samba
      need testparm samba-common-bin
      need smbclient smbclient
      need setpriv util-linux
      ;;
    dates) [ -e /usr/share/distro-info/debian.csv ] || packages="$packages distro-info-data" ;;
    objects)
      need ceph-mon ceph-mon
      need ceph-osd ceph-osd
      need radosgw radosgw
      need setpriv util-linux
      ;;
    chromium)
      need chromium chromium
      need pdftoppm poppler-utils
      ;;
    axe) # axe-core, a script for the browser, out of a wheel: fetched, not installed
      script=/var/cache/pepperbird-axe/axe.min.js
      if [ ! -e "$script" ]; then
        { mkdir -p "${script%/*}" &&
          .venv/bin/python -m pip download -q --disable-pip-version-check --no-deps --dest "${script%/*}" axe-playwright-python==0.1.8 &&
          .venv/bin/python -c 'import sys, zipfile
sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("axe_playwright_python/axe.min.js"))' \
            "${script%/*}"/axe_playwright_python-*.whl >"$script.new" && mv "$script.new" "$script"
        } || echo "tools.sh: axe-core was not fetched (needs root, .venv and PyPI)" >&2
      fi
      ;;
    # Packages for the inside of test machines (see debs.py): fetched, not installed.
    logs) fetch="${fetch:-} chrony rsyslog rsyslog-gnutls auditd aide logrotate rpm systemd-journal-remote" ;;
    *) echo "tools.sh: no part named $part" >&2; exit 2 ;;
  esac
done

cache=/var/cache/pepperbird-debs
for name in ${fetch:-}; do
  ls "$cache/$name"_*.deb >/dev/null 2>&1 || missing="${missing:-} $name"
done
[ -n "$packages${refresh:-}${missing:-}" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  [ -z "$packages${missing:-}" ] || echo "tools.sh: not installed (needs root on Debian or Ubuntu):$packages${missing:-}" >&2
  exit 0
fi
echo "Installing Debian packages:${packages:- (none, refreshing the index)}"
apt-get update -q >/dev/null
[ -z "$packages" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages >/dev/null
# No test wants these to run on this computer itself, where they were not before.
case "$packages " in *" nfs-kernel-server "*) off="nfs-server rpcbind.socket rpcbind" ;; esac
case "$packages " in *" samba "*) off="${off:-} smbd nmbd samba-ad-dc" ;; esac
[ -z "${off:-}" ] || systemctl disable --now $off >/dev/null 2>&1 || systemctl disable $off >/dev/null 2>&1 || true
if [ -n "${missing:-}" ]; then
  mkdir -p "$cache/partial"
  apt-get install -y -q --download-only --reinstall --no-install-recommends -o Dir::Cache::archives="$cache" $fetch >/dev/null
fi
