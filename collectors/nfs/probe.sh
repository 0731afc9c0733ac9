# nfs: what the NFS server of this machine offers, to whom and how. Lines KEY VALUE; `end` last.
# The kernel's counters and its sockets tell whether it serves. What it then offers is mountd's own table, which has every
# default written out, and not /etc/exports, which may have been changed since. A server that is installed and does not
# run would offer what is written in the files.

nfs_server() {
  whole_machine || return
  threads=$(sed -n 's/^th \([0-9]*\).*/\1/p' /proc/net/rpc/nfsd 2>/dev/null)
  echo "threads ${threads:-0}"
  nfs__ports || return
  running rpc.mountd exportd nfsv4.exportd ganesha.nfsd unfsd rpc.unfsd
  nfs__state_paths
  if have exportfs || have rpc.nfsd; then echo "installed yes"; else echo "installed no"; fi
  if [ "${threads:-0}" != 0 ]; then
    nfs__file table /var/lib/nfs/etab
    [ ! -r /proc/fs/nfsd/versions ] || sed 's/^/versions /' /proc/fs/nfsd/versions
  else
    nfs__file file /etc/exports
    nfs__folder
  fi
  echo end
}

# Port 2049 (0801): somebody listens for TCP, or is bound for UDP.
nfs__ports() {
  [ -r /proc/net/tcp ] || { echo "no /proc/net/tcp" >&2; return 77; }
  ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q '^ *[0-9]*: [0-9A-F]*:0801 [0-9A-F]*:0000 0A ' || echo "port tcp"
  ! cat /proc/net/udp /proc/net/udp6 2>/dev/null | grep -q '^ *[0-9]*: [0-9A-F]*:0801 ' || echo "port udp"
}

# Where mountd was told to keep its table, if not in /var/lib/nfs.
nfs__state_paths() {
  for entry in /proc/[0-9]*; do
    name=
    { read -r name <"$entry/comm"; } 2>/dev/null || continue
    [ "$name" = rpc.mountd ] || continue
    echo "mountd $(tr '\000\n' '  ' 2>/dev/null <"$entry/cmdline")"
  done
  for file in /etc/nfs.conf /etc/nfs.conf.d/*.conf; do
    [ -f "$file" ] || continue
    if [ -r "$file" ]; then
      sed -n 's/^[ 	]*state-directory-path[ 	]*=[ 	]*/state /p' "$file"
    else
      echo "denied $file"
    fi
  done
}

# nfs__file KIND PATH: the lines of a file behind its kind; `absent PATH` and `denied PATH` where there are none.
nfs__file() {
  if [ -r "$2" ]; then
    text=$(cat "$2") || return 1
  elif [ -e "$2" ] && [ "$2" = /var/lib/nfs/etab ]; then
    text=$(as_root /bin/cat /var/lib/nfs/etab) || { echo "denied $2"; return 0; }
  elif [ -e "$2" ] && [ "$2" = /etc/exports ]; then
    text=$(as_root /bin/cat /etc/exports) || { echo "denied $2"; return 0; }
  elif [ -e "$2" ] || { [ -d "${2%/*}" ] && [ ! -x "${2%/*}" ]; }; then
    echo "denied $2"
    return 0
  else
    echo "absent $2"
    return 0
  fi
  echo "read $2"
  [ -z "$text" ] || printf '%s\n' "$text" | sed "s/^/$1 /"
}

nfs__folder() {
  [ -e /etc/exports.d ] || return 0
  if [ ! -r /etc/exports.d ] || [ ! -x /etc/exports.d ]; then
    echo "denied /etc/exports.d"
    return 0
  fi
  for file in /etc/exports.d/*.exports; do
    [ ! -f "$file" ] || nfs__file file "$file"
  done
}
