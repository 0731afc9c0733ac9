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
