# smart: the disks of this machine from /sys, and what each says of its own health.

# Lines `NAME KEY VALUE` of whole disks; what the kernel makes up by itself (loop, ram, md, dm, zram) is no disk.
smart_disks() {
  look_into /sys/class/block || return
  for entry in $(smart__disks); do
    name=${entry##*/}
    echo "$name path $(readlink -f "$entry")"
    for key in size device/vendor device/model device/type; do
      [ -r "$entry/$key" ] && echo "$name $key $(head -n 1 "$entry/$key" 2>/dev/null)"
    done
    serial=$(smart__serial "$entry")
    [ -z "$serial" ] || echo "$name serial $serial"
  done
  echo end
}

# The serial number, where the kernel or udev tells it to everybody; page 80 has four bytes before it.
smart__serial() {
  for file in "$1/serial" "$1/device/serial"; do
    [ -r "$file" ] && head -n 1 "$file" 2>/dev/null | grep . && return 0
  done
  sed -n 's/^E:ID_SERIAL_SHORT=//p' "/run/udev/data/b$(cat "$1/dev")" 2>/dev/null | grep . && return 0
  [ -r "$1/device/vpd_pg80" ] && dd if="$1/device/vpd_pg80" bs=1 skip=4 count=64 2>/dev/null | tr -cd ' -~'
}

smart__disks() {
  for entry in /sys/class/block/*; do
    [ -e "$entry/dev" ] && [ ! -e "$entry/partition" ] || continue
    case ${entry##*/} in sr* | fd* | nbd* | rbd* | drbd* | zd* | *boot[0-9] | *rpmb) continue ;; esac
    case ${entry##*/}:$(readlink -f "$entry") in
      nvme*) echo "$entry" ;; # with several paths to one disk the kernel files it under its virtual devices
      *:*/devices/virtual/*) ;;
      *) echo "$entry" ;;
    esac
  done
}

# smartctl for each disk that has a SMART of its own; its exit status is a bit mask that the reader takes apart.
smart_health() {
  look_into /sys/class/block || return
  smartctl=
  for entry in $(smart__disks); do
    name=${entry##*/}
    case $name in sd* | hd* | nvme*) ;; *) continue ;; esac
    [ -n "$smartctl" ] || for path in /usr/sbin/smartctl /usr/bin/smartctl; do
      [ -n "$smartctl" ] || [ ! -x "$path" ] || smartctl=$path
    done
    if [ -z "$smartctl" ]; then
      echo "disk $name none"
      continue
    fi
    said=$(as_root "$smartctl" -H -A "/dev/$name")
    status=$?
    [ "$status" != 77 ] || return 77 # refused; as a bit mask it would be a wrong call and a failing disk in one
    echo "disk $name $status"
    printf '%s\n' "$said" | sed -n '/[^ ]/s/^/| /p'
  done
  echo end
}
