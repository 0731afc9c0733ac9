# rsync: trees filled by rsync that the register declares on this machine. $1 $2 $3, ... are id, path and the log that
# rsync writes (--log-file). rsync gives folders and files the times of their source: of its own runs only the log tells.

rsync_trees() {
  running rsync | sed -n 's/^\(sees [a-z]*\)$/\1/p; s/^process .*/runs/p' | sort -u
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    rsync__tree "$2" "$3"
    shift 3
  done
  echo end
}

rsync__tree() {
  ! silent "$1" || return 0
  said=$(as_root /usr/bin/find "$1" -maxdepth 1 -printf '%T@ %y %P//' 2>&1) || {
    case $said in
      *"find: "*"$1"*": No such file or directory"*) echo absent ;;
      *) printf 'failed %.200s\n' "$said" | head -n 1 ;;
    esac
    return 0
  }
  printf '%s' "$said" | sed 's#//#\
#g' | awk '
    $3 == "" { next }
    { entries++ }
    $2 == "d" && $3 ~ /[0-9]$/ { sub(/^[^ ]* [^ ]* /, ""); print "folder " $0 }
    END { print "entries " entries + 0 }'
  [ -n "$2" ] || { echo "no log"; return 0; }
  wrote=$(as_root /usr/bin/stat -c %Y "$2" 2>/dev/null) || { echo "log absent"; return 0; }
  echo "log $wrote"
  # Read as root, so only the lines that tell how runs went: what else is in there, or in what a link leads to, stays there.
  # A power cut leaves bytes of nought in a log: without -a grep would end there, and so hide every later run. What could
  # not be read to its end tells of no run. With -v or --stats rsync says the total on a line of its own.
  {
    as_root /bin/grep -a -h -e .file.list -e .sent. -e .total.size. -e .rsync.error "$2"
    echo "ended $?"
  } | tr -d '\000' | awk '
    $1 == "ended" && NF == 2 { ended = $2; next }
    $3 ~ /^\[[0-9]+\]$/ {
      if ($3 != run) { run = $3; state = "begun"; size = 0 }
      if ($4 == "sent" && $0 ~ /total size [0-9,.]+$/ || $4 == "total" && $5 == "size" && $6 == "is") {
        if (state == "begun") state = "well"
        size = $4 == "sent" ? $NF : $7
        gsub(/[,.]/, "", size)
      }
      else if ($4 == "rsync" && $5 == "error:") { state = "error"; code = $0; sub(/^.*\(code /, "", code); sub(/\).*$/, "", code) }
    }
    END {
      if (ended != "0" && ended != "1") exit
      if (state == "error") print "run error " code
      else if (state != "") print "run " state " " size
    }'
}
