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
