# sshd: the daemons that listen, what they were started with and when, the text of their configuration, and the
# settings that sshd itself makes of it. Lines KEY VALUE; `end` last.

sshd_daemons() {
  if [ -r /proc/1/cmdline ]; then echo "sees all"; else echo "sees own"; fi
  sed -n 's/^btime /boot /p' /proc/stat
  files=
  other=
  for entry in /proc/[0-9]*; do
    sshd__process "$entry"
  done
  # No listener, and yet SSH is served: by a socket of systemd or inetd, or by another program than OpenSSH.
  if [ -z "$files" ]; then
    [ -z "$other" ] && grep -q '^ *[0-9]*: [0-9A-F]*:0016 [0-9A-F]*:0000 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null && other="port 22"
    [ -n "$other" ] && echo "other $other"
  fi
  for file in /run/sshd.pid /var/run/sshd.pid; do
    if [ -r "$file" ]; then
      echo "pidfile $(stat -c %Y "$file") $(head -n 1 "$file")"
      break
    fi
  done
  for file in $files; do
    sshd__config "$file"
  done
  echo end
}

# Prints a process that listens, and adds its configuration file to $files. Sessions and children are left out, and so
# is a process of a container: it has another number there, and its files are not the ones seen from here.
sshd__process() {
  name=
  { read -r name <"$1/comm"; } 2>/dev/null || return 0
  case $name in
    sshd-session | sshd-auth | dropbear | tinysshd | lshd | wolfsshd) ;;
    sshd*) ;;
    *) return 0 ;;
  esac
  case $(sed -n 's/^NSpid:[^0-9]*[0-9]*[^0-9]*//p' "$1/status" 2>/dev/null) in ?*) return 0 ;; esac
  case $name in
    sshd-session | sshd-auth) other=$name; return 0 ;;
    sshd*) ;;
    *) echo "foreign $name"; return 0 ;;
  esac
  line=$(tr '\000\n' '  ' 2>/dev/null <"$1/cmdline")
  case $line in
    "sshd: "*"[listener]"*) line=${line#sshd: } line=${line%%"[listener]"*} ;;
    "sshd: "* | *" -R"*) other=session; return 0 ;;
    *" -i" | *" -i "*) other=inetd; return 0 ;;
    '') return 0 ;;
  esac
  echo "process ${1#/proc/} $(sed 's/.*) //' "$1/stat" | cut -d ' ' -f 20) $line"
  set -f
  set -- $line
  set +f
  file=/etc/ssh/sshd_config
  while [ $# -gt 0 ]; do
    case $1 in
      -f) file=${2:-} ;;
      -f*) file=${1#-f} ;;
    esac
    shift
  done
  case " $files " in *" $file "*) ;; *) files="$files $file" ;; esac
}

sshd__config() {
  echo "config $1"
  sshd__text "$1" 0
  sshd=/usr/sbin/sshd
  [ -x "$sshd" ] || { echo "effective no $sshd"; return 0; }
  if [ "$1" = /etc/ssh/sshd_config ]; then
    settings=$(as_root "$sshd" -T) ||
      settings=$(as_root "$sshd" -T -C user=unknown -C host=unknown.invalid -C addr=192.0.2.1 -C laddr=192.0.2.2 -C lport=22) ||
      { echo "effective failed"; return 0; }
  elif [ "$(id -u)" = 0 ]; then
    settings=$("$sshd" -T -f "$1") ||
      settings=$("$sshd" -T -f "$1" -C user=unknown -C host=unknown.invalid -C addr=192.0.2.1 -C laddr=192.0.2.2 -C lport=22) ||
      { echo "effective failed"; return 0; }
  else
    echo "effective denied"
    return 0
  fi
  echo "effective yes"
  printf '%s\n' "$settings" | sed 's/^/set /'
}

# Prints a configuration file, then the files that it includes; `includes PATTERN<tab>FILE` says which came of what.
sshd__text() {
  if [ -r "$1" ]; then
    text=$(cat "$1") || return 1
  elif [ "$1" = /etc/ssh/sshd_config ]; then
    text=$(as_root /bin/cat /etc/ssh/sshd_config) || { echo "denied $1"; return 0; }
  else
    echo "denied $1"
    return 0
  fi
  echo "file $(stat -c %Z "$1") $1"
  printf '%s\n' "$text" | sed 's/^/line /'
  [ "$2" -lt 8 ] || return 0
  printf '%s\n' "$text" |
    sed -n 's/^[ 	]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][ 	=][ 	=]*//p' | tr '\t"' '  ' | tr -s ' ' '\n' |
    while read -r pattern; do
      [ -n "$pattern" ] && sshd__include "$pattern" "$2"
    done
  return 0
}

sshd__include() {
  case $1 in /*) path=$1 ;; *) path=/etc/ssh/$1 ;; esac
  folder=${path%/*}
  [ -d "$folder" ] && echo "folder $(stat -c %Z "$folder") $folder"
  echo "pattern $1"
  if [ -d "$folder" ] && { [ ! -r "$folder" ] || [ ! -x "$folder" ]; }; then
    if [ "$folder" = /etc/ssh/sshd_config.d ]; then
      echo "closed $1"
      changed=$(as_root /usr/bin/find /etc/ssh/sshd_config /etc/ssh/sshd_config.d -newercm /run/sshd.pid) ||
        { echo "denied $folder"; return 0; }
      [ -z "$changed" ] || printf '%s\n' "$changed" | sed 's/^/changed /'
      as_root /bin/grep -r ^ /etc/ssh/sshd_config.d | sed 's/^/inside /'
    else
      echo "denied $folder"
    fi
    return 0
  fi
  for included in $path; do
    [ -e "$included" ] || continue
    printf 'includes %s\t%s\n' "$1" "$included"
    (sshd__text "$included" $(($2 + 1)))
  done
}
