# Runs as PID 1 of the new namespaces (see machine.sh), builds the machine's root and turns into its systemd.
hostname "$M_NAME"
top=$M_DIR/top
mkdir -p "$top"
mount -t tmpfs -o size=4g machine "$top"
mkdir -p "$top/up" "$top/work" "$top/root"
mount -t overlay machine -o lowerdir=/,upperdir="$top/up",workdir="$top/work" "$top/root"

cd "$top/root"
. "$M_PARTS"
disks
network
kernel
mount -t cgroup2 cgroup sys/fs/cgroup

echo "$M_NAME" > etc/hostname
rm -f etc/machine-id
tr -d - < /proc/sys/kernel/random/uuid > etc/machine-id
: > etc/fstab
rm -rf var/log/journal/*
# What runs on this computer, or is installed on it, does not run in the machine: its setup alone switches things on.
find etc/systemd/system -type l -delete
rm -f etc/rc?.d/*
find etc/cron.* -type f ! -name e2scrub_all ! -name apt-compat ! -name dpkg ! -name logrotate ! -name man-db -delete
for unit in systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-modules-load.service \
  systemd-networkd.service systemd-timesyncd.service getty.target console-getty.service apt-daily.timer \
  apt-daily-upgrade.timer man-db.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer logrotate.timer; do
  ln -sf /dev/null "etc/systemd/system/$unit"
done
cp "$M_SETUP" tmp/setup
chroot . /bin/sh -eu /tmp/setup
rm -f tmp/setup
# From here on the machine has no mount that a real one would not have.
umount run/share
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  chroot . /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal
