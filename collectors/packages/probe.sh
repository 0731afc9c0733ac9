# packages: the release, the package manager, its index, what waits, and where software comes from.

packages_os() {
  whole_machine || return
  for file in /etc/os-release /usr/lib/os-release; do
    if [ -r "$file" ]; then
      cat "$file"
      return
    fi
  done
  echo "no os-release" >&2
  return 69
}

packages__rpm_database() {
  for file in /var/lib/rpm/Packages /var/lib/rpm/Packages.db /var/lib/rpm/rpmdb.sqlite \
    /usr/lib/sysimage/rpm/Packages /usr/lib/sysimage/rpm/Packages.db /usr/lib/sysimage/rpm/rpmdb.sqlite; do
    [ -s "$file" ] && return 0
  done
  return 1
}

# The data base decides, not the command: a Debian with dnf installed is a Debian.
packages_manager() {
  whole_machine || return
  if [ -s /var/lib/dpkg/status ] && have apt-get; then
    echo apt
  elif packages__rpm_database; then
    for name in dnf yum zypper; do
      if have "$name"; then
        echo "$name"
        return 0
      fi
    done
    echo none
  elif [ -s /lib/apk/db/installed ] || [ -s /usr/lib/apk/db/installed ]; then
    echo apk
  elif [ -s /usr/lib/opkg/status ] || [ -s /var/lib/opkg/status ]; then
    echo opkg
  elif [ -d /var/lib/pacman/local ]; then
    echo pacman
  else
    echo none
  fi
}

packages__apt() {
  whole_machine || return
  [ "$(packages_manager)" = apt ] || { echo "apt does not manage this system" >&2; return 69; }
}

# `release CTIME MTIME FILE` with the file's head as `head ...` lines, then `target FILE` for what apt really reads.
packages_apt_indexes() {
  packages__apt || return
  lists=/var/lib/apt/lists
  look_into "$lists" || return
  for file in "$lists"/*InRelease "$lists"/*_Release; do
    [ -e "$file" ] || continue
    [ -r "$file" ] || { echo "cannot read $file" >&2; return 77; }
    stat -c 'release %Z %Y %n' "$file" || return 1
    sed -n '/^\(Origin\|Label\|Suite\|Codename\|Version\|Date\|Valid-Until\): /s/^/head /p; /^\(MD5Sum\|SHA256\):/q' "$file" || return 1
  done
  apt-get indextargets --format 'target $(FILENAME)' 'Created-By: Packages' || return 1
  echo end
}

# The archives by name, then the versions of every installed package that has a newer one: newest first, down to what
# is installed.
packages_apt_updates() {
  packages__apt || return
  look_into /var/lib/apt/lists || return
  for file in /var/lib/apt/lists/*_Packages*; do
    [ ! -e "$file" ] || [ -r "$file" ] || { echo "cannot read $file" >&2; return 77; }
  done
  apt-get indextargets --format 'archive $(ORIGIN),$(LABEL),$(SUITE),$(CODENAME)	$(DESCRIPTION)' 'Created-By: Packages' || return 1
  names=$(dpkg-query -W -f '${Status} ${binary:Package}\n') || return 1
  printf '%s\n' "$names" | sed -n 's/^[a-z]* [a-z]* installed \([a-z0-9][a-z0-9+.:-]*\)$/\1/p' |
    xargs -n 2000 apt-cache policy | awk '
      /^[^ ]/ { name = $1; installed = ""; candidate = ""; text = ""; skip = 0; count++; next }
      /^  Installed: / { installed = $2; next }
      /^  Candidate: / { candidate = $2; next }
      /^ \*\*\* / { if (text != "" && installed != "(none)") { print "package " name " " installed; printf "%s", text } skip = 1; next }
      /^     [^ ]/ && !skip { text = text "version " $1 "\n"; next }
      /^        / && !skip { sub(/^ +/, ""); text = text "in " $0 "\n"; next }
      END { print "packages " count }'
  printf '%s\n' "$names" | grep -c ' installed ' | sed 's/^/installed /'
}

# Options that are set, then every line of every source file as `FILE<tab>LINE`. Passwords in addresses stay here.
packages_apt_sources() {
  packages__apt || return
  apt-config dump | grep -iE '(AllowUnauthenticated|AllowInsecureRepositories|AllowWeakRepositories|AllowDowngradeToInsecureRepositories|Dir::Etc::Source(List|Parts))( |")' |
    sed 's/^/option /'
  for file in /etc/apt/apt.conf.d /etc/apt/sources.list.d; do
    [ ! -d "$file" ] || look_into "$file" || return
  done
  for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
    [ ! -f "$file" ] || [ -r "$file" ] || { echo "cannot read $file" >&2; return 77; }
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] || continue
    if [ ! -r "$file" ]; then
      echo "denied $file"
      continue
    fi
    echo "file $file"
    sed 's#://[^/@ ]*@#://#g; s/^/line /' "$file" || return 1
    echo
  done
  apt-get indextargets --format 'trusted $(TRUSTED) $(REPO_URI) $(RELEASE)' 'Created-By: Packages' || return 1
  echo end
}

packages__rpm() {
  whole_machine || return
  case $(packages_manager) in
    dnf | yum) ;;
    *) echo "neither dnf nor yum manages this system" >&2; return 69 ;;
  esac
}

# For each cached repository: `repomd CTIME MTIME FILE`, its `revision`, when its list of packages was `confirmed` last
# (dnf touches only that where nothing has changed), `updateinfo FILE` where it tells security updates apart, and
# `system FILE` where these are about the system's own packages: EPEL tells of its own alone.
packages_rpm_indexes() {
  packages__rpm || return
  for file in /var/cache/dnf/*/repodata/repomd.xml /var/cache/yum/*/*/*/repomd.xml /var/cache/yum/*/repomd.xml \
    /var/cache/libdnf5/*/repodata/repomd.xml; do
    [ -e "$file" ] || continue
    stat -c 'repomd %Z %Y %n' "$file" || return 1
    sed -n 's/.*<revision>\([0-9][0-9]*\)<.*/revision \1/p' "$file" | head -n 1
    for part in "${file%/*}"/*primary*; do
      [ -e "$part" ] && { stat -c 'confirmed %Z %n' "$part" || return 1; }
    done
    for part in "${file%/*}"/*updateinfo*; do
      [ -e "$part" ] && packages__errata "$part"
    done
  done
  echo end
}

packages__errata() {
  echo "updateinfo $1"
  case $1 in
    *.gz) unpack='gzip -dc' ;;
    *.xz) unpack='xz -dc' ;;
    *.bz2) unpack='bzip2 -dc' ;;
    *.zst) unpack='zstd -dcq' ;;
    *.xml) unpack=cat ;;
    *) unpack=none ;;
  esac
  if ! have "${unpack%% *}"; then
    echo "unread $1"
  elif $unpack "$1" 2>/dev/null | grep -qE '<package [^>]*name="(kernel|kernel-core|glibc|openssl-libs|systemd|sudo|openssh-server|krb5-libs|libcurl|nss)"'; then
    echo "system $1"
  fi
}

packages_rpm_updates() {
  packages__rpm || return
  if have dnf; then
    as_root /usr/bin/dnf -q -C updateinfo list --security || return
  else
    as_root /usr/bin/yum -q -C updateinfo list security || return
  fi
  echo end
}

packages_rpm_sources() {
  packages__rpm || return
  for file in /etc/yum.repos.d /etc/distro.repos.d; do
    [ ! -d "$file" ] || look_into "$file" || return
  done
  for file in /etc/dnf/dnf.conf /etc/yum.conf /etc/yum.repos.d/*.repo /etc/distro.repos.d/*.repo; do
    [ -e "$file" ] || continue
    if [ ! -r "$file" ]; then
      echo "denied $file"
      continue
    fi
    echo "file $file"
    sed -n 's/^[ 	]*\(\[[^]]*\]\).*/line \1/p; s/^[ 	]*\(\(enabled\|gpgcheck\|pkg_gpgcheck\|repo_gpgcheck\|localpkg_gpgcheck\|reposdir\)[ 	]*=.*\)/line \1/p' "$file"
  done
  echo end
}

# How many packages are installed, and a digest of their names and versions: two machines, or two days, compared.
packages_manifest() {
  whole_machine || return
  case $(packages_manager) in
    apt) list=$(dpkg-query -W -f '${Status}\t${binary:Package}\t${Version}\n') || return 1
      list=$(printf '%s\n' "$list" | sed -n 's/^[a-z]* [a-z]* installed	//p' | sort) ;;
    dnf | yum | zypper) list=$(rpm -qa --qf '%{NAME}.%{ARCH}\t%{VERSION}-%{RELEASE}\n') || return 1
      list=$(printf '%s\n' "$list" | sort) ;;
    *) echo "only dpkg and rpm are asked" >&2; return 69 ;;
  esac
  have sha256sum || { echo "no sha256sum" >&2; return 69; }
  echo "count $(printf '%s\n' "$list" | wc -l)"
  printf '%s\n' "$list" | sha256sum | sed 's/^\([0-9a-f]*\).*/digest \1/'
  echo end
}

# $1 is the server that keeps the list of these packages; where the register names none, nobody compares them.
packages_names() {
  [ -n "${1:-}" ] || { echo "the register does not say where the list of packages is kept" >&2; return 68; }
  whole_machine || return
  case $(packages_manager) in
    apt) dpkg-query -W -f '${Status} ${binary:Package}\n' | sed -n 's/^[a-z]* [a-z]* installed /- /p' ;;
    dnf | yum | zypper) rpm -qa --qf '- %{NAME}\n' ;;
    *) echo "only dpkg and rpm are asked" >&2; return 69 ;;
  esac
  echo end
}

# Lines KEY VALUE: the distribution's mark, the boot time, and kernels with the time they were put in place.
packages_reboot() {
  whole_machine || return
  [ -r /proc/stat ] || { echo "cannot read /proc/stat" >&2; return 69; }
  sed -n 's/^btime /boot /p' /proc/stat
  echo "running $(uname -r)"
  for file in /run/reboot-required /var/run/reboot-required; do
    if [ -e "$file" ]; then
      stat -c 'mark %Y' "$file" || return 1
      break
    fi
  done
  if [ -d /boot ] && [ ! -r /boot ]; then
    echo "cannot read /boot" >&2
    return 77
  fi
  for file in /boot/vmlinuz-* /boot/vmlinux-* /lib/modules/*/vmlinuz; do
    [ -e "$file" ] && { stat -c 'kernel %Z %n' "$file" || return 1; }
  done
  for file in /var/lib/dpkg/info/linux-image-[0-9]*.list; do
    [ -e "$file" ] && echo "package ${file##*/}"
  done
  if have needs-restarting && [ -d /etc/yum.repos.d ]; then
    needs-restarting -r >/dev/null 2>&1
    echo "needs-restarting $?"
  fi
  echo end
}
