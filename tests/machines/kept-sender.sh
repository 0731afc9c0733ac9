# A server that sends its log to the store (kept-sink.sh at 10.213.26.2) over TLS. Runs inside the new root, before systemd.
. /run/share/common.sh
. /run/share/packages.sh
install_debs libestr0 libfastjson4 liblognorm5 rsyslog rsyslog-gnutls

cp /run/share/ca.pem /etc/rsyslog-ca.pem
cat > /etc/rsyslog.conf <<'CONFIG'
module(load="imuxsock")
global(DefaultNetstreamDriverCAFile="/etc/rsyslog-ca.pem")
*.* action(type="omfwd" target="10.213.26.2" port="6514" protocol="tcp"
  StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
  StreamDriverPermittedPeers="sink.example.lr")
CONFIG
