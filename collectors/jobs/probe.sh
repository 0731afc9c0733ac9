# jobs: what systemd's timers and cron start, as words. Command lines hold passwords, so none leaves the machine: only
# those words of a command, and of the scripts that it names, which stand in the lists below.

jobs__known='restic|resticprofile|autorestic|borg|borgmatic|pgbackrest|rsnapshot|mysqldump|mariadb-dump|mariabackup|mariadb-backup|xtrabackup|innobackupex|mydumper|automysqlbackup|pg_dump|pg_dumpall|pg_basebackup|autopostgresqlbackup|barman|wal-g|duplicity|duply|kopia|rdiff-backup|backupninja|dirvish|dirvish-runall|btrbk|syncoid|sanoid|proxmox-backup-client|vzdump|mongodump|slapcat|synoschedtask'
jobs__verbs='backup|create|snapshot|run|check|forget|prune|compact|snapshots|stats|verify|list|info|restore|repair|expire|mount|sync|du|diff|configtest|cron'
jobs__alerts='mail|mailx|nail|s-nail|sendmail|msmtp|mutt|swaks|ntfy|apprise|zabbix_sender|send_nsca|hc-ping.com|hchk.io|healthchecks.io|ntfy.sh|api.telegram.org|hooks.slack.com'

# jobs__words DEPTH: the known words of the text on standard input and of the scripts that it names, as `word WORD`;
# `hidden FILE` for a program that may not be looked into.
jobs__words() {
  found=$(awk -v known="$jobs__known|$jobs__verbs|$jobs__alerts" -v alerts="$jobs__alerts" '
    BEGIN {
      n = split(known, list, "|"); for (i = 1; i <= n; i++) words[list[i]]
      n = split(alerts, list, "|"); for (i = 1; i <= n; i++) hosts[list[i]]
    }
    /^[ \t]*#/ { next }
    {
      gsub(/[^A-Za-z0-9_.\/@-]+/, " ")
      for (i = 1; i <= NF; i++) if (!($i in seen)) { seen[$i]; look($i) }
    }
    function look(token,    part, parts, count, k) {
      if (token !~ /\//) {
        if (token in words) print "word " token
        else if (token ~ /^[A-Za-z_]/) print "name " token
        return
      }
      if (token ~ /\/\//) {
        count = split(token, parts, "/")
        for (k = 1; k <= count; k++) if (parts[k] in hosts) print "word " parts[k]
      }
      if (token !~ /^\/[^\/]/) return
      part = token
      if (part ~ /bin\/[^\/]*$/) { sub(/^.*\//, "", part); if (part in words) print "word " part }
      if (token !~ /^\/(dev|proc|sys)\//) print "path " token
    }' | sort -u)
  printf '%s\n' "$found" | grep '^word '
  [ "$1" -lt 3 ] || return 0
  set -f
  paths=$(printf '%s\n' "$found" | sed -n 's/^path //p')
  if [ "$1" = 0 ]; then
    for token in $(printf '%s\n' "$found" | sed -n 's/^[nw][a-z]* //p' | head -n 60); do
      place=$(command -v "$token") && paths="$paths
$place"
    done
  fi
  for path in $(printf '%s\n' "$paths" | grep '^/' | sort -u | head -n 60); do
    jobs__script "$path" "$1"
  done
  set +f
}

jobs__script() {
  if [ -f "$1" ] && [ -r "$1" ]; then
    first=
    { IFS= read -r first <"$1"; } 2>/dev/null
    case $first:$1 in
      '#!'* | *.sh) (head -n 2000 "$1" | jobs__words $(($2 + 1))) ;;
    esac
  elif [ -f "$1" ]; then
    case $(stat -c %A "$1") in *x*) echo "hidden $1" ;; esac
  elif [ ! -e "$1" ]; then
    above=${1%/*}
    while [ -n "$above" ] && [ ! -e "$above" ]; do above=${above%/*}; done
    [ -x "${above:-/}" ] || echo "hidden $1"
  fi
}

# Every timer, the service that each starts and what is started when that fails. `show` prints a blank line between two.
jobs_timers() {
  [ -d /run/systemd/system ] || { echo "systemd no"; echo end; return 0; }
  have systemctl || { echo "systemd runs, but there is no systemctl" >&2; return 69; }
  echo "systemd yes"
  files=$(systemctl list-unit-files --type=timer --no-legend --no-pager --full) || return 77
  units=$(systemctl list-units --all --type=timer --no-legend --no-pager --full) || return 77
  names=$(printf '%s\n%s\n' "$files" "$units" |
    awk '{ for (i = 1; i <= 2; i++) if ($i ~ /^[^-].*\.timer$/) print $i }' | grep -v '@\.timer$' | sort -u)
  set -f
  [ -n "$names" ] || { echo end; return 0; }
  timers=$(systemctl show --no-pager -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p Unit \
    -p LastTriggerUSec -- $names) || return 77
  printf '%s\n' "$timers" | sed 's/^/timer /'
  services=$(printf '%s\n' "$timers" | sed -n 's/^Unit=\([^-].*\)/\1/p' | sort -u)
  [ -n "$services" ] || { echo end; return 0; }
  shown=$(systemctl show --no-pager -p Id -p LoadState -p ActiveState -p Result -p ExecMainExitTimestamp -p OnFailure \
    -- $services) || return 77
  printf '%s\n' "$shown" | sed 's/^/service /'
  alerts=$(printf '%s\n' "$shown" | sed -n 's/^OnFailure=//p' | tr ' ' '\n' | grep '^[^-]' | sort -u)
  [ -z "$alerts" ] || systemctl show --no-pager -p Id -p LoadState -- $alerts | sed 's/^/alert /'
  for service in $services; do
    commands=$(systemctl show --no-pager -p ExecStart -p ExecStartPre -p ExecStartPost -p ExecStopPost -- "$service") || return 77
    echo "command $service"
    printf '%s\n' "$commands" | grep -q '^ExecStart=.* ; ignore_errors=yes ;' && echo ignores
    printf '%s\n' "$commands" | sed -n 's/^Exec[A-Za-z]*={ path=.* ; argv\[\]=\(.*\) ; ignore_errors=.*/\1/p' | (jobs__words 0)
  done
  echo end
}

# The tables of the system and the folders that run-parts goes through.
jobs_cron() {
  if [ -r /proc/1/cmdline ]; then echo "sees all"; else echo "sees own"; fi
  for entry in /proc/[0-9]*; do
    { read -r name <"$entry/comm"; } 2>/dev/null || continue
    case $name in cron | crond | fcron | busybox-cron) echo "daemon $name" ;; esac
  done | sort -u
  if [ -x /usr/sbin/sendmail ] || [ -x /usr/lib/sendmail ]; then echo "sendmail yes"; else echo "sendmail no"; fi
  for file in /etc/crontab /etc/cron.d/*; do
    jobs__file "$file" 6
  done
  jobs__file /etc/anacrontab 3
  for file in /etc/crontabs/*; do
    jobs__file "$file" 5
  done
  for folder in /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly; do
    jobs__folder "$folder"
  done
  echo end
}

jobs__file() {
  [ -f "$1" ] || return 0
  [ -r "$1" ] || { echo "denied $1"; return 0; }
  ignored=no
  case $1 in
    /etc/cron.d/*)
      case ${1##*/} in
        .* | *'~' | *.rpm*) ignored=yes ;;
        *[!A-Za-z0-9_-]*) [ ! -e /etc/debian_version ] || ignored=yes ;;
      esac
      [ -n "$(find "$1" -user 0 ! -perm -020 ! -perm -002)" ] || ignored=yes
      ;;
  esac
  jobs__table "$1" "$2" $ignored <"$1"
}

jobs__folder() {
  [ -d "$1" ] || return 0
  [ -r "$1" ] && [ -x "$1" ] || { echo "denied $1"; return 0; }
  listed=$(run-parts --test "$1" 2>/dev/null) || listed=unknown
  mailto=no
  for file in /etc/crontab /etc/anacrontab; do
    [ -r "$file" ] && person=$(sed -n 's/^[ 	]*MAILTO[ 	]*=[ 	]*//p' "$file" | tail -n 1) && jobs__person "$person" && mailto=yes
  done
  for file in "$1"/*; do
    [ -f "$file" ] || continue
    echo "job $file"
    echo "mailto $mailto"
    case "
$listed
" in
      *"
$file
"*) ;;
      *"
unknown
"*) [ -x "$file" ] || echo ignored ;;
      *) echo ignored ;;
    esac
    printf '%s\n' "$file" | (jobs__words 0)
  done
}

# jobs__table FILE COLUMNS IGNORED: a table on standard input whose commands begin after so many columns.
jobs__table() {
  number=0
  mailto=no
  while read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    case $line in
      '' | '#'*) continue ;;
      MAILTO*=*)
        if jobs__person "${line#*=}"; then mailto=yes; else mailto=no; fi
        continue
        ;;
      [A-Za-z_\"\']*) continue ;;
    esac
    jobs__entry "$1:$number" "$2" "$3" "$line"
  done
}

jobs__entry() {
  columns=$2 id=$1 ignored=$3 often=yes
  set -f
  set -- $4
  set +f
  case $1 in
    @reboot) often=no columns=$((columns - 4)) ;;
    @*) [ "$columns" = 3 ] || columns=$((columns - 4)) ;;
  esac
  [ $# -gt "$columns" ] || { echo "odd $id"; return 0; }
  shift "$columns"
  echo "job $id"
  echo "mailto $mailto"
  [ "$ignored" = no ] || echo ignored
  [ "$often" = yes ] || echo reboot
  rest=$(printf '%s' "$*" | sed 's/[0-9]*>&[0-9]//g')
  case $* in
    *'&>'* | *'2>'[!\&]*) echo silent ;;
    *'2>&1'*) case $rest in *'>'*) echo silent ;; esac ;;
  esac
  printf '%s\n' "$*" | (jobs__words 0)
}

# jobs__person MAILTO: does mail for it reach somebody's mailbox? A bare account needs an alias that leads to one.
jobs__person() {
  person=$(printf '%s' "$1" | tr -d "\"' 	")
  case $person in
    '') return 1 ;;
    *@*) return 0 ;;
    *[!A-Za-z0-9_.-]*) return 1 ;;
  esac
  [ -r /etc/aliases ] && grep -qE "^$person:.*@" /etc/aliases
}

# The tables of the accounts.
jobs_spool() {
  for folder in /var/spool/cron /var/spool/cron/crontabs /var/spool/cron/tabs; do
    [ -d "$folder" ] && [ -n "$(find "$folder" -maxdepth 1 -type f 2>/dev/null | head -n 1)" ] && some=yes
    [ -d "$folder" ] && { [ ! -r "$folder" ] || [ ! -x "$folder" ]; } && some=yes
  done
  if [ -z "${some:-}" ]; then
    echo end
    return 0
  fi
  tables=$(as_root /bin/grep -r ^ /var/spool/cron)
  status=$?
  [ "$status" -le 1 ] || return "$status"
  printf '%s\n' "$tables" | sed -n 's/^\(\/[^:]*\):.*/\1/p' | sort -u | while read -r file; do
    case ${file##*/} in .* | *.lock | tmp.* | cron.deny | cron.allow) continue ;; esac
    printf '%s\n' "$tables" | awk -v lead="$file:" 'index($0, lead) == 1 { print substr($0, length(lead) + 1) }' >&1 |
      jobs__table "$file" 5 no
  done
  echo end
}
