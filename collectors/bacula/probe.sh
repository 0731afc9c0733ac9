# bacula: folders of volumes that the register declares on this machine. $1 $2 $3, ... are id, path and the catalogue of the
# director: the file of SQLite, or the folder of PostgreSQL's socket. bconsole is not used: whoever may run it may also
# delete. The one query only reads; times in it are seconds, as the others carry no zone.

bacula_catalogue() {
  while [ $# -ge 3 ]; do
    echo "repository $1 $2"
    bacula__volumes "$2" && bacula__ask "$3"
    shift 3
  done
  echo end
}

bacula__volumes() {
  ! silent "$1" || return 1
  said=$(as_root /usr/bin/find "$1" -maxdepth 1 -type f -printf '%T@ %s %P//' 2>&1) || {
    case $said in
      *"find: "*"$1"*": No such file or directory"*) echo absent ;;
      *) printf 'failed %.200s\n' "$said" | head -n 1 ;;
    esac
    return 1
  }
  printf '%s' "$said" | sed 's#//#\
#g' | awk '$1 ~ /^[0-9]+\.?[0-9]*$/ { size = $2; sub(/^[^ ]* [^ ]* /, ""); print "file " size " " $0 }'
}

bacula__ask() {
  [ -n "$1" ] || { echo "no catalogue"; return 0; }
  query="SELECT 'job', CAST(j.JobId AS TEXT), CAST(j.Type AS TEXT), CAST(j.Level AS TEXT), CAST(j.JobStatus AS TEXT), CAST(j.JobErrors AS TEXT), CAST(j.JobTDate AS TEXT), CAST(j.JobFiles AS TEXT), COALESCE(c.Name, '-'), j.Name FROM Job j LEFT JOIN Client c ON c.ClientId = j.ClientId WHERE j.JobTDate BETWEEN (SELECT MAX(JobTDate) FROM Job) - 34560000 AND 99999999999 UNION ALL SELECT 'volume', CAST(MediaId AS TEXT), CAST(COALESCE(StorageId, 0) AS TEXT), CAST(VolStatus AS TEXT), CAST(VolBytes AS TEXT), VolumeName, '', '', '', '' FROM Media UNION ALL SELECT DISTINCT 'on', CAST(JobId AS TEXT), CAST(MediaId AS TEXT), '', '', '', '', '', '', '' FROM JobMedia"
  case $(as_root /usr/bin/stat -c %F "$1" 2>/dev/null) in
    directory)
      [ -x /usr/bin/psql ] || { echo "no psql"; return 0; }
      told=$(as_root /sbin/runuser -u postgres -- /usr/bin/psql -XAtq -h "$1" -d bacula -c "$query" 2>&1)
      ;;
    'regular file')
      [ -x /usr/bin/sqlite3 ] || { echo "no sqlite3"; return 0; }
      told=$(as_root /usr/bin/sqlite3 -init /dev/null -batch -readonly "$1" "$query" 2>&1)
      ;;
    *) echo "no catalogue there"; return 0 ;;
  esac
  status=$?
  [ -z "$told" ] || printf '%s\n' "$told" | sed 's/^/| /'
  echo "exit $status"
}
