# What the scripts that build a machine's root have in common (inside.sh, busybox-root.sh). They stand in that root.

# The loop-mounted disks that machine.sh made, each at its place.
disks() {
  number=0
  for disk in $M_DISKS; do
    number=$((number + 1))
    mkdir -p ".${disk%%=*}"
    mount -o loop,relatime "$M_DIR/disks/$number.img" ".${disk%%=*}"
  done
}

# Waits for the end of the cable that machine.sh hands in.
network() {
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
}

kernel() {
  mount -t proc proc proc
  mount -t sysfs -o ro sysfs sys
  # The kernel is shared: file systems that are mounted elsewhere on this computer are not the machine's.
  if [ -d sys/fs/btrfs ]; then
    mount -t tmpfs -o mode=755 btrfs sys/fs/btrfs
    mkdir sys/fs/btrfs/features
  fi
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
}
