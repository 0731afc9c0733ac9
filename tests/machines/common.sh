# What every test machine has: the account that scans, its key and its rights, fresh host keys, a restricted PATH.
useradd --create-home --shell /bin/sh pepperbird 2>/dev/null || true
install -d -m 700 -o pepperbird -g pepperbird /home/pepperbird/.ssh
install -m 600 -o pepperbird -g pepperbird /run/share/key.pub /home/pepperbird/.ssh/authorized_keys
rm -f /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d/*
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
ssh-keygen -q -t rsa -b 3072 -N '' -f /etc/ssh/ssh_host_rsa_key
cp /etc/ssh/ssh_host_*_key.pub /run/share/
mkdir -p /etc/systemd/system/multi-user.target.wants
for service in ssh cron; do
  [ ! -e /lib/systemd/system/$service.service ] ||
    ln -sf /lib/systemd/system/$service.service /etc/systemd/system/multi-user.target.wants/$service.service
done
if [ -s /run/share/sudoers ]; then
  install -m 440 /run/share/sudoers /etc/sudoers.d/pepperbird
fi
rm -f /run/reboot-required /var/run/reboot-required
# sudo looks its own host up: without this line each call would wait for a name server that is not there.
echo "127.0.1.1 $(hostname)" >> /etc/hosts
