# drills: the signed results of pepperbird-verify and pepperbird-drill, as they lie there. No more than the 40 newest of
# each kind, repository and store, and no more than 400 in all. Everybody may read them; they hold no secret.

drills_results() {
  look_into /var/lib/pepperbird/drills 2>/dev/null
  case $? in
    0) ;;
    69) echo none; echo end; return 0 ;;
    *) look_into /var/lib/pepperbird/drills; return ;;
  esac
  cd /var/lib/pepperbird/drills || return 77
  ls | grep '^[a-z0-9._-]*-[0-9]*T[0-9]*Z\.result$' | sort -r | awk '
    { group = $0; sub(/-[0-9]+T[0-9]+Z\.result$/, "", group) }
    ++seen[group] <= 40 { if (++all > 400) { print "more"; exit } print }' | {
    while read -r name; do
      [ "$name" != more ] || { echo more; break; }
      [ -f "$name" ] || continue
      [ -r "$name" ] || { echo "cannot read /var/lib/pepperbird/drills/$name" >&2; exit 77; }
      echo "file $name"
      head -c 6000 "$name" | sed 's/^/| /'
    done
    echo end
  }
}
