# raid: Linux software RAID (md) from /sys, and what makes it read all its disks from time to time.

# Lines `NAME KEY VALUE`. A kernel without an array has none below /sys/class/block: that proves their absence.
raid_arrays() {
  look_into /sys/class/block || return
  for entry in /sys/class/block/*/md; do
    [ -d "$entry" ] || continue
    name=${entry%/md}
    name=${name##*/}
    for key in level array_state metadata_version raid_disks layout degraded mismatch_cnt sync_action last_sync_action; do
      [ -e "$entry/$key" ] || continue
      value=$(cat "$entry/$key") || return 1
      echo "$name $key $value"
    done
    for member in "$entry"/dev-*; do
      [ -e "$member/state" ] || continue
      value=$(cat "$member/state") || return 1
      echo "$name member ${member##*/dev-} $value"
    done
  done
  echo end
}

# What is scheduled, as lines `KEY VALUE`: timers of systemd, jobs of cron, their switches, whether cron runs.
raid_schedule() {
  if [ -d /run/systemd/system ] && have systemctl; then
    for unit in mdcheck_start.timer mdadm-check.timer raid-check.timer; do
      said=$(systemctl show "$unit" -p LoadState -p ActiveState -p LastTriggerUSec) || {
        echo "systemctl does not answer" >&2
        return 70
      }
      case $said in *LoadState=loaded*) ;; *) continue ;; esac
      echo "timer $unit $(echo "$said" | tr '\n' ';')"
    done
  fi
  for file in /etc/cron.d/mdadm /etc/cron.d/raid-check /etc/crontab; do
    [ -e "$file" ] || continue
    [ -r "$file" ] || { echo "cannot read $file" >&2; return 77; }
    grep -E '^[^#]*(checkarray|raid-check|mdcheck)' "$file" | sed 's/^/cron /'
  done
  for file in /etc/default/mdadm /etc/sysconfig/raid-check; do
    [ -e "$file" ] || continue
    [ -r "$file" ] || { echo "cannot read $file" >&2; return 77; }
    sed -n 's/^ *\(AUTOCHECK\|ENABLED\) *= *["'\'']*\([A-Za-z]*\).*/switch \1 \2/p' "$file"
  done
  for comm in /proc/[0-9]*/comm; do
    read -r name 2>/dev/null <"$comm" || continue
    case $name in cron | crond | busybox-crond | fcron | anacron) echo "daemon $name" ;; esac
  done | sort -u
  echo end
}
