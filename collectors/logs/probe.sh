# logs: by which ways they leave, and how long they stay. Lines KEY VALUE; `end` last.

logs_forwarding() {
  running rsyslogd fluent-bit vector filebeat promtail
  if [ -d /run/systemd/system ]; then
    systemctl show -p Id -p ActiveState -p SubState systemd-journal-upload.service | sed -n 's/^./unit &/p'
  fi
  if [ -r /etc/systemd/journal-upload.conf ]; then
    sed -n 's/^[ 	]*URL[ 	]*=/upload /p' /etc/systemd/journal-upload.conf /etc/systemd/journal-upload.conf.d/*.conf 2>/dev/null
  fi
  if [ -e /etc/rsyslog.conf ]; then
    closed=
    for file in /etc/rsyslog.conf /etc/rsyslog.d /etc/rsyslog.d/*.conf; do
      [ ! -e "$file" ] || [ -r "$file" ] || closed=$file
    done
    if [ -n "$closed" ]; then
      text=$(as_root /bin/grep -r ^ /etc/rsyslog.conf /etc/rsyslog.d 2>/dev/null)
      [ $? != 77 ] || return 77
    else
      text=$(grep -H ^ /etc/rsyslog.conf /etc/rsyslog.d/*.conf 2>/dev/null)
    fi
    printf '%s\n' "$text" | sed -n '/:[ 	]*\(#.*\)*$/d; s/\([Pp][Ww][Dd]\|[Pp]assword\)="[^"]*"/\1=""/g; s/^./config &/p'
  fi
  echo end
}

logs_kept() {
  for file in /etc/machine-id /etc/ssh/ssh_host_*_key.pub; do
    [ -e "$file" ] && stat -c 'born %Y' "$file"
  done
  read -r id </etc/machine-id 2>/dev/null
  folder=/var/log/journal/${id:-none}
  if [ -d "$folder" ]; then
    if [ ! -x "$folder" ] || [ -e "$folder/system.journal" ] && [ ! -r "$folder/system.journal" ]; then
      echo "cannot read $folder: the account must be in the group systemd-journal or adm" >&2
      return 77
    fi
    journalctl -q --no-pager --file "$folder/system*.journal" -o export 2>/dev/null |
      sed -n '/^__REALTIME_TIMESTAMP=/{s/^[^=]*=/journal-oldest /p;q}'
    journalctl -q --no-pager --file "$folder/system*.journal" -n 1 -o export \
      MESSAGE_ID=ec387f577b844b8fa948f33cad9a75e6 "JOURNAL_PATH=$folder" 2>/dev/null | sed -n 's/^LIMIT=/journal-limit /p'
    echo "journal-kibibytes $(du -sk "$folder" 2>/dev/null | sed 's/[^0-9].*//')"
    cat /usr/lib/systemd/journald.conf.d/*.conf /etc/systemd/journald.conf /etc/systemd/journald.conf.d/*.conf 2>/dev/null |
      sed -n 's/^[ 	]*MaxRetentionSec[ 	]*=[ 	]*/journal-retention /p'
  fi
  for file in /var/log/auth.log* /var/log/secure*; do
    [ -s "$file" ] && stat -c 'text %Y %n' "$file"
  done
  for file in /etc/logrotate.conf /etc/logrotate.d/*; do
    [ -f "$file" ] || continue
    [ -r "$file" ] || { echo "cannot read $file" >&2; return 77; }
    grep -Hv '^[ 	]*\(#.*\)*$' "$file" | sed 's/^/rotate /'
  done
  echo end
}
