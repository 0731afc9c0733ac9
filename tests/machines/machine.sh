#!/bin/sh
# A whole Debian machine on this one: systemd as PID 1 in its own namespaces, on an overlay of this machine's root, with
# its own /etc, journal, sshd, address and data disks (ext4 on loop files). Needs root. Changes nothing outside DIR but
# a veth pair and the namespaces; both are gone when it ends.
#
# M_INSIDE names another script than inside.sh to build the root with, and to become what the machine runs.
#
# Usage: machine.sh DIR NAME ADDRESS/30 PEER/30 SETUP [DISK=MEGABYTES ...]
#   NAME   at most 11 characters.   SETUP   a shell script run as root inside the new root before systemd starts.
#   DISK   a directory, for example /srv/data=64, where a loop-mounted ext4 disk of that size appears before SETUP.
# Stays in the foreground. Send it TERM to switch the machine off. DIR/share of the host is /run/share
# inside while SETUP runs.
set -eu
dir=$1 name=$2 address=$3 peer=$4 setup=$5
shift 5

mkdir -p "$dir/share" "$dir/disks"
number=0
for disk in "$@"; do
  number=$((number + 1))
  truncate -s "${disk##*=}M" "$dir/disks/$number.img"
  mkfs.ext4 -q -F -m 0 "$dir/disks/$number.img"
done

ip link del "pb-$name" 2>/dev/null || true
ip link add "pb-$name" type veth peer name "pbi-$name"
ip addr add "$peer" dev "pb-$name"
ip link set "pb-$name" up

pid=
finish() {
  [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
  ip link del "pb-$name" 2>/dev/null || true
}
trap finish EXIT
trap 'exit 143' INT TERM

# The inner script, not this one, becomes the parent of PID 1: it builds the root, then turns into systemd.
here=$(cd "$(dirname "$0")" && pwd)
M_PARTS=$here/parts.sh M_DIR=$dir M_NAME=$name M_ADDRESS=$address M_PEER=${peer%/*} M_SETUP=$setup M_DISKS="$*" \
  unshare --mount --pid --fork --kill-child --uts --net --ipc --cgroup --propagation private \
  sh -eu "$here/${M_INSIDE:-inside.sh}" &
pid=$!

tries=0
while :; do
  inside=$(pgrep -P "$pid" | head -n 1 || true)
  [ -n "$inside" ] && ip link set "pbi-$name" netns "$inside" 2>/dev/null && break
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { echo "machine.sh: $name did not start" >&2; exit 1; }
  sleep 0.05
done
echo "$inside" > "$dir/pid"
wait "$pid"
