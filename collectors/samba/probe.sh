# samba: the smbd that runs, the file that it was started with, and what testparm makes of that file, defaults included.
# Of a file that was changed since, some settings hold for new connections at once and others (signing) do not: when smbd
# was started, or last told to read it again, is told with it. Lines KEY VALUE; `end` last.

samba_server() {
  whole_machine || return
  if [ -r /proc/1/cmdline ]; then echo "sees all"; else echo "sees own"; fi
  sed -n 's/^btime /boot /p' /proc/stat
  [ -r /proc/net/tcp ] || { echo "no /proc/net/tcp" >&2; return 77; }
  # Ports 445 (01BD) and 139 (008B).
  ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q '^ *[0-9]*: [0-9A-F]*:\(01BD\|008B\) [0-9A-F]*:0000 0A ' || echo "port smb"
  config=
  for entry in /proc/[0-9]*; do
    samba__process "$entry"
  done
  if [ -z "$config" ]; then
    samba__enabled || { echo end; return 0; }
    config=/etc/samba/smb.conf
  fi
  samba__reloaded
  samba__walk "$config" 0
  samba__effective "$config"
  echo end
}

# Prints a daemon that listens: an smbd whose parent is not one. A process of a container has another number there.
samba__process() {
  name=
  { read -r name <"$1/comm"; } 2>/dev/null || return 0
  case $name in smbd | ksmbd.mountd) ;; *) return 0 ;; esac
  case $(sed -n 's/^NSpid:[^0-9]*[0-9]*[^0-9]*//p' "$1/status" 2>/dev/null) in ?*) return 0 ;; esac
  [ "$name" = smbd ] || { echo "foreign $name"; return 0; }
  owner=$(sed -n 's/^PPid:[^0-9]*//p' "$1/status" 2>/dev/null)
  parent=
  { read -r parent <"/proc/$owner/comm"; } 2>/dev/null
  case $parent in smbd*) return 0 ;; esac
  line=$(tr '\000\n' '  ' 2>/dev/null <"$1/cmdline")
  echo "process ${1#/proc/} ${owner:-0} $(sed 's/.*) //' "$1/stat" | cut -d ' ' -f 20) $line"
  set -f
  set -- $line
  set +f
  config=/etc/samba/smb.conf
  while [ $# -gt 0 ]; do
    case $1 in
      -s | --configfile) config=${2:-} ;;
      --configfile=*) config=${1#--configfile=} ;;
      -s?*) config=${1#-s} ;;
      # `-Ds FILE`: short options written together.
      -[DFSi]*s) config=${2:-} ;;
    esac
    shift
  done
}

# Does smbd start by itself at the next boot?
samba__enabled() {
  have smbd && have systemctl || return 1
  for unit in smbd smb; do
    case $(systemctl is-enabled "$unit" 2>/dev/null) in
      enabled*) echo "enabled $unit"; return 0 ;;
    esac
  done
  return 1
}

# When systemd last started it or told it to read its files again: microseconds since boot.
samba__reloaded() {
  have systemctl || return 0
  for unit in smbd smb samba-ad-dc; do
    systemctl show "$unit" -p MainPID -p StateChangeTimestampMonotonic 2>/dev/null | awk -F = '
      $1 == "MainPID" { pid = $2 } $1 == "StateChangeTimestampMonotonic" { at = $2 }
      END { if (pid + 0 && at + 0) print "unit", pid, at }'
  done
}

# When each file changed, and what it includes. Samba ignores case and blanks in the names of settings.
samba__walk() {
  if [ -r "$1" ]; then
    text=$(cat "$1") || return 1
  elif [ -e "$1" ] && [ "$1" = /etc/samba/smb.conf ]; then
    text=$(as_root /bin/cat /etc/samba/smb.conf) || { echo "denied $1"; return 0; }
  elif [ ! -e "$1" ] && { [ ! -d "${1%/*}" ] || [ -x "${1%/*}" ]; }; then
    echo "gone $1"
    return 0
  else
    echo "denied $1"
    return 0
  fi
  echo "file $(stat -c %Z "$1") $1"
  [ "$2" -lt 8 ] || { echo "denied $1"; return 0; }
  printf '%s\n' "$text" | awk -F = '
    { name = tolower($1); gsub(/[ \t]/, "", name) }
    name == "include" || name == "configfile" || name == "configbackend" || name == "registryshares" {
      value = $0; sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t\r]*$/, "", value); print name, value
    }' | while read -r name value; do
    case $name-$value in
      include-registry) echo "registry include" ;;
      include-*%* | configfile-*) echo "varies $name = $value" ;;
      include-/*) (samba__walk "$value" $(($2 + 1))) ;;
      include-*) echo "varies include = $value" ;;
      configbackend-[Ff][Ii][Ll][Ee]) ;;
      registryshares-[Nn][Oo]) ;;
      *) echo "registry $name" ;;
    esac
  done
}

samba__effective() {
  if ! have testparm; then
    echo "testparm none"
    return 0
  elif [ -r "$1" ]; then
    said=$(testparm -sv "$1" 2>/dev/null) || { echo "testparm failed"; return 0; }
  elif [ "$1" = /etc/samba/smb.conf ]; then
    said=$(as_root /usr/bin/testparm -sv /etc/samba/smb.conf 2>/dev/null) || { echo "testparm failed"; return 0; }
  else
    echo "testparm denied"
    return 0
  fi
  echo "testparm yes"
  printf '%s\n' "$said" | grep -E '^\[|^	(available|guest ok|guest only|hosts allow|map to guest|min protocol|path|printable|read only|restrict anonymous|security|server min protocol|server role|server signing|(server )?smb encrypt|usershare (max shares|path)|valid users) =' |
    sed 's/^/set /'
  max=$(printf '%s\n' "$said" | sed -n 's/^	usershare max shares = //p' | head -n 1)
  folder=$(printf '%s\n' "$said" | sed -n 's/^	usershare path = //p' | head -n 1)
  [ "${max:-0}" = 0 ] || [ -z "$folder" ] || samba__usershares "$folder"
}

# Shares that ordinary users made with `net usershare`; testparm does not tell of them.
samba__usershares() {
  if [ ! -e "$1" ] && { [ ! -d "${1%/*}" ] || [ -x "${1%/*}" ]; }; then
    echo "users none"
    return 0
  elif [ -r "$1" ] && [ -x "$1" ]; then
    found=$(grep -r ^ "$1" 2>/dev/null)
  elif [ "$1" = /var/lib/samba/usershares ]; then
    found=$(as_root /bin/grep -r ^ /var/lib/samba/usershares)
  else
    echo "denied $1"
    return 0
  fi
  case $? in
    0) echo "users $1"; printf '%s\n' "$found" | sed 's/^/user /' ;;
    1) echo "users none" ;;
    *) echo "denied $1" ;;
  esac
}
