# restic: the repositories that the register declares on this machine. $1 $2 $3, $4 $5 $6 ... are id, path and the file
# with the passphrase ('' where the agency keeps it), which only restic reads. Nothing is locked, cached or written.

# What lies in the repository: names, times and sizes of its files need no passphrase.
restic_files() {
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    restic__files "$2"
    shift 3
  done
  echo end
}

restic__files() {
  ! silent "$1" || return 0
  said=$(as_root /usr/bin/find "$1" -maxdepth 2 -type f -printf '%T@ %s %P//' 2>&1) || {
    case $said in
      *"find: "*"$1"*": No such file or directory"*) echo absent ;;
      *) printf 'failed %.200s\n' "$said" | head -n 1 ;;
    esac
    return 0
  }
  printf '%s' "$said" | sed 's#//#\
#g' | awk '
    $3 == "config" { print "config " int($1) }
    $3 ~ /^(snapshots|locks|keys)\/[0-9a-f]+$/ {
      part = $3; sub(/\/.*/, "", part); time = int($1)
      count[part]++
      if (!(part in oldest) || time < oldest[part]) oldest[part] = time
      if (!(part in newest) || time > newest[part]) newest[part] = time
    }
    END { for (part in count) print part, count[part], oldest[part], newest[part] }' | sort
  echo listed
}

# The restore points, as restic lists them where it may use the passphrase: one a line, without what nobody asks for.
restic_snapshots() {
  tool=/usr/bin/restic
  [ -x "$tool" ] || { [ "$(id -u)" = 0 ] && tool=$(command -v restic); } || tool=
  if [ -n "$tool" ]; then version=$("$tool" version 2>/dev/null | head -n 1); else version=; fi
  echo "version $version"
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    if [ -z "$tool" ]; then
      echo "no tool"
    elif [ -z "$3" ]; then
      echo "no passphrase"
    else
      restic__snapshots "$tool" "$2" "$3"
    fi
    shift 3
  done
  echo end
}

restic__snapshots() {
  ! silent "$2" || return 0
  said=$(as_root "$1" -r "$2" --no-lock --no-cache --password-file "$3" snapshots --json 2>&1)
  status=$?
  printf '%s\n' "$said" | sed 's/"tree":"[0-9a-f]*",//g; s/"parent":"[0-9a-f]*",//g; s/"id":"[0-9a-f]*",//g; s/},{/},\
{/g' | sed 's/^/| /'
  echo "exit $status"
  case $version in
    'restic 0.'[0-9].* | 'restic 0.1'[0-6].* | '') return 0 ;;
  esac
  as_root "$1" -r "$2" --no-lock --no-cache --insecure-no-password cat config >/dev/null 2>&1
  echo "keyless $?"
}
