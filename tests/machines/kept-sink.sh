# A central log store: logs over TLS, a folder for each machine that sends. It keeps lists of packages too. Runs inside
# the new root, before systemd.
. /run/share/common.sh
. /run/share/packages.sh
install_debs libestr0 libfastjson4 liblognorm5 rsyslog rsyslog-gnutls

mkdir -p /etc/rsyslog-tls /srv/build
install -d -m 750 /var/log/remote
cp /run/share/ca.pem /run/share/sink.pem /run/share/sink.key /etc/rsyslog-tls/
cat > /etc/rsyslog.conf <<'CONFIG'
global(DefaultNetstreamDriver="gtls"
  DefaultNetstreamDriverCAFile="/etc/rsyslog-tls/ca.pem"
  DefaultNetstreamDriverCertFile="/etc/rsyslog-tls/sink.pem"
  DefaultNetstreamDriverKeyFile="/etc/rsyslog-tls/sink.key")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imtcp" port="6514")
template(name="each" type="string" string="/var/log/remote/%HOSTNAME%/messages")
*.* ?each
CONFIG
