# integrity: AIDE's files and the monitors that run. Lines KEY VALUE; `end` last.

integrity_aide() {
  if ! have aide; then
    echo absent
    echo end
    return 0
  fi
  echo present
  for file in /etc/aide/aide.conf /etc/aide.conf; do
    [ -e "$file" ] || continue
    if [ -r "$file" ]; then
      text=$(cat "$file") || return 1
    else
      text=$(as_root /bin/cat "$file") || return 77
    fi
    printf '%s\n' "$text" | sed -n 's/^[ 	]*\(database\|database_in\|report_url\|@@define\)\([ 	=].*\)/config \1\2/p'
  done
  set -- /var/lib/aide/aide.db /var/lib/aide/aide.db.gz /var/log/aide/aide.log /var/log/aide/aide.log.0 \
    /var/log/aide/aide.log.1 /var/log/aide/aide.log.1.gz
  closed=
  for folder in /var/lib/aide /var/log/aide; do
    [ ! -d "$folder" ] || [ -x "$folder" ] || closed=$folder
  done
  if [ -n "$closed" ]; then
    echo "closed $closed"
    found=$(as_root /usr/bin/stat -c %Y/%s%n "$@" 2>/dev/null)
    [ $? != 77 ] || return 77
  else
    found=$(stat -c %Y/%s%n "$@" 2>/dev/null)
  fi
  printf '%s\n' "$found" | sed -n 's/^./file &/p'
  echo end
}

integrity_monitors() {
  running wazuh-syscheckd ossec-syscheckd samhain falco
  echo end
}
