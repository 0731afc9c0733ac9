# A second machine: it serves the time and takes logs over TLS. Runs inside the new root, before systemd.
. /run/share/common.sh
. /run/share/packages.sh
chrony_that_never_sets_the_clock
install_debs libestr0 libfastjson4 liblognorm5 rsyslog rsyslog-gnutls

printf 'local stratum 5\nallow 10.213.0.0/16\n' > /etc/chrony/chrony.conf

mkdir -p /etc/rsyslog-tls /var/log/remote
cp /run/share/ca.pem /run/share/sink.pem /run/share/sink.key /etc/rsyslog-tls/
cat > /etc/rsyslog.conf <<'CONFIG'
global(DefaultNetstreamDriver="gtls"
  DefaultNetstreamDriverCAFile="/etc/rsyslog-tls/ca.pem"
  DefaultNetstreamDriverCertFile="/etc/rsyslog-tls/sink.pem"
  DefaultNetstreamDriverKeyFile="/etc/rsyslog-tls/sink.key")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imtcp" port="6514")
*.* /var/log/remote/all.log
CONFIG
