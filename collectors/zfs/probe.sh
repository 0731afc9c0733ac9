# zfs: pools and how they fare. Without the kernel's zfs module no pool is imported: that proves their absence.

zfs_pools() {
  look_into /sys/module || return
  if [ ! -d /sys/module/zfs ]; then
    echo absent
    return 0
  fi
  zpool=$(command -v zpool) || { echo "ZFS is loaded but its zpool command is missing" >&2; return 69; }
  echo present
  said=$("$zpool" status 2>&1) || {
    echo "$said" >&2
    case $said in *[Pp]ermission*) return 77 ;; esac
    return 70
  }
  printf '%s\n' "$said"
  echo end
}

# Datasets that the register declares as repositories. $1 $2 $3, ... are id, path and what is mounted there; the dataset is
# the one mounted at the path, or of that name (a received one is often not mounted). Anybody may list them.
zfs_snapshots() {
  [ $# -ge 3 ] || { echo end; return 0; }
  look_into /sys/module || return
  if [ ! -d /sys/module/zfs ] || ! have zfs; then
    while [ $# -ge 3 ]; do printf 'repository %s %s\nno zfs\n' "$1" "$2"; shift 3; done
    echo end
    return 0
  fi
  listed=$(zfs list -Hp -t filesystem,volume -o name,mountpoint,encryption,used,available 2>&1) || { zfs__failed "$listed"; return; }
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    name=$(printf '%s\n' "$listed" | awk -F '\t' -v path="$2" '
      $2 == path { by_place = $1 } "/" $1 == path { by_name = $1 }
      END { print by_place != "" ? by_place : by_name }')
    if [ -n "$name" ]; then
      printf '%s\n' "$listed" | awk -F '\t' -v top="$name" '$1 == top || index($1, top "/") == 1 { print "dataset " $1 "\t" $3 "\t" $4 "\t" $5 }'
      said=$(zfs list -Hp -r -t snapshot -o name,creation,userrefs "$name" 2>&1) || { zfs__failed "$said"; return; }
      [ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/snapshot /'
      echo listed
    else
      echo "no dataset"
    fi
    shift 3
  done
  echo end
}

zfs__failed() {
  printf '%s\n' "$1" >&2
  case $1 in *[Pp]ermission*) return 77 ;; esac
  return 70
}
