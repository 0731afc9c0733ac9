# luks: where the keys of encrypted volumes lie, and how many keys each opens with. No key is read and none is sent.

# Lines: `entry NAME DEVICE KEY OPTIONS` of crypttab, `keys FOLDER FILE` where systemd looks by itself, `boot WORD`.
luks_crypttab() {
  [ -r /proc/cmdline ] || { echo "no /proc/cmdline" >&2; return 69; }
  for word in $(cat /proc/cmdline); do
    case $word in rd.luks.key=* | luks.key=* | cryptkey=*) echo "boot $word" ;; esac
  done
  if [ -e /etc/crypttab ]; then
    if [ -r /etc/crypttab ]; then said=$(cat /etc/crypttab); else said=$(as_root /bin/cat /etc/crypttab); fi || return
    printf '%s\n' "$said" | while read -r name source key options _; do
      case $name in '' | '#'*) continue ;; esac
      echo "entry $name $(luks__device "$source") $(luks__file "${key:-none}") ${options:--}"
    done
  fi
  for folder in /etc/cryptsetup-keys.d /run/cryptsetup-keys.d; do
    [ -d "$folder" ] || continue
    if [ -r "$folder" ]; then said=$(ls -1 "$folder"); else said=$(as_root /bin/ls -1 "$folder"); fi || return
    printf '%s\n' "$said" | sed '/^$/d; s|^|keys '"$folder"' |'
  done
  echo end
}

# The kernel's name of the device that a field of crypttab means, or `?`.
luks__device() {
  value=$(printf '%s' "$1" | tr -d '"')
  case $value in
    UUID=*) path=/dev/disk/by-uuid/${value#*=} ;;
    PARTUUID=*) path=/dev/disk/by-partuuid/${value#*=} ;;
    LABEL=*) path=/dev/disk/by-label/${value#*=} ;;
    PARTLABEL=*) path=/dev/disk/by-partlabel/${value#*=} ;;
    *) path=$value ;;
  esac
  path=$(readlink -f "$path" 2>/dev/null)
  if [ -b "$path" ]; then echo "${path##*/}"; else echo '?'; fi
}

# A path without its links, as far as they can be followed; anything else as it is.
luks__file() {
  case $1 in /dev/* | *:*) echo "$1" ;; /*) readlink -f "$1" 2>/dev/null || echo "$1" ;; *) echo "$1" ;; esac
}

luks_mounts() {
  [ -e /etc/crypttab ] && storage_mounts
}

luks_devices() {
  [ -e /etc/crypttab ] && storage_devices
}

# Open LUKS volumes by the device mapper's names, and of each header the version and the key slots alone.
luks_headers() {
  look_into /sys/class/block || return
  for entry in /sys/class/block/dm-*/dm; do
    [ -e "$entry/uuid" ] || continue
    uuid=$(cat "$entry/uuid") || return 77
    case $uuid in CRYPT-LUKS*) ;; *) continue ;; esac
    [ -x /sbin/cryptsetup ] || { echo "there is a LUKS volume but no /sbin/cryptsetup" >&2; return 69; }
    name=$(cat "$entry/name")
    for below in "${entry%/dm}"/slaves/*; do
      said=$(as_root /sbin/cryptsetup luksDump "/dev/${below##*/}")
      status=$?
      [ "$status" != 77 ] || return 77
      echo "volume $name ${below##*/} $status"
      printf '%s\n' "$said" | grep -E '^(Version:|[A-Z][A-Za-z ]*:$|  [0-9]+: |Key Slot [0-9]+: )' | sed 's/^/| /'
    done
  done
  echo end
}
