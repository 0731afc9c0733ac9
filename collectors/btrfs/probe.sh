# btrfs: volumes, their devices and errors from /sys, and the record that scrubs leave in /var/lib/btrfs.

# Lines `UUID KEY ...`; a kernel that shows no volume below /sys/fs/btrfs has none mounted.
btrfs_volumes() {
  look_into /sys/class/block || return
  [ -r /proc/self/mountinfo ] || { echo "no /proc/self/mountinfo" >&2; return 69; }
  for entry in /sys/fs/btrfs/*-*-*-*-*; do
    [ -d "$entry" ] || continue
    uuid=${entry##*/}
    echo "$uuid label $(cat "$entry/label" 2>/dev/null)"
    for device in "$entry"/devices/*; do
      [ -e "$device" ] && echo "$uuid device ${device##*/}"
    done
    for profile in "$entry"/allocation/*/*/total_bytes; do
      [ -e "$profile" ] || continue
      profile=${profile%/total_bytes}
      kind=${profile%/*}
      echo "$uuid profile ${kind##*/} ${profile##*/}"
    done
    btrfs__members "$uuid" "$entry" || return
  done
  echo end
}

# What each device has missed or got wrong since its counters began. Before Linux 5.14 only the tool tells, as root.
btrfs__members() {
  if [ -z "$(ls "$2"/devinfo/*/error_stats 2>/dev/null)" ]; then
    echo "$1 old"
    return 0
  fi
  for member in "$2"/devinfo/*; do
    [ -e "$member/error_stats" ] || continue
    echo "$1 missing ${member##*/} $(cat "$member/missing")"
    said=$(cat "$member/error_stats") || return 1
    echo "$1 errors ${member##*/} $(echo "$said" | tr '\n' ' ')"
  done
}

# The state files of scrubs; grep puts the name of each before its lines.
btrfs_scrubs() {
  look_into /sys/class/block || return
  [ -n "$(ls -d /sys/fs/btrfs/*-*-*-*-* 2>/dev/null)" ] || { echo end; return 0; }
  if [ -d /var/lib/btrfs ]; then
    if [ -z "$(ls -A /var/lib/btrfs)" ] && [ -r /var/lib/btrfs ]; then
      echo end
      return 0
    fi
    as_root /bin/grep -r . /var/lib/btrfs
    status=$?
    [ "$status" -le 1 ] || return 70
  fi
  echo end
}

# Folders of snapshots that the register declares on this machine. $1 $2 $3, ... are id, path and what is mounted there.
# -o lists what lies right in the subvolume of the path, by the path from the top of the volume.
btrfs_snapshots() {
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    btrfs__snapshots "$2"
    shift 3
  done
  echo end
}

btrfs__snapshots() {
  ! silent "$1" || return 0
  said=$(as_root /usr/bin/find "$1" -maxdepth 0 2>&1) || {
    case $said in
      *"find: "*"$1"*": No such file or directory"*) echo absent ;;
      *) printf 'failed %.200s\n' "$said" | head -n 1 ;;
    esac
    return 0
  }
  awk -v path="$1" '
    { at = $5 == "/" ? "/" : $5 "/" }
    index(path "/", at) == 1 && length($5) >= length(best) { best = $5; root = $4; for (i = 7; $i != "-"; i++); kind = $(i + 1) }
    END { print "mounted " kind " " root " " best }' /proc/self/mountinfo
  [ -x /usr/bin/btrfs ] || { echo "no tool"; return 0; }
  btrfs__list times -s "$1"
  btrfs__list readonly -r "$1"
  btrfs__list received -R "$1"
}

btrfs__list() {
  said=$(as_root /usr/bin/env TZ=UTC /usr/bin/btrfs subvolume list -o "$2" "$3" 2>&1)
  status=$?
  [ -z "$said" ] || printf '%s\n' "$said" | sed "s/^/$1 /"
  echo "exit $status"
}
