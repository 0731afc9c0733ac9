# A machine whose packages are rpm's: a data base, a repository in /srv/repo with security errata, dnf. The packages are
# built here, as nobody's software; two versions each, the older one installed.
. /run/share/common.sh

rm -rf /var/lib/dpkg/status /var/lib/rpm
mkdir -p /var/lib/rpm /etc/rpm /etc/yum.repos.d /srv/repo /srv/old
echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros
rm -f /etc/os-release
cat > /etc/os-release <<'RELEASE'
NAME="Rocky Linux"
VERSION="9.4 (Blue Onyx)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.4"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"
RELEASE
mkdir -p /etc/dnf/vars
echo 9 > /etc/dnf/vars/releasever
printf '[main]\ngpgcheck=1\nplugins=0\n' > /etc/dnf/dnf.conf

package() { # package NAME VERSION
  printf 'Name: %s\nVersion: %s\nRelease: 1.el9\nSummary: x\nLicense: x\nBuildArch: noarch\n%%description\nx\n%%files\n' "$1" "$2" > /tmp/x.spec
  rpmbuild -bb --quiet --define '_topdir /tmp/rpmbuild' /tmp/x.spec >/dev/null 2>&1
}
package openssl-libs 3.0.1
package tree 1.0
rpm -i /tmp/rpmbuild/RPMS/noarch/*.rpm
mv /tmp/rpmbuild/RPMS/noarch/*.rpm /srv/repo
package openssl-libs 3.0.2
package tree 1.1
mv /tmp/rpmbuild/RPMS/noarch/*.rpm /srv/repo

advisory() { # advisory ID TYPE SEVERITY NAME VERSION
  cat <<XML
<update from="x" status="final" type="$2" version="1"><id>$1</id><title>$4</title><issued date="2026-11-20 00:00:00"/>
<severity>$3</severity><description>x</description><pkglist><collection short="x"><name>x</name>
<package name="$4" version="$5" release="1.el9" epoch="0" arch="noarch" src="$4.src.rpm"><filename>$4-$5-1.el9.noarch.rpm</filename></package>
</collection></pkglist></update>
XML
}
mkdir -p /srv/errata
{
  echo '<?xml version="1.0" encoding="UTF-8"?><updates>'
  advisory RLSA-2026:1 security Important openssl-libs 3.0.2
  advisory RLBA-2026:2 bugfix None tree 1.1
  echo '</updates>'
} > /srv/errata/os.xml
{
  echo '<?xml version="1.0" encoding="UTF-8"?><updates>'
  advisory FEDORA-EPEL-2026-1 security Low tree 1.1
  echo '</updates>'
} > /srv/errata/extra.xml
cp /srv/errata/os.xml /tmp/updateinfo.xml
createrepo_c -q /srv/repo
modifyrepo_c /tmp/updateinfo.xml /srv/repo/repodata >/dev/null
printf '[baseos]\nname=base\nbaseurl=file:///srv/repo\nenabled=1\ngpgcheck=1\n' > /etc/yum.repos.d/base.repo
dnf -q makecache
