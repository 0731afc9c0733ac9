# storage: mounts, room, devices, pools and the USB driver, from /proc and /sys.

storage_mounts() {
  [ -r /proc/self/mountinfo ] || { echo "no /proc/self/mountinfo" >&2; return 69; }
  whole_machine || return
  cat /proc/self/mountinfo && echo end
}

# Gives the mount points (escaped as the kernel does) of real file systems; $1 is local or network.
storage__targets() {
  while read -r line; do
    set -f
    set -- "$1" $line
    set +f
    target=$6
    while [ $# -gt 1 ] && [ "$2" != - ]; do
      kind=$1
      shift 2
      set -- "$kind" "$@"
    done
    case ${3:-} in
      autofs | proc | sysfs | cgroup | cgroup2 | devpts | devtmpfs | tmpfs | ramfs | mqueue | debugfs | tracefs | \
        securityfs | pstore | bpf | configfs | fusectl | hugetlbfs | rpc_pipefs | binfmt_misc | nsfs | efivarfs | \
        selinuxfs | nfsd | fuse.gvfsd-fuse | fuse.portal | fuse.lxcfs) continue ;;
      nfs | nfs4 | cifs | smb3 | smbfs | ncpfs | afs | ceph | 9p | lustre | glusterfs | ocfs2 | gfs2 | beegfs | coda | \
        orangefs | fuse | fuse.*) where=network ;;
      *) where=local ;;
    esac
    [ "$where" = "$1" ] && printf '%s\n' "$target"
  done < /proc/self/mountinfo
  return 0
}

# One line per file system: escaped mount point, block size, blocks, free, available, inodes, free inodes; or `! denied`
# where a directory on the way is closed to this account, `! late` for a server that does not answer, else `!`.
storage__statfs() {
  command -v stat >/dev/null 2>&1 || { echo "no stat on this system" >&2; return 69; }
  stat -f -c '%S %b' / >/dev/null 2>&1 || { echo "stat -f is not understood here" >&2; return 69; }
  patience=
  [ "$1" = network ] && timeout -s KILL 2 true 2>/dev/null && patience='timeout -s KILL 2'
  storage__targets "$1" | while read -r target; do
    path=$(printf "$(printf '%s' "$target" | sed 's/%/%%/g')x")
    ! silent "${path%x}" >/dev/null || { printf '%s ! late\n' "$target"; continue; }
    numbers=$($patience stat -f -c '%S %b %f %a %c %d' -- "${path%x}" 2>&1)
    case $?:$numbers in
      0:*) ;;
      *"ermission denied"*) numbers='! denied' ;;
      124:* | 137:*) numbers='! late' ;;
      *) numbers='!' ;;
    esac
    printf '%s %s\n' "$target" "$numbers"
  done
  echo end
}

storage_space() {
  storage__statfs local
}

storage_network_space() {
  storage__statfs network
}

# Lines `NAME KEY VALUE`, several for one NAME; `end` last, so that a list cut short is seen to be one.
storage_devices() {
  look_into /sys/class/block || return
  for entry in /sys/class/block/*; do
    [ -e "$entry/dev" ] || continue
    storage__device "${entry##*/}" "$entry" || return 1
  done
  for entry in /sys/fs/btrfs/*/devices/*; do
    [ -e "$entry" ] || continue
    volume=${entry%/devices/*}
    echo "${entry##*/} btrfs ${volume##*/}"
  done
  echo end
}

storage__device() {
  name=$1
  echo "$name dev $(cat "$2/dev")"
  echo "$name size $(cat "$2/size")"
  echo "$name path $(readlink -f "$2")"
  for key in removable device/type dm/uuid dm/name md/level loop/backing_file; do
    [ -r "$2/$key" ] && echo "$name $key $(head -n 1 "$2/$key" 2>/dev/null)"
  done
  if [ -e "$2/partition" ]; then
    whole=$(readlink -f "$2/..")
    echo "$name partition ${whole##*/}"
  fi
  for below in "$2"/slaves/*; do
    [ -e "$below" ] && echo "$name slave ${below##*/}"
  done
  return 0
}

storage_datasets() {
  look_into /sys/module || return
  if [ ! -d /sys/module/zfs ]; then
    echo absent
    return 0
  fi
  zfs=$(command -v zfs) || { echo "ZFS is loaded but its zfs command is missing" >&2; return 69; }
  said=$("$zfs" get -H -p -t filesystem,volume -o name,value encryption 2>&1) || {
    case $said in
      *"invalid property"*) echo never; return 0 ;;
      *[Pp]ermission*) echo "$said" >&2; return 77 ;;
      *) echo "$said" >&2; return 70 ;;
    esac
  }
  echo present
  printf '%s\n' "$said"
  echo end
}

# Absence is proved by the kernel: without the zfs module no pool is imported.
storage_zpools() {
  look_into /sys/module || return
  if [ ! -d /sys/module/zfs ]; then
    echo absent
    echo end
    return 0
  fi
  zpool=$(command -v zpool) || { echo "ZFS is loaded but its zpool command is missing" >&2; return 69; }
  echo present
  "$zpool" list -H -p -o name,capacity,health && echo end
}

# An active thin pool has a device whose uuid ends in -tpool; lvs is only asked where there is one.
storage_thin_pools() {
  look_into /sys/class/block || return
  found=
  for entry in /sys/class/block/dm-*/dm/uuid; do
    [ -e "$entry" ] || continue
    uuid=$(cat "$entry") || return 1
    case $uuid in LVM-*-tpool | LVM-*-pool) found=yes ;; esac
  done
  if [ -z "$found" ]; then
    echo absent
    return 0
  fi
  [ -x /sbin/lvs ] || { echo "there is an LVM thin pool but no /sbin/lvs" >&2; return 69; }
  echo present
  as_root /sbin/lvs --reportformat json
}

# Lines KEY VALUE that together tell what would happen if somebody plugged in a USB disk.
storage_usb() {
  look_into /sys/module || return
  for file in /etc/modprobe.d /etc/modprobe.d/*.conf; do
    [ ! -e "$file" ] || [ -r "$file" ] || { echo "cannot read $file" >&2; return 77; }
  done
  release=$(uname -r)
  for entry in /sys/module/usb_storage /sys/bus/usb/drivers/usb-storage /sys/module/uas /sys/bus/usb/drivers/uas; do
    [ -e "$entry" ] && echo "present $entry"
  done
  if [ -r /proc/modules ]; then
    echo "modules yes"
    [ -r /proc/sys/kernel/modules_disabled ] && echo "disabled $(cat /proc/sys/kernel/modules_disabled)"
    for folder in "/lib/modules/$release" "/usr/lib/modules/$release"; do
      [ -r "$folder/modules.dep" ] || continue
      echo "tree $folder"
      grep -E '/(usb-storage|uas)\.ko' "$folder/modules.dep" | sed 's/:.*//; s/^/file /'
      grep -E '/(usb-storage|uas)\.ko' "$folder/modules.builtin" 2>/dev/null | sed 's/^/builtin /'
    done
    for file in "/lib/modules/usb-storage.ko" "/lib/modules/uas.ko"; do
      [ -e "$file" ] && echo "file $file"
    done
  elif [ -e /proc/modules ]; then
    echo "cannot read /proc/modules" >&2
    return 77
  elif [ -r /proc/version ] && [ -d /sys/module ] && [ -d /sys/bus ]; then
    echo "modules no"
  fi
  if command -v modprobe >/dev/null 2>&1; then
    modprobe -c 2>/dev/null | grep -E '^(install|blacklist) +(usb[-_]storage|uas)( |$)' | sed 's/^/config /'
  else
    cat /etc/modprobe.d/*.conf /etc/modprobe.conf /run/modprobe.d/*.conf /lib/modprobe.d/*.conf 2>/dev/null |
      sed 's/[ \t][ \t]*/ /g; s/^ //' | grep -E '^(install|blacklist) (usb[-_]storage|uas)( |$)' | sed 's/^/config /'
  fi
  echo end
}
