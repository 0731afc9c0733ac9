#!/bin/sh
# pepperbird-verify and pepperbird-drill: one program under two names, which an agency runs where its backups can be read.
#
#   pepperbird-verify reads stored backups through and says whether they are whole.
#   pepperbird-drill  restores into an empty place that you name, looks at what came back, and takes the time.
#
# Either writes one signed result to /var/lib/pepperbird/drills, which a scan reads. Nothing leaves this machine, no backup
# is changed, and nothing is restored over anything. The key is made at the first run and stays here; `pepperbird-drill key`
# prints its fingerprint for the register. Passphrases come from a file or from the tool's own environment, never from an
# argument. Exit status: 0 the result is good, 1 it is bad, 2 nothing could be tried, so there is no result.

umask 022
LC_ALL=C
TZ=UTC
export LC_ALL TZ
self=${0##*/}
base=${PEPPERBIRD_DRILLS:-/var/lib/pepperbird}
results=$base/drills
key=$base/drill-key

usage() {
  cat <<END
pepperbird-verify --repository ID --tool TOOL --at PLACE [...]
pepperbird-drill  --repository ID --store ID --tool TOOL --at PLACE --scratch DIR [...]
pepperbird-drill key

  --repository ID       the id of the repository in the register
  --store ID            (drill) the id of the data store in the register that is restored
  --tool TOOL           restic, borg, pgbackrest or files (a folder of dump files)
  --at PLACE            the repository, as the tool writes it; for pgbackrest the name of the stanza
  --password-file FILE  restic and borg: the file with the passphrase; else the tool's own environment
  --config FILE         pgbackrest: its configuration
  --patterns "P P"      files: the dumps, by name; the newest of the first pattern is restored
  --parts N             (verify, restic) read one Nth of the data, the next one at each run; 1 to 30
  --no-lock             (verify, restic) for a repository that is read-only
  --scratch DIR         (drill) an empty folder with enough room; what is restored is removed from it again
  --keep                (drill) leave there what was restored
  --point NAME          (drill) the restore point, else the newest
  --path PATH           (drill) restore only this path; names in the list and the sentinel are below it
  --list FILE           (drill) lines of sha256sum, of the files that must come back
  --sentinel NAME       (drill) a file that must come back and not be empty; for dumps, a text that must stand in it
  --whole BYTES         (drill) how large all of the store is, where only a part of it is restored
END
}

stop() {
  printf '%s: %s\n' "$self" "$*" >&2
  exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
plain() { printf '%s' "$1" | tr -cd 'A-Za-z0-9 ._:/@+,-' | cut -c 1-120; }

# ---- the key and the signature ----

make_key() {
  mkdir -p "$results" && chmod 755 "$base" "$results" || stop "cannot write to $results: run it as root"
  [ -s "$key.pub" ] || [ -s "$key.der" ] && return
  if have ssh-keygen && ssh-keygen -q -t ed25519 -N '' -C pepperbird-drill -f "$key" </dev/null >/dev/null 2>&1 &&
    printf 'x' | ssh-keygen -q -Y sign -n pepperbird-drill -f "$key" >/dev/null 2>&1; then
    return
  fi
  rm -f "$key" "$key.pub"
  have openssl || stop "neither ssh-keygen (8.1 or newer) nor openssl is here to sign with"
  (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$key" 2>/dev/null) &&
    openssl ec -in "$key" -pubout -outform DER -out "$key.der" 2>/dev/null && [ -s "$key.der" ] ||
    stop "openssl could not make a key"
}

fingerprint() {
  if [ -s "$key.pub" ]; then
    ssh-keygen -l -E sha256 -f "$key.pub" | cut -d ' ' -f 2
  else
    printf 'SHA256:%s\n' "$(openssl dgst -sha256 -binary "$key.der" | openssl base64 | tr -d '=\n')"
  fi
}

# sign FILE: the signature, as lines to stand below what is signed.
sign() {
  if [ -s "$key.pub" ]; then
    ssh-keygen -q -Y sign -n pepperbird-drill -f "$key" <"$1" 2>/dev/null
  else
    echo "-----BEGIN OPENSSL SIGNATURE-----"
    openssl base64 -A -in "$key.der"
    echo
    openssl dgst -sha256 -sign "$key" "$1" | openssl base64 -A
    echo
    echo "-----END OPENSSL SIGNATURE-----"
  fi
}

write_result() {
  draft=$(mktemp "$results/.draft.XXXXXX") || stop "cannot write to $results"
  cat >"$draft" <<END
pepperbird-result 1
kind $kind
repository $repository
store ${store:--}
tool $tool
version $(plain "$version")
machine $(plain "$(hostname 2>/dev/null || uname -n)")
point $(plain "${point:--}")
part ${part:--}
percent $percent
started $started
ended $ended
seconds $seconds
files $files
bytes $bytes
whole $whole
expected $expected
matched $matched
status $status
outcome $outcome
end
END
  sign "$draft" >"$draft.sig" && [ -s "$draft.sig" ] || { rm -f "$draft" "$draft.sig"; stop "the result could not be signed"; }
  cat "$draft.sig" >>"$draft"
  rm -f "$draft.sig"
  chmod 644 "$draft"
  stem=$results/$kind-$repository${store:+.$store} file= tries=0
  file=$stem-$(printf '%s' "$ended" | tr -d ':-').result
  # Two that end in one second each keep a name: no result takes the place of another.
  until ln "$draft" "$file" 2>/dev/null; do
    [ -e "$file" ] && [ "$tries" -lt 5 ] || { rm -f "$draft"; stop "cannot write $file"; }
    tries=$((tries + 1))
    sleep 1
    file=$stem-$(date -u +%Y%m%dT%H%M%SZ).result
  done
  rm -f "$draft"
  case $kind in
    verify) told="part $part read" ;;
    drill) told="$files files and $bytes bytes came back, $matched of $expected that had to are right" ;;
  esac
  printf '%s: %s: %s, %s seconds: %s\n%s: written to %s\n' "$self" "$repository" "$told" "$seconds" "$outcome" "$self" "$file"
}

# ---- the tools ----

tool_ready() {
  case $tool in
    restic | borg | pgbackrest)
      have "$tool" || stop "$tool is not installed here"
      case $tool in
        borg) version=$(borg --version 2>/dev/null | head -n 1) ;;
        *) version=$("$tool" version 2>/dev/null | head -n 1) ;;
      esac
      ;;
    files) version="dump files" ;;
    *) stop "--tool is restic, borg, pgbackrest or files" ;;
  esac
  [ -z "$password_file" ] || [ -r "$password_file" ] || stop "the file with the passphrase cannot be read"
  [ -z "$password_file" ] || case $tool in
    restic) export RESTIC_PASSWORD_FILE="$password_file" ;;
    borg)
      # borg splits the command as a shell does: only a plain name can stand in it.
      case $password_file in *[!A-Za-z0-9_@+./-]*) stop "the name of the file with the passphrase is not plain" ;; esac
      export BORG_PASSCOMMAND="cat $password_file"
      ;;
  esac
  BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
  BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
  export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK BORG_RELOCATED_REPO_ACCESS_IS_OK
  [ "$tool" != pgbackrest ] || [ -r "$config" ] || stop "--config names the configuration of pgbackrest"
  [ "$tool" != files ] || [ -d "$at" ] || stop "$at is not there"
  [ "$tool" != files ] || [ -n "$patterns" ] || stop "--patterns names the dump files"
}

# Could the tool not even begin? Then nothing is known of the data, and there is no result.
could_not_begin() {
  grep -qE 'wrong password|no key found|unable to create lock|already locked|Is there a repository|Resolving password|unable to open config|empty password|[Pp]assphrase supplied|Failed to create/acquire the lock|Repository .* does not exist|is not a valid repository|passphrase is incorrect|ERROR: \[0(31|32|37|50)\]|Permission denied' "$1"
}

verify_restic() {
  [ "$parts" -ge 1 ] 2>/dev/null && [ "$parts" -le 30 ] || stop "--parts is a number from 1 to 30"
  turn=$base/turn-$repository
  last=$(cat "$turn" 2>/dev/null)
  case $last in '' | *[!0-9]*) last=0 ;; esac
  mine=$((last % parts + 1))
  part=$mine/$parts percent=$((100 / parts))
  restic -r "$at" --no-cache $no_lock check "--read-data-subset=$part" >"$said" 2>&1 </dev/null
  status=$?
  [ "$status" != 0 ] || printf '%s\n' "$mine" >"$turn"
}

verify_borg() {
  part=1/1 percent=100
  borg check --verify-data "$at" >"$said" 2>&1 </dev/null
  status=$?
}

# pgbackrest ends with 0 whatever it found, also where there is no such stanza: only its words tell. Good is one that says
# so of the whole, names backups, and calls each of them valid.
verify_pgbackrest() {
  part=1/1 percent=100
  pgbackrest "--stanza=$at" "--config=$config" --log-level-console=warn --output=text --verbose verify >"$said" 2>&1 </dev/null
  status=$?
  [ "$status" != 0 ] || {
    grep -qx 'status: ok' "$said" && grep -q '^ *backup: .* status: valid,' "$said" &&
      ! grep '^ *backup: ' "$said" | grep -qv ' status: valid,'
  } || status=1
}

# dump_files: those of the patterns, in the folder and those right below it, the newest first.
dump_files() {
  set -f
  for pattern in $patterns; do
    find "$at" -maxdepth 2 -type f -name "$pattern"
  done
  set +f
}

# Every file with a checksum inside is read through; the share of bytes that has one is what was verified.
verify_files() {
  part=1/1 status=0
  tested=0
  dump_files >"$said.files"
  while IFS= read -r one; do
    size=$(wc -c <"$one") || { status=1; continue; }
    bytes=$((bytes + size)) files=$((files + 1))
    unpack=$(unpacker "$one")
    if [ "$size" = 0 ]; then
      echo "$one: empty" >>"$said"
      status=1
    elif [ -n "$unpack" ]; then
      have "$unpack" || stop "$unpack is not installed here"
      if "$unpack" -q -t "$one" 2>>"$said"; then tested=$((tested + size)); else status=1; fi
    fi
  done <"$said.files"
  rm -f "$said.files"
  [ "$files" -gt 0 ] || stop "no file in $at has a name like $patterns"
  percent=$((tested * 100 / (bytes > 0 ? bytes : 1)))
}

unpacker() {
  case $1 in
    *.gz | *.tgz) echo gzip ;;
    *.zst) echo zstd ;;
    *.xz | *.txz) echo xz ;;
    *.bz2) echo bzip2 ;;
  esac
}

# need: how many bytes a restore will take, '' where the tool does not say; sets the restore point too.
need_restic() {
  restic -r "$at" --no-cache --no-lock snapshots --json "${point:-latest}" >"$said" 2>&1 </dev/null || return 1
  point=$(sed -n 's/.*"short_id":"\([0-9a-f]*\)".*/\1/p' "$said" | tail -n 1)
  [ -n "$point" ] || { echo "no such restore point" >>"$said"; return 1; }
  need=$(restic -r "$at" --no-cache --no-lock stats --json "$point" 2>/dev/null </dev/null | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p')
}

need_borg() {
  borg --bypass-lock list --short ${point:+--glob-archives "$point"} --last 1 "$at" >"$said" 2>&1 </dev/null || return 1
  point=$(tail -n 1 "$said")
  [ -n "$point" ] || { echo "no such restore point" >>"$said"; return 1; }
  need=$(borg --bypass-lock info --json "$at::$point" 2>/dev/null </dev/null | sed -n 's/.*"original_size": \([0-9]*\).*/\1/p' | head -n 1)
}

need_pgbackrest() {
  pgbackrest "--stanza=$at" "--config=$config" --output=json info >"$said" 2>&1 </dev/null || return 1
  [ -n "$point" ] || point=$(grep -o '"label":"[0-9A-Z_-]*"' "$said" | tail -n 1 | cut -d '"' -f 4)
  [ -n "$point" ] || { echo "no restore point" >>"$said"; return 1; }
  need=$(grep -o '"size":[0-9]*' "$said" | cut -d : -f 2 | sort -n | tail -n 1)
}

need_files() {
  pattern=${patterns%% *}
  chosen=$(patterns=$pattern && dump_files | while IFS= read -r one; do printf '%s %s\n' "$(stat -c %Y "$one")" "$one"; done | sort -n | tail -n 1 | cut -d ' ' -f 2-)
  [ -z "$point" ] || chosen=$at/$point
  [ -f "$chosen" ] || { echo "no such dump" >"$said"; return 1; }
  point=${chosen##*/}
  need=$(wc -c <"$chosen")
  [ -z "$(unpacker "$chosen")" ] || need=$((need * 8))
}

restore_restic() {
  restic -r "$at" --no-cache --no-lock restore "$point" --verify --target "$place" ${path:+--include "$path"} >"$said" 2>&1 </dev/null
}

restore_borg() {
  (cd "$place" && borg --bypass-lock extract "$at::$point" ${path:+"${path#/}"}) >"$said" 2>&1 </dev/null
}

restore_pgbackrest() {
  pgbackrest "--stanza=$at" "--config=$config" "--set=$point" "--pg1-path=$place" --archive-mode=off \
    --log-level-console=warn restore >"$said" 2>&1 </dev/null
}

restore_files() {
  unpack=$(unpacker "$chosen")
  came=$place/${point%.*}
  [ -n "$unpack" ] || came=$place/$point
  if [ -n "$unpack" ]; then
    have "$unpack" || stop "$unpack is not installed here"
    "$unpack" -q -d -c "$chosen" >"$came" 2>"$said"
  else
    cat "$chosen" >"$came" 2>"$said"
  fi
}

# ---- what came back ----

count_matches() {
  top=$place${path:+/${path#/}}
  if [ "$tool" = files ]; then
    match_dump
  else
    [ "$tool" != pgbackrest ] || one_file PG_VERSION
    [ -z "$sentinel" ] || one_file "$sentinel"
  fi
  [ -z "$list" ] || {
    expected=$((expected + $(grep -c . "$list")))
    same=$(cd "$top" 2>/dev/null && sha256sum -c "$list" 2>/dev/null | grep -c ': OK$')
    matched=$((matched + ${same:-0}))
  }
}

one_file() {
  expected=$((expected + 1))
  if [ -s "$top/$1" ]; then matched=$((matched + 1)); else echo "$1 did not come back" >&2; fi
}

# A dump is restored where its last line stands at its end, or pg_restore or tar can list what is in it.
match_dump() {
  expected=$((expected + 1))
  case $came in
    *.sql) tail -c 2000 "$came" | grep -qE '^-- (Dump completed|PostgreSQL database (cluster )?dump complete)' ;;
    *.tar) tar -tf "$came" >/dev/null 2>&1 ;;
    *)
      if [ "$(head -c 5 "$came")" = PGDMP ]; then
        have pg_restore || stop "pg_restore is not installed here"
        pg_restore --list "$came" 2>/dev/null | grep -q '^[0-9]'
      else
        [ -n "$sentinel$list" ]
      fi
      ;;
  esac && matched=$((matched + 1))
  [ -z "$sentinel" ] || {
    expected=$((expected + 1))
    ! grep -qF -e "$sentinel" "$came" || matched=$((matched + 1))
  }
}

# ---- the two jobs ----

verify() {
  began=$(date +%s) started=$(now)
  "verify_$tool"
  seconds=$(($(date +%s) - began)) ended=$(now)
  [ "$status" = 0 ] || ! could_not_begin "$said" || { cat "$said" >&2; stop "$tool could not begin, so nothing is known"; }
  whole=$bytes
  outcome=good
  [ "$status" = 0 ] || { outcome=bad; tail -n 20 "$said" >&2; }
}

drill() {
  [ -n "$store" ] || stop "--store says which data store of the register is restored"
  [ -d "$scratch" ] || stop "--scratch names an empty folder"
  [ -z "$(ls -A "$scratch")" ] || stop "$scratch is not empty: nothing is restored over anything"
  [ -z "$list" ] || [ -r "$list" ] || stop "the list cannot be read"
  [ -z "$list" ] || list=$(cd "$(dirname "$list")" && pwd)/${list##*/}
  case $tool in restic | borg) [ -n "$list$sentinel" ] || stop "say what must come back: --list or --sentinel" ;; esac
  began=$(date +%s) started=$(now)
  outcome=bad status=1
  if "need_$tool"; then
    room=$(df -Pk "$scratch" | awk 'NR == 2 { print $4 }')
    [ -z "$need" ] || [ "$((need / 1024 * 11 / 10))" -lt "$room" ] ||
      stop "$scratch has room for $room KiB; $((need / 1024)) KiB will come, and some more is needed"
    place=$(mktemp -d "$scratch/pepperbird-drill.XXXXXX") && chmod 700 "$place" || stop "cannot write to $scratch"
    "restore_$tool"
    status=$?
    files=$(find "$place" -type f | wc -l | tr -d ' ')
    bytes=$(find "$place" -type f -exec stat -c %s {} + | awk '{ sum += $1 } END { printf "%.0f", sum }')
    count_matches
    [ "$status" != 0 ] || [ "$files" = 0 ] || outcome=good
  else
    [ -n "$list" ] && expected=$(grep -c . "$list") || expected=1
  fi
  seconds=$(($(date +%s) - began)) ended=$(now)
  whole=${whole_given:-$bytes}
  [ "$outcome" = good ] || tail -n 20 "$said" >&2
  [ -n "$keep" ] || [ -z "$place" ] || rm -rf "$place"
}

# ---- the call ----

case $self in
  *verify*) kind=verify ;;
  *) kind=drill ;;
esac
repository='' store='' tool='' at='' password_file='' config='' patterns='' parts=1 no_lock='' scratch='' keep='' point=''
path='' list='' sentinel='' whole_given='' place='' need='' part='' percent=0 files=0 bytes=0 whole=0 expected=0 matched=0
case ${1:-} in
  key)
    make_key
    fingerprint
    exit 0
    ;;
  '' | -h | --help | help)
    usage
    exit 0
    ;;
esac
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=yes; shift; continue ;;
    --no-lock) no_lock=--no-lock; shift; continue ;;
  esac
  [ $# -ge 2 ] || stop "$1 needs a value; see $self --help"
  case $1 in
    --repository) repository=$2 ;;
    --store) store=$2 ;;
    --tool) tool=$2 ;;
    --at) at=$2 ;;
    --password-file) password_file=$2 ;;
    --config) config=$2 ;;
    --patterns) patterns=$2 ;;
    --parts) parts=$2 ;;
    --scratch) scratch=${2%/} ;;
    --point) point=$2 ;;
    --path) path=$2 ;;
    --list) list=$2 ;;
    --sentinel) sentinel=$2 ;;
    --whole) whole_given=$2 ;;
    *) stop "unknown: $1; see $self --help" ;;
  esac
  shift 2
done
for word in "$repository" "${store:-x}"; do
  case $word in '' | -* | .* | *[!a-z0-9._-]*) stop "--repository and --store are ids of the register" ;; esac
done
[ -n "$at" ] || stop "--at says where the repository is"
case $whole_given in *[!0-9]*) stop "--whole is a number of bytes" ;; esac
case $path in *..*) stop "--path goes nowhere upwards" ;; esac
case $sentinel in *..*) [ "$tool" = files ] || stop "--sentinel goes nowhere upwards" ;; esac
[ "$kind" = drill ] || store=''
tool_ready
make_key
said=$(mktemp "${TMPDIR:-/tmp}/pepperbird-drill.XXXXXX") || stop "no room for temporary files"
trap 'rm -f "$said"' EXIT
trap 'exit 2' HUP INT TERM
"$kind"
write_result
[ "$outcome" = good ] && [ "$matched" = "$expected" ]
