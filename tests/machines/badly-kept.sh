# A server with the mistakes that are commonest. Runs inside the new root, before systemd.
. /run/share/common.sh

cat > /etc/ssh/sshd_config <<'CONFIG'
Port 22
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication yes
PermitEmptyPasswords yes
UsePAM yes
KexAlgorithms curve25519-sha256,diffie-hellman-group14-sha1
HostKeyAlgorithms ssh-ed25519,rsa-sha2-512
Ciphers aes256-ctr,aes128-cbc
MACs hmac-sha2-256,hmac-sha1
CONFIG

# A repository nobody signs, and an index of last quarter.
echo 'deb [trusted=yes] http://packages.example.lr/debian stable main' > /etc/apt/sources.list.d/unsigned.list
find /var/lib/apt/lists /var/cache/apt -maxdepth 1 -exec touch -h -d '100 days ago' {} +
find /var/lib/apt/lists -type f -exec touch -d '100 days ago' {} +

# A full data disk (and a second disk that the register does not know: mounted by whoever boots this machine).
dd if=/dev/zero of=/srv/data/export.dump bs=1M 2>/dev/null || true

# An update that has waited for its restart since last quarter.
echo 'touch -d "100 days ago" /run/reboot-required' > /usr/local/sbin/old-reboot
cat > /etc/systemd/system/old-reboot.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/sh /usr/local/sbin/old-reboot
[Install]
WantedBy=multi-user.target
UNIT
ln -sf /etc/systemd/system/old-reboot.service /etc/systemd/system/multi-user.target.wants/old-reboot.service
