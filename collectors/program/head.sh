# pepperbird: the head of the program that is sent to a Unix machine. Read-only: it writes no file and changes nothing.
# Runs on dash, bash and busybox sh, old ones too. After it come the probes, then tail.sh, which runs those asked for.

PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
LANG=C
TZ=UTC
export PATH LC_ALL LANG TZ
umask 077
unset ENV BASH_ENV CDPATH GREP_OPTIONS GREP_COLORS LS_OPTIONS POSIXLY_CORRECT
unset IFS
unalias -a 2>/dev/null
cd /

# have NAME: true where a program of that name is on PATH.
have() {
  command -v "$1" >/dev/null 2>&1
}

# look_into DIRECTORY: true where its entries can be read. Else it says why not: 77 where the way is closed to this account
# (/sys open to root alone, a directory of mode 0700), 69 where there is no such directory. Only that is absence.
look_into() {
  [ -d "$1" ] && [ -r "$1" ] && [ -x "$1" ] && return 0
  _pb_way=$1
  while [ -n "$_pb_way" ] && [ ! -d "$_pb_way" ]; do _pb_way=${_pb_way%/*}; done
  if [ "$_pb_way" = "$1" ] || [ ! -x "${_pb_way:-/}" ]; then
    echo "cannot look into ${_pb_way:-/}" >&2
    return 77
  fi
  echo "no $1" >&2
  return 69
}

# whole_machine: 77 where the account is shut in a directory (chroot). What it sees there is not this machine's: the
# kernel shows it only the mounts below that directory, and / is not among them.
whole_machine() {
  [ -r /proc/self/mountinfo ] || return 0
  grep -q '^[0-9]* [0-9]* [^ ]* [^ ]* / ' /proc/self/mountinfo && return 0
  echo "the account is shut in a directory of this machine (chroot); let it in without that" >&2
  return 77
}

# running NAME...: `sees all` or `sees own`, then `process NAME PID` for each that runs on this machine itself, and not in
# a container of it (there it has another number). The kernel keeps the first 15 characters of a name.
running() {
  if [ -r /proc/1/cmdline ]; then echo "sees all"; else echo "sees own"; fi
  for _pb_entry in /proc/[0-9]*; do
    _pb_name=
    { read -r _pb_name <"$_pb_entry/comm"; } 2>/dev/null || continue
    case " $* " in *" $_pb_name "*) ;; *) continue ;; esac
    case $(sed -n 's/^NSpid:[^0-9]*[0-9]*[^0-9]*//p' "$_pb_entry/status" 2>/dev/null) in
      ?*) ;;
      *) echo "process $_pb_name ${_pb_entry#/proc/}" ;;
    esac
  done
}

# silent PATH: true, and says so in one line, where the mount that PATH lies on hangs: its server is gone, its disk stuck.
silent() {
  _pb_ask_mounts
  [ -n "$_pb_quiet" ] || return 1
  _pb_mount=$(awk -v path="$(printf '%s/' "$1" | sed 's/ /\\\\040/g')" '
    { point = $5 == "/" ? "/" : $5 "/" }
    index(path, point) == 1 && length(point) >= most { most = length(point); for (i = 7; i < NF && $i != "-"; i++); found = $5 " " $(i + 1) }
    END { print found }' /proc/self/mountinfo)
  _pb_hangs "$_pb_mount" && echo "silent $_pb_mount"
}

# beside_silence FUNCTION: false where no mount hangs. Else it says `hangs POINT KIND` of each, and calls FUNCTION PATH for
# all that is beside them: the entries of / and of every directory above one, but those on the way to one and itself.
# Whoever only asks what kind of thing a mount point is waits with it, as find does before it prunes: no path leads there.
beside_silence() {
  _pb_ask_mounts
  [ -n "$_pb_quiet" ] || return 1
  printf '%s\n' "$_pb_quiet" | sed 's/^/hangs /'
  _pb_call=$1
  shift $#
  set -f
  IFS='
'
  for _pb_mount in $_pb_quiet; do
    _pb_point=$(printf "$(printf '%s' "${_pb_mount% *}" | sed 's/%/%%/g')x")
    set -- "$@" "${_pb_point%x}"
  done
  unset IFS
  set +f
  _pb_beside "" "$@"
  return 0
}

# _pb_beside DIRECTORY POINT...: what stands in it, without the points. Where it cannot be listed, that is said too.
_pb_beside() {
  [ -r "${1:-/}" ] && [ -x "${1:-/}" ] || { printf 'closed %s\n' "${1:-/}"; return 0; }
  for _pb_entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    _pb_way=apart
    for _pb_point in "$@"; do
      case $_pb_point in
        "$_pb_entry" | /) _pb_way=silent && break ;;
        "$_pb_entry"/*) _pb_way=above ;;
      esac
    done
    case $_pb_way in
      apart) { [ ! -L "$_pb_entry" ] && [ ! -e "$_pb_entry" ]; } || "$_pb_call" "$_pb_entry" ;;
      above)
        (
          shift
          _pb_beside "$_pb_entry" "$@"
        )
        ;;
    esac
  done
}

# silent_below PATH: true, and says so in one line, where a mount below PATH hangs: a search of it would wait for that.
silent_below() {
  _pb_ask_mounts
  [ -n "$_pb_quiet" ] || return 1
  _pb_mount=$(printf '%s\n' "$_pb_quiet" | awk -v lead="$(printf '%s/' "${1%/}" | sed 's/ /\\\\040/g')" 'index($0, lead) == 1 { print; exit }')
  [ -n "$_pb_mount" ] && echo "silent $_pb_mount"
}

_pb_hangs() {
  case "
$_pb_quiet
" in *"
$1
"*) return 0 ;; esac
  return 1
}

# Asks every network mount for its room, all at once and once a run; `POINT KIND` of those that said nothing within 5
# seconds stands in $_pb_quiet then. Who waits for such a mount may never end, not even killed: it is left behind. It is
# a shell of its own, since one that is only forked would hold our streams open, and all would wait for it.
_pb_ask_mounts() {
  [ -z "${_pb_asked:-}" ] || return 0
  _pb_asked=yes _pb_quiet=
  _pb_far=$(awk '{ for (i = 7; i < NF && $i != "-"; i++); kind = $(i + 1) }
    kind ~ /^(nfs4?|cifs|smb3|smbfs|ncpfs|afs|ceph|9p|lustre|glusterfs|ocfs2|gfs2|beegfs|coda|orangefs|fuse(\..*)?)$/ { print $5 " " kind }
    ' /proc/self/mountinfo 2>/dev/null | sort -u)
  [ -n "$_pb_far" ] || return 0
  _pb_heard=$({
    printf '%s\n' "$_pb_far" | while IFS= read -r _pb_mount; do
      _pb_point=$(printf "$(printf '%s' "${_pb_mount% *}" | sed 's/%/%%/g')x")
      sh -c 'stat -f -c %S -- "$1" >/dev/null 2>&1; printf "%s\n" "$2"' sh "${_pb_point%x}" "$_pb_mount" </dev/null 2>/dev/null 5>&- &
    done
    sh -c 'sleep 5; echo over' </dev/null 2>/dev/null 5>&- &
  } | {
    _pb_left=$(printf '%s\n' "$_pb_far" | wc -l)
    while [ "$_pb_left" -gt 0 ] && IFS= read -r _pb_mount && [ "$_pb_mount" != over ]; do
      printf '%s\n' "$_pb_mount"
      _pb_left=$((_pb_left - 1))
    done
  })
  _pb_quiet=$(printf '%s\n' "$_pb_far" | while IFS= read -r _pb_mount; do
    case "
$_pb_heard
" in *"
$_pb_mount
"*) ;; *) printf '%s\n' "$_pb_mount" ;; esac
  done)
}

# as_root COMMAND ARGUMENTS...: as root, directly or by `sudo -n`. Only a probe declared `privilege: sudo` may.
# Where that is refused the probe has no answer at all, however the refusal is caught: it is told on descriptor 5.
as_root() {
  [ "$_pb_privilege" = sudo ] || _pb_deny "this probe is not declared to need root: $1"
  if [ "$(id -u)" = 0 ]; then
    "$@"
    return
  fi
  have sudo || _pb_deny "sudo is not installed: $*"
  { _pb_said=$({
    sudo -n "$@" 2>&1 >&6 6>&-
    echo "=$?"
  } | tail -c 4000); } 6>&1
  _pb_status=${_pb_said##*=}
  _pb_said=${_pb_said%=*}
  [ -z "$_pb_said" ] || printf '%s' "$_pb_said" >&2
  [ "$_pb_status" != 1 ] || _pb_refused "$@"
  return "${_pb_status:-70}"
}

# Was it sudo that ended with 1, and not the command? What it says is English: LC_ALL=C. In doubt it was.
_pb_refused() {
  case $_pb_said in
    *"sudo: "*"command not found"*) _pb_status=127 ;;
    *"sudo: "*password* | *"sudo: "*terminal* | *"sudo: "*tty* | *"sudo: "*sorry* | *"sudo: "*authentication* | \
      *"Sorry, "* | *"sudoers"* | *"may not run sudo"*)
      _pb_deny "$*"
      ;;
    *) sudo -n -l "$@" </dev/null >/dev/null 2>&1 || _pb_deny "$*" ;;
  esac
}

_pb_deny() {
  printf '\n%s denied %.300s\n' "$_pb_nonce" "$(printf '%s' "$1" | tr '\n' ' ')" >&5
  exit 77
}

