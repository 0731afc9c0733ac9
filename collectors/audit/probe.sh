# audit: what the kernel holds, by auditctl; and whether this is a container, which has no audit of its own. Lines
# KEY VALUE; `end` last.

audit_state() {
  running auditbeat go-audit osqueryd
  echo "namespace $(readlink /proc/self/ns/pid)"
  if [ -x /sbin/auditctl ]; then
    audit__tell status -s || return
    audit__tell rule -l || return
  elif have auditctl; then
    echo "elsewhere"
  else
    echo "absent"
  fi
  echo end
}

# audit__tell KEY OPTION: what auditctl says, line by line, or why it says nothing.
audit__tell() {
  said=$(as_root /sbin/auditctl "$2" 2>&1)
  case $? in
    0) printf '%s\n' "$said" | sed "s/^/$1 /" ;;
    77) printf '%s\n' "$said" >&2; return 77 ;;
    *) printf '%s\n' "$said" | sed -n '1s/^/failed /p' ;;
  esac
}
