# Installs packages for the inside of a test machine, from files, without starting anything. Sourced by the setups.
install_debs() {
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  for name in "$@"; do
    set -- "$@" /var/cache/pepperbird-debs/"$name"_*.deb
    shift
  done
  DEBIAN_FRONTEND=noninteractive dpkg -i --force-depends --force-conflicts --force-confnew "$@" >/run/dpkg.log 2>&1 || cat /run/dpkg.log
  rm /usr/sbin/policy-rc.d
}

# The clock belongs to this computer and all its machines: chronyd measures it, and never sets it (-x).
chrony_that_never_sets_the_clock() {
  install_debs chrony
  echo 'DAEMON_OPTS="-x -F 0"' > /etc/default/chrony
}
