# datadirs: who may enter the directories that the register declares on this machine. $1, $2 ... are their paths.
# `PATH/.` is the directory itself where PATH is a symbolic link: find would take the link for an empty answer.

datadirs_modes() {
  for path in "$@"; do
    echo "path $path"
    datadirs__reach "$path" || continue
    echo "real $(readlink -f "$path")"
    if [ -d "$path" ]; then echo "kind directory"; else echo "kind file"; fi
    stat -L -c 'mode %a' "$path" && stat -L -c 'owner %u %U' "$path" && stat -L -c 'group %G' "$path" || return 1
    datadirs__account "$(stat -L -c %u "$path")"
    datadirs__acl "$path"
  done
  echo end
}

# Is there something at the path? That there is nothing is only told where everything above it may be searched.
datadirs__reach() {
  ! silent "$1" || return 1
  [ -e "$1" ] && return 0
  above=${1%/*}
  while [ -n "$above" ] && [ ! -e "$above" ]; do above=${above%/*}; done
  if [ ! -d "${above:-/}" ] || [ -x "${above:-/}" ]; then echo absent; else echo "denied ${above:-/}"; fi
  return 1
}

# The owner's login shell, by number.
datadirs__account() {
  line=
  if have getent; then line=$(getent passwd "$1"); fi
  [ -n "$line" ] || line=$(awk -F : -v number="$1" '$3 == number { print; exit }' /etc/passwd)
  [ -z "$line" ] || echo "shell ${line##*:}"
}

# Access lists: rights that the mode does not show. getfacl tells them, and ls of coreutils marks them.
datadirs__acl() {
  if have getfacl && entries=$(getfacl -s -p "$1" 2>/dev/null); then
    if [ -n "$entries" ]; then echo "acl yes"; else echo "acl no"; fi
    return 0
  fi
  case $(ls --version 2>/dev/null | head -n 1) in
    *coreutils*) ;;
    *) echo "acl unknown"; return 0 ;;
  esac
  case $(ls -ldL "$1" | cut -c 11) in
    +) echo "acl yes" ;;
    *) echo "acl no" ;;
  esac
}

# Directories below that everyone may write to, without the sticky bit. Reads names and modes only, at low priority.
# `mount DIRECTORY`: another file system is mounted there, which is not entered. Sudo allows each directory by a line of its
# own, so one that it refuses says nothing of the others; where it refuses them all, the probe has no answer.
datadirs_open() {
  renice -n 19 -p "$(sh -c 'echo $PPID')" >/dev/null 2>&1
  asked=0 refused=0
  for path in "$@"; do
    echo "path $path"
    datadirs__reach "$path" || continue
    if [ ! -d "$path" ]; then
      echo file
      continue
    fi
    real=$(readlink -f "$path")
    ! silent_below "$real" || continue
    awk -v lead="$real/" 'index($5, lead) == 1 { print "mount " $5 }' /proc/self/mountinfo || return 1
    asked=$((asked + 1)) ended=whole
    found=$(as_root /usr/bin/find "$path/." -xdev -type d -perm -0002 ! -perm -1000 5>/dev/null) || ended="failed $?"
    [ "$ended" != "failed 77" ] || ended=refused refused=$((refused + 1))
    [ -z "$found" ] || printf '%s\n' "$found" | head -n 50 | sed 's/^/open /'
    echo "$ended"
  done
  echo end
  [ "$asked" = 0 ] || [ "$asked" != "$refused" ] || _pb_deny "/usr/bin/find $path/. -xdev -type d -perm -0002 ! -perm -1000"
}
