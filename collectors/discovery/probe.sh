# discovery: what may belong on the register. It judges nothing: what is not found here may still be there.

# The table of NFS exports, as it is written.
discovery_exports() {
  for file in /etc/exports /etc/exports.d/*.exports; do
    [ -f "$file" ] || continue
    if [ -r "$file" ]; then
      echo "file $file"
      sed 's/^/line /' "$file" || return 1
      echo
    else
      echo "denied $file"
    fi
  done
  echo end
}

# Folders that look like a repository of restic or borg, at most four levels below a file system of this machine.
discovery_repositories() {
  awk '$3 ~ /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs)$/ { print $2 }' /proc/self/mounts | sort -u | while read -r mount; do
    find "$mount" -xdev -maxdepth 4 -type f -name config 2>/dev/null | head -n 500
  done | sort -u | while read -r file; do
    folder=${file%/config}
    [ -d "$folder/data" ] || continue
    if [ -d "$folder/keys" ] && [ -d "$folder/snapshots" ]; then
      echo "restic $folder"
    elif grep -q -s 'Borg Backup repository' "$folder/README"; then
      echo "borg $folder"
    fi
  done
  echo end
}

# Folders in which packages of databases keep their data.
discovery_databases() {
  for folder in /var/lib/postgresql/[0-9]*/* /var/lib/pgsql/data /var/lib/pgsql/[0-9]*/data; do
    [ -d "$folder" ] && echo "postgresql $folder"
  done
  [ -d /var/lib/mysql ] && echo "mysql /var/lib/mysql"
  echo end
}
