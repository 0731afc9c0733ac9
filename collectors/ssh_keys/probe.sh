# ssh_keys: the keys that open this machine, with what each may do, and the keys that lie on it, by fingerprint. Of a private
# key only the line is read that says what it is. Folders that no account lives in are not entered, nor file servers.

ssh_keys_admitted() {
  ssh_keys__accounts
  said=$(as_root /usr/sbin/sshd -T 2>&1) || { printf 'failed sshd %.200s\n' "$said" | head -n 1; echo end; return 0; }
  printf '%s\n' "$said" | grep -iE '^(authorizedkeysfile|authorizedkeyscommand|protocol|trustedusercakeys|passwordauthentication|kbdinteractiveauthentication) ' | sed 's/^/sshd /'
  { beside_silence ssh_keys__admitted_at || ssh_keys__admitted_in as_root / 5; } 2>&1 | ssh_keys__short
  echo end
}

# ssh_keys__admitted_in as_root|command PLACE DEPTH: the keys in every file of keys that lies there. Read as root, so whoever
# may run this line must get nothing but keys by it: a link that somebody planted is named and not followed, lines without a
# key stay where they are, and however sudo's words are joined no test of a type is lost.
ssh_keys__admitted_in() {
  "$1" /usr/bin/find "$2" -maxdepth "$3" -type l -name .ssh -print -o -type l -name authorized_keys -print -o -type l \
    -name authorized_keys2 -print -o -path /proc -prune -o -path /sys -prune -o -path /dev -prune -o -path /run \
    -prune -o -path /usr -prune -o -path /tmp -prune -o -path /var/lib/docker -prune -o -fstype nfs -prune -o \
    -fstype nfs4 -prune -o -fstype cifs -prune -o -fstype fuse.sshfs -prune -o -type f -name authorized_keys \
    -exec /bin/grep -H -e ssh- -e ecdsa- {} + -o -type f -name authorized_keys2 \
    -exec /bin/grep -H -e ssh- -e ecdsa- {} +
}

# While a mount hangs, what is beside it is searched one place after the other: the usual homes of accounts as root, which
# sudo allows by name, and all else as far as this account may look. That is not all, so nothing is proved by it but a key
# that is found.
ssh_keys__admitted_at() {
  case $1 in
    /home | /opt | /root | /srv | /var) ssh_keys__admitted_in as_root "$1" 4 ;;
    *) ssh_keys__admitted_in command "$1" 4 2>/dev/null ;;
  esac
}

# The lines of a file of keys without comments and without what stands behind the key.
ssh_keys__short() {
  awk '/^(\/usr\/bin\/)?find: / { if (!/No such file/) print "failed find " substr($0, 1, 200); next }
  /^(hangs|closed) / { print; next }
  {
    at = index($0, ":"); file = substr($0, 1, at - 1); line = substr($0, at + 1)
    if (!at) { print "linked " $0; next }
    if (line ~ /^[ \t]*(#|$)/) next
    if (match(line, /(ssh-[a-z0-9-]+|ecdsa-[a-z0-9-]+|sk-[a-z0-9@.-]+) +[A-Za-z0-9+\/=]+/))
      line = substr(line, 1, RSTART + RLENGTH - 1)
    print "key " file " " line
  }'
}

# Who that may log in has a home where, and which folders lie on file servers.
ssh_keys__accounts() {
  { getent passwd 2>/dev/null || cat /etc/passwd; } | awk -F: 'NF == 7 && $7 !~ /\/(nologin|false)$/ { print "account " $1 ":" $6 ":" $7 }'
  awk '$3 ~ /^(nfs|nfs4|cifs|fuse\.sshfs)$/ { print "network " $2 }' /proc/mounts 2>/dev/null
}

ssh_keys_held() {
  ssh_keys__accounts
  { beside_silence ssh_keys__held_at || ssh_keys__held_in as_root / 4; } 2>&1 |
    awk '
      /^(\/usr\/bin\/)?find: / { if (!/No such file/) print "failed " substr($0, 1, 200); next }
      /^(hangs|closed) / { print; next }
      { at = index($0, ":"); file = substr($0, 1, at - 1); line = substr($0, at + 1); name = file; sub(/.*\//, "", name) }
      name ~ /^(authorized_keys|known_hosts)/ { next }
      line ~ /PRIVATE KEY-/ { if (line ~ /BEGIN/) print "private " file; next }
      { split(line, part, " "); print "public " file " " part[2] }'
  echo end
}

ssh_keys__held_in() {
  "$1" /usr/bin/find "$2" -maxdepth "$3" -path /proc -prune -o -path /sys -prune -o -path /dev -prune -o -path /run \
    -prune -o -path /usr -prune -o -path /tmp -prune -o -path /var/lib/docker -prune -o -fstype nfs -prune -o \
    -fstype nfs4 -prune -o -fstype cifs -prune -o -fstype fuse.sshfs -prune -o -name .ssh -type d -prune -exec \
    /bin/grep -rHs -e ^ssh- -e ^ecdsa- -e ^sk- -e "PRIVATE KEY-" {} +
}

ssh_keys__held_at() {
  case $1 in
    /home | /opt | /root | /srv | /var) ssh_keys__held_in as_root "$1" 3 ;;
    *) ssh_keys__held_in command "$1" 3 2>/dev/null ;;
  esac
}

# The servers of restic's REST protocol that run here, and whether they only ever add.
ssh_keys_servers() {
  running rest-server rclone | while read -r word name pid; do
    case $word in
      sees) echo "sees $name" ;;
      process) tr '\000\n' '  ' 2>/dev/null <"/proc/$pid/cmdline" | sed "s/^/server $name /"; echo ;;
    esac
  done
  echo end
}
