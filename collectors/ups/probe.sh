# ups: the UPS that NUT (Network UPS Tools) watches from this machine. Only monitors' names leave upsmon.conf: the rest
# of its lines are passwords.

ups_nut() {
  if [ -r /proc/1/cmdline ]; then echo "sees all"; else echo "sees own"; fi
  for entry in /proc/[0-9]*; do
    { read -r name <"$entry/comm"; } 2>/dev/null || continue
    case $name in upsd | upsmon | apcupsd | nut-server | PanGPS | pwrstatd | upsagent) echo "process $name" ;; esac
  done | sort -u
  for name in upsc apcaccess; do
    have "$name" && echo "program $name"
  done
  if ! have upsc; then
    echo end
    return 0
  fi
  for folder in /etc/nut /etc/ups /usr/syno/etc/ups; do
    [ -d "$folder" ] && ups__mode "$folder"
  done
  said=$(upsc -l localhost 2>&1)
  status=$?
  if [ "$status" = 0 ]; then
    echo "server yes"
    printf '%s\n' "$said" | grep -E '^[A-Za-z0-9_.-]+$' | while read -r unit; do
      ups__unit "$unit@localhost"
    done
  else
    echo "server no $(printf '%s' "$said" | tail -n 1)"
    ups__monitored | while read -r unit; do
      ups__unit "$unit"
    done
  fi
  echo end
}

# What nut.conf says of how NUT is used here: none where nobody has set it up.
ups__mode() {
  [ -e "$1/nut.conf" ] || return 0
  if [ -r "$1/nut.conf" ]; then
    text=$(cat "$1/nut.conf")
  elif [ "$1" = /etc/nut ]; then
    text=$(as_root /bin/grep ^MODE /etc/nut/nut.conf)
  else
    text=$(as_root /bin/grep ^MODE /etc/ups/nut.conf)
  fi
  printf '%s\n' "$text" | sed -n 's/^MODE *= *"\{0,1\}\([a-z]*\).*/mode \1/p' | tail -n 1
}

ups__monitored() {
  for file in /etc/nut/upsmon.conf /etc/ups/upsmon.conf; do
    [ -e "$file" ] || continue
    if [ -r "$file" ]; then
      text=$(grep ^MONITOR "$file")
    elif [ "$file" = /etc/nut/upsmon.conf ]; then
      text=$(as_root /bin/grep ^MONITOR /etc/nut/upsmon.conf)
    else
      text=$(as_root /bin/grep ^MONITOR /etc/ups/upsmon.conf)
    fi
    printf '%s\n' "$text" | awk '$1 == "MONITOR" { print $2 }' | tr -d '"' | grep -E '^[A-Za-z0-9_.-]+(@[A-Za-z0-9_.:-]+)?$' | sort -u
  done
}

ups__unit() {
  echo "unit $1"
  said=$(upsc "$1" 2>&1)
  status=$?
  printf '%s\n' "$said" | grep -E '^(ups\.status|ups\.test\.result|battery\.runtime|ups\.load|battery\.charge|driver\.name): ' | sed 's/^/value /'
  [ "$status" = 0 ] || echo "failed $(printf '%s' "$said" | tail -n 1)"
}
