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
