# Runs as PID 1 of the new namespaces in place of inside.sh (see machine.sh): a machine of busybox alone, as appliances are.
# Its SSH server is dropbear; it has no sudo, no package manager and no systemd, and root is its only account.
hostname "$M_NAME"
top=$M_DIR/top
mkdir -p "$top"
mount -t tmpfs -o size=64m machine "$top"
cd "$top"
mkdir -p bin sbin usr/bin usr/sbin lib lib64 etc/dropbear etc/crontabs root/.ssh proc sys dev tmp run var/log var/spool/cron
. "$M_PARTS"

for name in dropbear-bin libtomcrypt1 libtommath1; do
  dpkg-deb --fsys-tarfile /var/cache/pepperbird-debs/"$name"_*.deb | tar -x ./usr
done
cp "$(command -v busybox)" bin/busybox
for program in bin/busybox usr/sbin/dropbear; do
  LD_LIBRARY_PATH=$PWD/usr/lib/$(uname -m)-linux-gnu ldd $program | grep -o '/[^ ]*' | while read -r library; do
    case $library in
      "$PWD"/*) ;;
      *) mkdir -p ".${library%/*}" && cp -L "$library" ".$library" ;;
    esac
  done
done
printf 'root:x:0:0:root:/root:/bin/sh\n' > etc/passwd
printf 'root:*:1::::::\n' > etc/shadow
printf 'root:x:0:\n' > etc/group
printf '/bin/sh\n' > etc/shells
echo "$M_NAME" > etc/hostname
echo "127.0.0.1 localhost $M_NAME" > etc/hosts
chmod 640 etc/shadow
install -m 600 "$M_DIR/share/key.pub" root/.ssh/authorized_keys
chmod 700 root root/.ssh
printf '0 3 * * * tar cf /srv/data/etc.tar /etc\n' > etc/crontabs/root
cat > etc/inittab <<'INIT'
::respawn:/usr/sbin/dropbear -F -E -s -r /etc/dropbear/host_ed25519
::respawn:/usr/sbin/crond -f -c /etc/crontabs
::respawn:/sbin/syslogd -n
INIT

chroot . /bin/busybox --install -s
disks
network
kernel
chroot . /usr/bin/dropbearkey -t ed25519 -f /etc/dropbear/host_ed25519 | grep '^ssh-' > run/share/ssh_host_ed25519_key.pub
umount run/share
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . /sbin/init
