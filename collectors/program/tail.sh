
# pepperbird: the tail of the program. Reads on standard input which probes to run, with their limits and values, and
# runs one after the other. What a probe says stands between marks that carry the run's nonce, on both streams, so that
# no output can pass for another's. A probe never holds the real streams, only pipes to what bounds them.

_pb_stderr_limit=16384

# _pb_take LENGTH: the next value, that many bytes, line breaks in it and all. In _pb_value.
_pb_take() {
  IFS= read -r _pb_value || exit 70
  while [ "${#_pb_value}" -lt "$1" ]; do
    IFS= read -r _pb_more || exit 70
    _pb_value="$_pb_value
$_pb_more"
  done
  [ "${#_pb_value}" -eq "$1" ] || exit 70
}

_pb_mark() {
  printf '\n%s %s\n' "$_pb_nonce" "$*" && printf '\n%s %s\n' "$_pb_nonce" "$*" >&2
}

# _pb_run NUMBER FUNCTION BYTES PRIVILEGE ARGUMENTS...: one probe between its marks. 60 bytes are for the exit mark.
_pb_run() {
  _pb_number=$1 _pb_function=$2 _pb_bytes=$(($3 + 60)) _pb_privilege=$4
  shift 4
  trap - USR1
  _pb_mark begin "$_pb_number" || exit 99
  {
    {
      ("$_pb_function" "$@") 5>&1
      printf '\n%s exit %s\n' "$_pb_nonce" "$?"
    } 2>&1 >&3 3>&- | $_pb_first$_pb_stderr_limit >&2 3>&-
  } 3>&1 | $_pb_first$_pb_bytes
  _pb_mark end "$_pb_number" || exit 99
}

# _pb_fell PID: end it and all that came of it. Stopped first, so that no child can slip away while others are sought.
_pb_fell() {
  _pb_tree=" $1 "
  kill -STOP "$1" 2>/dev/null
  _pb_found=yes
  while [ -n "$_pb_found" ]; do
    _pb_found=
    for _pb_stat in /proc/[0-9]*/stat; do
      read -r _pb_line 2>/dev/null <"$_pb_stat" || continue
      _pb_line=${_pb_line##*") "}
      _pb_line=${_pb_line#* }
      _pb_pid=${_pb_stat#/proc/}
      _pb_pid=${_pb_pid%/stat}
      case $_pb_tree in *" $_pb_pid "*) continue ;; esac
      case $_pb_tree in
        *" ${_pb_line%% *} "*)
          kill -STOP "$_pb_pid" 2>/dev/null
          _pb_tree="$_pb_tree$_pb_pid "
          _pb_found=yes
          ;;
      esac
    done
  done
  kill -KILL $_pb_tree 2>/dev/null
}

# _pb_watch PID SECONDS: wait for it; after that many ticks of the clock it is ended, and that is marked.
_pb_watch() {
  while :; do
    _pb_before=$_pb_ticks
    wait "$1"
    _pb_status=$?
    [ "$_pb_ticks" != "$_pb_before" ] || break
    if [ "$_pb_ticks" -gt "$2" ]; then
      _pb_fell "$1"
      wait "$1" 2>/dev/null
      _pb_status=0
      (_pb_mark killed "$_pb_number") || exit 70
      break
    fi
    kill -0 "$1" 2>/dev/null || break
  done
  [ "$_pb_status" != 99 ] && [ "$_pb_status" != 141 ]
}

# Seconds and nanoseconds. The date of busybox has whole seconds alone, which is too coarse to tell how far a clock is
# off; its adjtimex, without arguments, only reads, and tells the rest in microseconds, or nanoseconds where it says so.
_pb_now() {
  _pb_time=$(date '+%s %N')
  case "$_pb_time" in
    *[!0-9\ ]*)
      _pb_kept=$(adjtimex 2>/dev/null </dev/null)
      _pb_whole=$(echo "$_pb_kept" | sed -n 's/^ *time\.tv_sec: *\([0-9][0-9]*\)$/\1/p')
      _pb_part=$(echo "$_pb_kept" | sed -n 's/^ *time\.tv_usec: *\([0-9][0-9]*\)$/\1/p')
      case "$_pb_kept" in *NANO*) ;; *) _pb_part=${_pb_part:+${_pb_part}000} ;; esac
      [ -z "$_pb_whole" ] || [ -z "$_pb_part" ] || _pb_time="$_pb_whole $(printf %09d "$_pb_part")"
      ;;
  esac
  echo "$_pb_time"
}

_pb_main() {
  IFS=' ' read -r _pb_magic _pb_version _pb_nonce _pb_count || exit 70
  [ "$_pb_magic $_pb_version" = "pepperbird 1" ] || exit 70
  _pb_first='head -c '
  [ "$(echo ab | head -c 1 2>/dev/null)" = a ] || _pb_first='dd bs=1 count='
  _pb_mark hello "$(_pb_now)"
  _pb_ask_mounts
  _pb_ticks=0
  trap '_pb_ticks=$((_pb_ticks + 1))' USR1
  (while sleep 1 && kill -USR1 $$; do :; done) </dev/null >/dev/null 2>&1 &
  _pb_clock=$!
  _pb_number=0
  while [ "$_pb_number" -lt "$_pb_count" ]; do
    IFS=' ' read -r _pb_function _pb_seconds _pb_bytes _pb_privilege _pb_arguments || break
    set --
    while [ $# -lt "$_pb_arguments" ]; do
      IFS= read -r _pb_length || exit 70
      _pb_take "$_pb_length"
      set -- "$@" "$_pb_value"
    done
    _pb_ticks=0
    _pb_run "$_pb_number" "$_pb_function" "$_pb_bytes" "$_pb_privilege" "$@" </dev/null &
    _pb_watch $! "$_pb_seconds" || break
    _pb_number=$((_pb_number + 1))
  done
  kill "$_pb_clock" 2>/dev/null
  (_pb_mark "done")
}

_pb_main
