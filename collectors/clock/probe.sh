# clock: chrony's own words, then the kernel's clock as systemd tells it. Lines KEY VALUE; `end` last.

clock_chrony() {
  found=$(running chronyd)
  printf '%s\n' "$found"
  if have chronyc; then
    if said=$(chronyc -n -c tracking 2>&1); then
      echo "tracking $said"
      chronyc -n -c sources | sed 's/^/source /'
    else
      printf '%s\n' "$said" | sed -n '1s/^/failed /p'
    fi
  else
    echo "absent chronyc"
  fi
  echo end
}

# `show` came with systemd 239; before that the same stands in the table for people.
clock_system() {
  have timedatectl || { echo "no timedatectl, so no clock service of systemd" >&2; return 69; }
  if said=$(timedatectl show -p NTPSynchronized -p NTP 2>&1); then
    printf '%s\n' "$said" | sed 's/^/show /'
  elif said=$(timedatectl status 2>&1); then
    printf '%s\n' "$said" | sed -n 's/^ *\(NTP synchronized\|System clock synchronized\|NTP enabled\|NTP service\): /status \1=/p'
  else
    printf '%s\n' "$said" >&2
    return 69
  fi
  echo end
}
