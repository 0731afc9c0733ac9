# A server with backup jobs of every sort, good and bad: systemd's timers, cron's tables, scripts between them.
. /run/share/common.sh

mkdir -p /usr/local/bin /usr/local/sbin /etc/systemd/system/timers.target.wants
printf '#!/bin/sh\nexit 0\n' > /usr/local/bin/restic
printf '#!/bin/sh\nexit 3\n' > /usr/local/bin/borg
printf '#!/bin/sh\n# restic backup\nexit 0\n' > /usr/local/bin/not-a-backup
printf '#!/bin/sh\nexec /usr/local/sbin/inner.sh\n' > /usr/local/sbin/outer.sh
printf '#!/bin/sh\nPASSWORD=hunter2\npg_dump registry | gzip > /srv/x.gz || echo failed | mail -s x officer@example.lr\n' > /usr/local/sbin/inner.sh
printf '#!/bin/sh\nrestic backup /srv\n' > /root/closed.sh
printf '#!/bin/sh\nexit 0\n' > /usr/sbin/sendmail
chmod 755 /usr/local/bin/* /usr/local/sbin/* /root/closed.sh /usr/sbin/sendmail
chmod 700 /root

job() { # job NAME COMMAND [LINE IN UNIT] [LINE IN SERVICE]
  printf '[Unit]\nDescription=%s\n%s\n[Service]\nType=oneshot\nExecStart=%s\n%s\n' "$1" "${3:-}" "$2" "${4:-}" \
    > "/etc/systemd/system/$1.service"
  printf '[Timer]\nOnBootSec=1\nOnUnitActiveSec=1h\nAccuracySec=1s\n[Install]\nWantedBy=timers.target\n' \
    > "/etc/systemd/system/$1.timer"
}
on() {
  ln -sf "/etc/systemd/system/$1.timer" "/etc/systemd/system/timers.target.wants/$1.timer"
}
printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' > /etc/systemd/system/tell@.service

job good '/usr/local/bin/restic backup /srv --password-file /root/hunter2' 'OnFailure=tell@%n.service'; on good
job silent '/usr/local/bin/restic backup /srv'; on silent
job missing-alert '/usr/local/bin/restic backup /srv' 'OnFailure=nobody@%n.service'; on missing-alert
job failed '/usr/local/bin/borg create ::x /srv' 'OnFailure=tell@%n.service'; on failed
job hiding '-/usr/local/bin/borg create ::x /srv' 'OnFailure=tell@%n.service'; on hiding
job off '/usr/local/bin/restic backup /srv' 'OnFailure=tell@%n.service'
job masked '/usr/local/bin/restic backup /srv'
mv /etc/systemd/system/masked.timer /etc/systemd/system/masked-was.timer
ln -sf /dev/null /etc/systemd/system/masked.timer
rm /etc/systemd/system/masked-was.timer
job script '/bin/sh -c "exec /usr/local/sbin/outer.sh"'; on script
job house '/usr/local/bin/restic forget --prune'; on house
job comment '/usr/local/bin/not-a-backup'; on comment
job later '/usr/local/bin/restic backup /srv' 'OnFailure=tell@%n.service'; on later
printf '[Timer]\nOnCalendar=2099-01-01\n[Install]\nWantedBy=timers.target\n' > /etc/systemd/system/later.timer
job working '/bin/sh -c "sleep 600; restic backup"' 'OnFailure=tell@%n.service'; on working

if [ -x /usr/sbin/cron ]; then
  ln -sf /lib/systemd/system/cron.service /etc/systemd/system/multi-user.target.wants/cron.service
fi
rm -f /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.d/*
cat > /etc/cron.d/backup <<'CRON'
MAILTO=officer@example.lr
# 0 1 * * * root restic backup /commented
0 2 * * * root mysqldump --password=hunter2 registry
0 3 * * * root restic backup /srv > /dev/null 2>&1
@reboot root restic backup /srv
@daily root restic backup /srv
MAILTO=""
0 4 * * * root restic backup /srv
MAILTO=root
0 5 * * * root restic backup /srv
CRON
printf '0 6 * * * root restic backup /srv\n' > /etc/cron.d/backup.cron
printf '#!/bin/sh\nrestic backup /srv | mail officer@example.lr\n' > /etc/cron.daily/nightly
printf '#!/bin/sh\nrestic backup /srv | mail officer@example.lr\n' > /etc/cron.daily/nightly.sh
printf '#!/bin/sh\nrestic backup /srv | mail officer@example.lr\n' > /etc/cron.weekly/not-executable
chmod 755 /etc/cron.daily/nightly /etc/cron.daily/nightly.sh
chmod 644 /etc/cron.weekly/not-executable
mkdir -p /var/spool/cron/crontabs
printf 'MAILTO=officer@example.lr\n30 1 * * * borg create ::x /srv\n' > /var/spool/cron/crontabs/root
chmod 600 /var/spool/cron/crontabs/root
chmod 1730 /var/spool/cron/crontabs
