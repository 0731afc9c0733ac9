# A server that no scan was ever let in on, with its SSH configuration closed to everyone but root. Before systemd.
. /run/share/common.sh
userdel --remove pepperbird 2>/dev/null || true
rm -f /etc/sudoers.d/pepperbird
printf 'Port 22\nUsePAM yes\nPasswordAuthentication no\nInclude /etc/ssh/sshd_config.d/*.conf\n' > /etc/ssh/sshd_config
mkdir -p /etc/ssh/sshd_config.d
printf 'PermitRootLogin no\n' > /etc/ssh/sshd_config.d/root.conf
chmod 600 /etc/ssh/sshd_config
chmod 700 /etc/ssh/sshd_config.d
