# dumps: folders of dump files that the register declares on this machine. $1 $2 $3, ... are id, path and the patterns
# of the files, by blanks. The newest file of each pattern is tested where it lies, at low priority.

dumps_files() {
  renice -n 19 -p "$(sh -c 'echo $PPID')" >/dev/null 2>&1
  patience=
  timeout -s KILL 2 true 2>/dev/null && patience='timeout -s KILL 25'
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    dumps__folder "$2" "$3"
    shift 3
  done
  echo end
}

dumps__folder() {
  ! silent "$1" || return 0
  said=$(as_root /usr/bin/find "$1" -maxdepth 2 -type f -printf '%T@ %s %P//' 2>&1) || {
    case $said in
      *"find: "*"$1"*": No such file or directory"*) echo absent ;;
      *) printf 'failed %.200s\n' "$said" | head -n 1 ;;
    esac
    return 0
  }
  said=$(printf '%s' "$said" | sed 's#//#\
#g')
  set -f
  for pattern in $2; do
    echo "pattern $pattern"
    newest=0 chosen=
    while read -r time size name; do
      [ -n "$name" ] || continue
      case ${name##*/} in
        $pattern) ;;
        *) continue ;;
      esac
      time=${time%%.*}
      echo "file $time $size"
      [ "$time" -lt "$newest" ] || { newest=$time chosen=$name bytes=$size; }
    done <<END
$said
END
    [ -z "$chosen" ] || echo "ending $newest $bytes $(dumps__ending "$1/$chosen" "$bytes")"
  done
  set +f
  echo listed
}

# dumps__ending FILE BYTES: one word on the end of the file.
dumps__ending() {
  [ "$2" != 0 ] || { echo empty; return 0; }
  [ -r "$1" ] || { echo hidden; return 0; }
  case $1 in
    *.gz | *.tgz) unpack=gzip ;;
    *.zst) unpack=zstd ;;
    *.xz | *.txz) unpack=xz ;;
    *.bz2) unpack=bzip2 ;;
    *.sql) if tail -c 2000 "$1" | dumps__marked; then echo marked; else echo cut; fi; return 0 ;;
    *) echo unmarked; return 0 ;;
  esac
  have "$unpack" || { echo "needs $unpack"; return 0; }
  [ "${#2}" -lt 10 ] || { echo large; return 0; }
  $patience "$unpack" -q -t "$1" 2>/dev/null
  case $? in
    0) ;;
    124 | 137) echo slow; return 0 ;;
    *) echo cut; return 0 ;;
  esac
  case ${1%.*} in
    *.sql) if $patience "$unpack" -q -d -c "$1" 2>/dev/null | tail -c 2000 | dumps__marked; then echo whole; else echo cut; fi ;;
    *) echo whole ;;
  esac
}

# The last lines of mysqldump and mariadb-dump, of pg_dump and of pg_dumpall.
dumps__marked() {
  grep -qE '^-- (Dump completed|PostgreSQL database (cluster )?dump complete)'
}
