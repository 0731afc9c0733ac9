# barman: the folders of barman (barman_home) that the register declares on this machine. $1 $2 $3, ... are id, path and
# what is mounted there. barman is not run: to list, it takes locks that its own jobs wait for. Its records are read.

barman_records() {
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    barman__home "$2"
    shift 3
  done
  echo end
}

barman__home() {
  ! silent "$1" || return 0
  said=$(as_root /usr/bin/find "$1" -maxdepth 4 -type d -printf '%T@ %s %P//' 2>&1) || {
    case $said in
      *"find: "*"$1"*": No such file or directory"*) echo absent ;;
      *) printf 'failed %.200s\n' "$said" | head -n 1 ;;
    esac
    return 0
  }
  printf '%s' "$said" | sed 's#//#\
#g' | awk '$3 ~ /^[A-Za-z0-9_.-]+\/base(\/[0-9A-Za-z_.-]+(\/data)?)?$/ { print "folder " $3 }'
  told=$(as_root /bin/grep -r -H --include=backup.info --exclude-dir=data --exclude-dir=wals --exclude-dir=streaming \
    --exclude-dir=incoming -e ^status= -e ^begin_time= -e ^end_time= "$1" 2>&1)
  status=$?
  printf '%s\n' "$told" | awk -v lead="$1/" '
    index($0, lead) == 1 && match($0, /\/base\/[0-9A-Za-z_.-]+\/backup\.info:/) {
      name = substr($0, length(lead) + 1); sub(/\/backup\.info:.*$/, "", name)
      value = $0; sub(/^.*\/backup\.info:/, "", value); print "record " name " " value
    }'
  echo "read $status"
}
