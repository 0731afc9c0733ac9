# verify: what the package manager says of its files. Missing ones are only counted here, there can be very many. Lines
# KEY VALUE; `status` last but one, `end` last.

verify_dpkg() {
  [ -s /var/lib/dpkg/status ] && [ -x /usr/bin/dpkg ] || { echo "no packages of dpkg" >&2; return 69; }
  verify__run /usr/bin/dpkg --verify
}

verify_rpm() {
  found=
  for file in /var/lib/rpm/Packages /var/lib/rpm/Packages.db /var/lib/rpm/rpmdb.sqlite \
    /usr/lib/sysimage/rpm/Packages /usr/lib/sysimage/rpm/Packages.db /usr/lib/sysimage/rpm/rpmdb.sqlite; do
    [ -s "$file" ] && found=$file
  done
  [ -n "$found" ] && [ -x /usr/bin/rpm ] || { echo "no packages of rpm" >&2; return 69; }
  packages=$(/usr/bin/rpm -qa | wc -l)
  [ "$packages" -gt 0 ] || { echo "no packages of rpm" >&2; return 69; }
  verify__run /usr/bin/rpm -Va --nomtime --nodeps --noscripts
}

# Bounded where it runs, as root: the scan's own watchdog cannot end what belongs to root. What was said is kept only when
# it was said to its end.
verify__run() {
  said=$(
    {
      as_root /usr/bin/timeout 40 /usr/bin/nice -n 19 "$@" 2>&1
      echo "status $?"
    } | awk '/^missing   [ a-z] [ ]*\// { if (substr($0, 11, 1) == " ") missing++; next } /^status / { print "missing " missing + 0; print; next } { print "file " $0 }'
  )
  case $said in
    *"status 124") echo "it took longer than 40 seconds" >&2; return 124 ;;
    *"status "*) ;;
    *) return 77 ;;
  esac
  printf '%s\nend\n' "$said"
}
