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
  done
  echo end
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
