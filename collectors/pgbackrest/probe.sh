# pgbackrest: the repositories that the register declares on this machine. $1 $2 $3, ... are id, path and pgBackRest's
# file, which holds the passphrase and which only pgBackRest reads. `info` reads the first repository at that path.

pgbackrest_info() {
  tool=/usr/bin/pgbackrest
  [ -x "$tool" ] || { [ "$(id -u)" = 0 ] && tool=$(command -v pgbackrest); } || tool=
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    pgbackrest__info "$2" "$3"
    shift 3
  done
  echo end
}

pgbackrest__info() {
  ! silent "$1" || return 0
  said=$(as_root /usr/bin/find "$1" -maxdepth 1 -printf '%T@ %s %P//' 2>&1) || {
    case $said in
      *"find: "*"$1"*": No such file or directory"*) echo absent ;;
      *) printf 'failed %.200s\n' "$said" | head -n 1 ;;
    esac
    return 0
  }
  [ -n "$tool" ] || { echo "no tool"; return 0; }
  [ -n "$2" ] || { echo "no config"; return 0; }
  # It would go to another machine by itself: then it is not asked.
  elsewhere="$(as_root /bin/grep -c '^repo1-host' "$2") $(as_root /bin/grep -c '^repo1-type' "$2")"
  echo "elsewhere $elsewhere"
  [ "$elsewhere" = "0 0" ] || return 0
  said=$(as_root "$tool" "--config=$2" "--repo1-path=$1" --repo=1 info --output=json 2>&1)
  status=$?
  # With a wrong passphrase it shows what it made of the bytes: no text.
  printf '%s\n' "$said" | tr -cd '\n -~' | sed 's/},{/},\
{/g; s/,"backup":\[/\
&/g' | sed 's/^/| /'
  echo "exit $status"
}
