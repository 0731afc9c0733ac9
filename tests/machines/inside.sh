# Runs as PID 1 of the new namespaces (see machine.sh), builds the machine's root and turns into its systemd.
hostname "$M_NAME"
top=$M_DIR/top
mkdir -p "$top"
mount -t tmpfs -o size=1g machine "$top"
mkdir -p "$top/up" "$top/work" "$top/root"
mount -t overlay machine -o lowerdir=/,upperdir="$top/up",workdir="$top/work" "$top/root"

cd "$top/root"
number=0
for disk in $M_DISKS; do
  number=$((number + 1))
  mkdir -p ".${disk%%=*}"
  mount -o loop,relatime "$M_DIR/disks/$number.img" ".${disk%%=*}"
done

tries=0
while ! ip link show "pbi-$M_NAME" >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || exit 1
  sleep 0.05
done
ip link set lo up
ip link set "pbi-$M_NAME" name eth0
ip addr add "$M_ADDRESS" dev eth0
ip link set eth0 up
ip route add default via "$M_PEER"

mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755 dev dev
for node in null zero full random urandom tty; do
  touch "dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs shm dev/shm
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t tmpfs -o mode=755 run run
mkdir -p run/share
mount --bind "$M_DIR/share" run/share
mount -t tmpfs tmp tmp

echo "$M_NAME" > etc/hostname
rm -f etc/machine-id
tr -d - < /proc/sys/kernel/random/uuid > etc/machine-id
: > etc/fstab
rm -rf var/log/journal/*
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
