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
  for file in /etc/machine-id /etc/ssh/ssh_host_*_key.pub /etc/dropbear/*; do
    [ -e "$file" ] && stat -c 'born %Y' "$file"
  done
  read -r id </etc/machine-id 2>/dev/null
  folder=/var/log/journal/${id:-none}
  if [ -d "$folder" ]; then
    see=as_root
    [ ! -x "$folder" ] || [ ! -r "$folder/system.journal" ] || see=
    # Neither shows an entry of the journal, but those that tell of its own size.
    heads=$($see /bin/journalctl --header --no-pager) || return 77
    sizes=$($see /bin/journalctl -q --no-pager -o export -n 20 MESSAGE_ID=ec387f577b844b8fa948f33cad9a75e6) || return 77
    oldest=$(printf '%s\n' "$heads" | awk -v lead="file path: $folder/system" '
      { low = tolower($0) }
      low ~ /^file path: / { mine = index(low, lead) == 1 }
      mine && low ~ /^head realtime timestamp: / && match($0, /[0-9]+-[0-9]+-[0-9]+ [0-9:]+ [A-Z]+/) {
        print substr($0, RSTART, RLENGTH)
      }' | sort | head -n 1)
    [ -z "$oldest" ] || echo "journal-oldest $(date -d "$oldest" +%s)000000"
    printf '%s\n' "$sizes" | awk -v mine="JOURNAL_PATH=$folder" '
      /^LIMIT=/ { limit = substr($0, 7) }
      $0 == mine { here = 1 }
      /^$/ { if (here && limit != "") last = limit; here = 0; limit = "" }
      END { if (here && limit != "") last = limit; if (last != "") print "journal-limit " last }'
    echo "journal-kibibytes $(du -sk "$folder" 2>/dev/null | sed 's/[^0-9].*//')"
    cat /usr/lib/systemd/journald.conf.d/*.conf /etc/systemd/journald.conf /etc/systemd/journald.conf.d/*.conf 2>/dev/null |
      sed -n 's/^[ 	]*MaxRetentionSec[ 	]*=[ 	]*/journal-retention /p'
  fi
  set -- /var/log/auth.log* /var/log/secure*
  # Where neither is, all that is logged goes into one file.
  [ -e "$1" ] || [ -e "${2:-$1}" ] || set -- /var/log/messages*
  for file; do
    [ -s "$file" ] && stat -c 'text %Y %n' "$file"
  done
  for file in /etc/logrotate.conf /etc/logrotate.d/*; do
    [ -f "$file" ] || continue
    [ -r "$file" ] || { echo "cannot read $file" >&2; return 77; }
    grep -Hv '^[ 	]*\(#.*\)*$' "$file" | sed 's/^/rotate /'
  done
  echo end
}
