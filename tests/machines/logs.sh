# A server whose clock, logs and files are watched, next to a second machine (logs-sink.sh) at $SINK. What each test wants
# of it is set up while it runs. Runs inside the new root, before systemd.
. /run/share/common.sh
. /run/share/packages.sh
chrony_that_never_sets_the_clock
install_debs libestr0 libfastjson4 liblognorm5 rsyslog rsyslog-gnutls libmicrohttpd12 libmhash2 aide logrotate systemd-journal-remote

cat > /etc/chrony/chrony.conf <<'CONFIG'
server 10.213.30.2 iburst minpoll 2 maxpoll 2
driftfile /var/lib/chrony/drift
CONFIG

mkdir -p /var/log/journal /etc/aide /var/lib/aide /var/log/aide /etc/watched
chmod 700 /var/lib/aide /var/log/aide
echo one > /etc/watched/file
cat > /etc/aide/aide.conf <<'CONFIG'
database_in=file:/var/lib/aide/aide.db
database_out=file:/var/lib/aide/aide.db.new
report_url=file:/var/log/aide/aide.log
/etc/watched p+sha256
CONFIG

cat > /etc/rsyslog.conf <<'CONFIG'
module(load="imuxsock")
module(load="imklog")
$IncludeConfig /etc/rsyslog.d/*.conf
*.*;auth,authpriv.none /var/log/syslog
auth,authpriv.* /var/log/auth.log
CONFIG
