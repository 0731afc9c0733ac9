# rsnapshot: the trees that the register declares on this machine. $1 $2 $3, ... are id, path and rsnapshot's own file.
# rsnapshot sets the time of its newest folder when a run ends; only its log tells whether all of that run went well.

rsnapshot_trees() {
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    rsnapshot__tree "$2" "$3"
    shift 3
  done
  echo end
}

rsnapshot__tree() {
  ! silent "$1" || return 0
  said=$(as_root /usr/bin/find "$1" -maxdepth 2 -type d -printf '%T@ %s %P//' 2>&1) || {
    case $said in
      *"find: "*"$1"*": No such file or directory"*) echo absent ;;
      *) printf 'failed %.200s\n' "$said" | head -n 1 ;;
    esac
    return 0
  }
  printf '%s' "$said" | sed 's#//#\
#g' | awk '$1 ~ /^[0-9]+\.?[0-9]*$/ && $3 != "" { time = int($1); sub(/^[^ ]* [^ ]* /, ""); print "folder " time " " $0 }'
  [ -n "$2" ] || { echo "no config"; return 0; }
  said=$(as_root /bin/grep -h -e ^snapshot_root -e ^retain -e ^interval -e ^lockfile -e ^logfile -e ^sync_first -e ^backup \
    -e ^include_conf "$2" 2>&1) || { echo "no settings"; return 0; }
  rsnapshot__settings "$said"
  case $said in *include_conf*) return 0 ;; esac
  rsnapshot__test "$2"
  rsnapshot__lock "$(printf '%s\n' "$said" | rsnapshot__value lockfile)"
  rsnapshot__log "$(printf '%s\n' "$said" | rsnapshot__value logfile)"
}

rsnapshot__value() {
  awk -F '\t+' -v key="$1" '$1 == key { value = $2 } END { print value }'
}

# What the file says, without sources and commands: those may hold passwords.
rsnapshot__settings() {
  printf '%s\n' "$1" | awk -F '\t+' '
    $1 == "snapshot_root" { print "root " $2 }
    $1 == "retain" || $1 == "interval" { print "retain " $2 }
    $1 == "sync_first" { print "sync_first " $2 }
    $1 == "include_conf" { print "includes" }
    $1 == "backup" || $1 == "backup_script" { sub(/^\.?\/*/, "", $3); sub(/\/.*/, "", $3); print "backup " $3 }'
}

rsnapshot__test() {
  tool=/usr/bin/rsnapshot
  [ -x "$tool" ] || { [ "$(id -u)" = 0 ] && tool=$(command -v rsnapshot); } || { echo "test missing"; return 0; }
  tested=$(as_root "$tool" -c "$1" configtest 2>&1)
  case $? in
    0) echo "test well" ;;
    *) echo "test broken $(printf '%s\n' "$tested" | sed -n 's/.* on line \([0-9]*\):$/\1/p' | sort -un | tr '\n' ' ')" ;;
  esac
}

rsnapshot__lock() {
  case $1 in /*/*) ;; *) echo "lock none"; return 0 ;; esac
  [ -x "${1%/*}" ] || { echo "lock hidden"; return 0; }
  [ -e "$1" ] || { echo "lock none"; return 0; }
  pid=
  { read -r pid <"$1"; } 2>/dev/null
  live=dead
  [ -r /proc/1/cmdline ] || live=hidden
  case $pid in
    '' | *[!0-9]*) live=hidden ;;
    *) [ ! -d "/proc/$pid" ] || live=live ;;
  esac
  echo "lock $(stat -c %Y "$1") $live"
}

# How each run began and ended, by the log. A power cut leaves bytes of nought in it: without -a grep would end there.
rsnapshot__log() {
  case $1 in /*/*) ;; *) echo "log none"; return 0 ;; esac
  if [ -r "$1" ]; then
    ran=$(grep -a -h -e ': started' -e ': completed' -e 'ERROR: Errors were found' -e 'ERROR: Lockfile' "$1")
  elif [ "$1" = /var/log/rsnapshot.log ] && [ -e "$1" ]; then
    ran=$(as_root /bin/grep -a -h -e ': started' -e ': completed' -e 'ERROR: Errors were found' -e 'ERROR: Lockfile' \
      /var/log/rsnapshot.log)
  elif [ -x "${1%/*}" ] && [ ! -e "$1" ]; then
    echo "log absent"
    return 0
  else
    echo "log hidden"
    return 0
  fi
  echo "log read"
  printf '%s\n' "$ran" | tail -n 2000 | awk '
    function say(word,    name) {
      name = $0; sub(/: (started|completed|ERROR: Errors|ERROR: Lockfile).*$/, "", name); sub(/^.*[ :]/, "", name)
      if (name ~ /^[A-Za-z0-9_-]+$/) print "run " substr($1, 2, 19) " " name " " word
    }
    /^\[[0-9-]+T[0-9:]+\] / {
      if ($0 ~ /: started$/) say("started")
      else if ($0 ~ /: completed successfully$/) say("well")
      else if ($0 ~ /: completed, but with some warnings$/) say("warnings")
      else if ($0 ~ /: completed, but with some errors$/) say("errors")
      else if ($0 ~ /: ERROR: (Errors were found|Lockfile)/) say("refused")
    }'
}
