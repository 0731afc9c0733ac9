# kept: what the register declares to be kept here for other machines. $1 $2, $3 $4 ... are whose it is, and its path.

# When each log was written to last: names and times of its files alone. What rotation put aside does not count, since
# rotation itself may have written it, and neither do empty files, which it makes anew.
kept_logs() {
  while [ $# -ge 2 ]; do
    echo "of $1 $2"
    kept__written "$2"
    shift 2
  done
  echo end
}

kept__written() {
  now=$(date +%s)
  ! silent "$1" || return 0
  said=$(as_root /usr/bin/find -H "$1" -maxdepth 3 -type f -size +0 -printf '%T@ %f//' 2>&1) || {
    case $said in
      *"find: "*"$1"*": No such file or directory"*) echo absent ;;
      *) printf 'failed %.200s\n' "$said" | head -n 1 ;;
    esac
    return 0
  }
  printf '%s' "$said" | sed 's#//#\
#g' | awk -v now="$now" '
    $1 !~ /^[0-9]+(\.[0-9]+)?$/ { next }
    $2 ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/ { files++; if ($1 + 0 > newest) newest = $1 + 0; next }
    /@/ || /\.(gz|xz|bz2|zst|old)$/ || /[.-][0-9]+$/ || /-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]/ { aside++; next }
    { files++; if ($1 + 0 > newest) newest = $1 + 0 }
    END { print "files " files + 0; print "aside " aside + 0; if (files) print "age " now - int(newest) }'
}

# The first words of the lines that are a package and its version, as dpkg-query -W and rpm write them.
kept_packages() {
  while [ $# -ge 2 ]; do
    echo "of $1 $2"
    kept__listed "$2"
    shift 2
  done
  echo end
}

kept__listed() {
  ! silent "$1" || return 0
  if [ ! -e "$1" ]; then
    look_into "${1%/*}" 2>/dev/null
    case $? in 77) echo "denied ${1%/*}" ;; *) echo absent ;; esac
  elif [ ! -f "$1" ]; then
    echo "odd not a file"
  elif [ ! -r "$1" ]; then
    echo "denied $1"
  else
    head -c 2000000 "$1" | awk '
      NF == 2 && $1 ~ /^[A-Za-z0-9][A-Za-z0-9+._:-]*$/ && $2 ~ /[0-9]/ && length($1) < 200 { print "package " $1; next }
      /[^ \t]/ { others++ }
      END { print "others " others + 0 }'
  fi
}
