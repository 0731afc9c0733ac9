# lvm: volumes of LVM with redundancy of their own (RAID and mirror segments).

# LVM gives the parts of such a volume names of their own, NAME_rimage_0 or NAME_mimage_0, which no other volume may
# have. Where no active device has one there is no such volume, and nobody need ask lvs.
lvm_volumes() {
  look_into /sys/class/block || return
  found=
  for entry in /sys/class/block/dm-*/dm/name; do
    [ -e "$entry" ] || continue
    name=$(cat "$entry") || return 77
    case $name in *_rimage_[0-9]* | *_mimage_[0-9]*) found=yes ;; esac
  done
  if [ -z "$found" ]; then
    echo absent
    return 0
  fi
  [ -x /sbin/lvs ] || { echo "there are RAID volumes of LVM but no /sbin/lvs" >&2; return 69; }
  echo present
  as_root /sbin/lvs -a --noheadings --nameprefixes -o vg_name,lv_name,segtype,lv_health_status,copy_percent,raid_sync_action || return 70
  echo end
}

# Volumes whose snapshots the register declares as a repository. $1 $2 $3, ... are id, path (/dev/GROUP or
# /dev/GROUP/VOLUME) and what is mounted there. What they lie on, encrypted or not, is told by the kernel.
lvm_snapshots() {
  [ $# -ge 3 ] || { echo end; return 0; }
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    shift 3
  done
  [ -x /sbin/lvs ] || { echo "no /sbin/lvs" >&2; return 69; }
  said=$(as_root /sbin/lvs -a --noheadings --nameprefixes -o vg_name,lv_name,lv_attr,origin,pool_lv,lv_time,data_percent,metadata_percent)
  case $? in 0) ;; 77) return 77 ;; *) return 70 ;; esac
  [ -z "$said" ] || printf '%s\n' "$said" | sed 's/^ */volume /'
  storage_devices | sed 's/^/device /'
  echo end
}
