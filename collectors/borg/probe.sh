# borg: the repositories that the register declares on this machine. $1 $2 $3, ... are id, path and the file with the
# passphrase ('' where the agency keeps it), which only borg reads. The lock is passed by. borg notes which repositories
# it knows; it notes them in a folder of its own in memory (/run), so that the notes of the machine's own borg stay true.

borg_archives() {
  tool=/usr/bin/borg
  [ -x "$tool" ] || { [ "$(id -u)" = 0 ] && tool=$(command -v borg); } || tool=
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    borg__archives "$2" "$3"
    shift 3
  done
  echo end
}

borg__archives() {
  ! silent "$1" || return 0
  said=$(as_root /usr/bin/find "$1" -maxdepth 1 -printf '%T@ %s %P//' 2>&1) || {
    case $said in
      *"find: "*"$1"*": No such file or directory"*) echo absent ;;
      *) printf 'failed %.200s\n' "$said" | head -n 1 ;;
    esac
    return 0
  }
  printf '%s' "$said" | sed 's#//#\
#g' | awk '$3 ~ /^(config|data|lock\.exclusive|lock\.roster)$/ { print "file " $3 " " int($1) }'
  as_root /bin/grep append_only "$1/config" 2>/dev/null | grep '^append_only = [01]$'
  [ -n "$tool" ] || { echo "no tool"; return 0; }
  said=$(as_root /usr/bin/env BORG_BASE_DIR=/run/pepperbird-borg BORG_KEYS_DIR=/root/.config/borg/keys \
    BORG_RELOCATED_REPO_ACCESS_IS_OK=yes BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes TZ=UTC BORG_PASSPHRASE= \
    "$tool" --bypass-lock list --json --consider-checkpoints "$1" 2>&1)
  status=$?
  borg__say empty "$status"
  [ "$status" -gt 1 ] && [ -n "$2" ] || return 0
  said=$(as_root /usr/bin/env BORG_BASE_DIR=/run/pepperbird-borg BORG_KEYS_DIR=/root/.config/borg/keys \
    BORG_RELOCATED_REPO_ACCESS_IS_OK=yes BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes TZ=UTC \
    "BORG_PASSCOMMAND=/bin/cat $2" "$tool" --bypass-lock list --json --consider-checkpoints "$1" 2>&1)
  borg__say named $?
}

# borg__say PASSPHRASE STATUS: what borg said in $said, without the lines that nobody asks for.
borg__say() {
  printf '%s\n' "$said" | sed '/^ *"barchive": /d; /^ *"archive": /d; /^ *"id": /d; s/^/| /'
  echo "exit $1 $2"
}
