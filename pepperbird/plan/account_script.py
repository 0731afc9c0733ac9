"""The bodies of the scripts of `plan.account`: POSIX sh that reads its values from the variables set above it."""

from __future__ import annotations

from typing import Final

_COMMON: Final = r"""
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
home=/var/lib/pepperbird-access/$account

fail() {
  echo "$0: $*" >&2
  exit 1
}

have() {
  command -v "$1" >/dev/null 2>&1
}

# The account's entry in /etc/passwd, or the field of that number.
entry() {
  awk -F : -v name="$account" -v field="${1:-0}" '$1 == name { print field ? $field : $0 }' /etc/passwd
}

[ "$(id -u)" = 0 ] || fail "run this as root"
if [ -n "$(entry)" ]; then
  [ "$(entry 5)" = "$mark" ] && [ "$(entry 6)" = "$home" ] ||
    fail "there is an account $account that this script did not make; it was left as it is"
fi
"""

MAKE: Final = (
    _COMMON
    + r"""
if have sudo && ! have visudo; then
  fail "there is sudo but no visudo to check the rights with"
fi
if [ -z "$(entry)" ] && id "$account" >/dev/null 2>&1; then
  fail "$account is an account of a directory, not of this machine; choose another name"
fi
[ -f /etc/shadow ] || fail "there is no /etc/shadow, so that no account here can end on a day"

# Neither a password (the * is none) nor a way to change its own key: home and key belong to root.
if [ -z "$(entry)" ]; then
  if have useradd; then
    useradd -r -U -M -d "$home" -s /bin/sh -c "$mark" -p '*' "$account"
  else
    have adduser || fail "there is neither useradd nor adduser; make the account by the means of this system"
    adduser -S -D -H -h "$home" -s /bin/sh -g "$mark" "$account" 2>/dev/null ||
      adduser -D -H -h "$home" -s /bin/sh -g "$mark" "$account"
    echo "$account:*" | chpasswd -e >/dev/null 2>&1 || fail "no password could be ruled out for $account"
  fi
  [ "$(entry 5)" = "$mark" ] || fail "the account was made otherwise than meant; look at $account in /etc/passwd"
fi
if have usermod; then
  usermod -e "$expires" "$account"
else
  cp -p /etc/shadow /etc/shadow.pepperbird
  awk -F : -v OFS=: -v name="$account" -v day="$expires_day" '$1 == name { $8 = day } { print }' \
    /etc/shadow > /etc/shadow.pepperbird
  [ "$(wc -l < /etc/shadow.pepperbird)" -eq "$(wc -l < /etc/shadow)" ] || fail "/etc/shadow could not be changed"
  mv /etc/shadow.pepperbird /etc/shadow
fi

mkdir -p "$home/.ssh"
printf '%s\n' "$key" > "$home/.ssh/authorized_keys.new"
mv "$home/.ssh/authorized_keys.new" "$home/.ssh/authorized_keys"
chown -R 0:0 "${home%/*}"
chmod 755 "${home%/*}" "$home" "$home/.ssh"
chmod 644 "$home/.ssh/authorized_keys"
! have restorecon || restorecon -R "$home" || true

if [ -n "$rights" ] && have sudo; then
  # A file with a dot in its name is not read by sudo: the rights are checked before they hold.
  [ -d /etc/sudoers.d ] || mkdir -m 750 /etc/sudoers.d
  sound=no
  ! visudo -c >/dev/null 2>&1 || sound=yes
  new="/etc/sudoers.d/.pepperbird.new"
  # A command on a disk is allowed for each disk that is here now, by its name.
  devices=
  for entry in /sys/class/block/*; do
    case ${entry##*/} in
      loop* | ram* | zram* | sr* | fd* | *[!A-Za-z0-9_-]*) ;;
      *) [ ! -e "/dev/${entry##*/}" ] || devices="$devices ${entry##*/}" ;;
    esac
  done
  printf '%s' "$rights" | awk -v devices="$devices" '
    /\/dev\/DEVICE/ {
      many = split(devices, device, " ")
      for (place = 1; place <= many; place++) {
        line = $0
        gsub(/\/dev\/DEVICE/, "/dev/" device[place], line)
        print line
      }
      next
    }
    { print }' > "$new"
  chmod 440 "$new"
  visudo -cf "$new" >/dev/null || { rm -f "$new"; fail "this machine's sudo does not understand the rights"; }
  mv "$new" "$rights_file"
  if [ "$sound" = yes ] && ! visudo -c >/dev/null 2>&1; then
    rm -f "$rights_file"
    fail "with the rights in place sudo's files no longer hold together; they were taken out again (see visudo -c)"
  fi
  grep -Eq '^[#@]includedir[[:space:]]+"?/etc/sudoers\.d' /etc/sudoers ||
    echo "Note: /etc/sudoers does not read /etc/sudoers.d; the rights will not hold before it does." >&2
elif [ -n "$rights" ]; then
  echo "Note: there is no sudo here; what needs root will be named in the report as not seen." >&2
else
  rm -f "$rights_file"
fi

if have sshd; then
  settings=$(sshd -T -C "user=$account" -C host=localhost -C addr=127.0.0.1 2>/dev/null || true)
  case $settings in
    *"authorizedkeysfile "*.ssh/authorized_keys* | '') ;;
    *) echo "Note: sshd looks for keys elsewhere: $(echo "$settings" | sed -n 's/^authorizedkeysfile //p')" >&2 ;;
  esac
  limits=$(echo "$settings" | sed -n '/^\(allowusers\|allowgroups\|denyusers\|denygroups\) /p')
  [ -z "$limits" ] || printf 'Note: sshd lets only some accounts in; see that %s is one:\n%s\n' "$account" "$limits" >&2
fi
echo "The account $account is ready; it ends on $expires."
"""
)

REMOVE: Final = (
    _COMMON
    + r"""
rm -f "$rights_file" /etc/sudoers.d/.pepperbird.new
if [ -n "$(entry)" ]; then
  uid=$(entry 3)
  tries=0
  while [ "$tries" -lt 20 ] && pkill -KILL -u "$uid" 2>/dev/null; do
    tries=$((tries + 1))
    sleep 0.2 2>/dev/null || sleep 1
  done
  if have userdel; then userdel "$account"; else deluser "$account"; fi
  [ -z "$(entry)" ] || fail "the account $account could not be taken away"
fi
if grep -q "^$account:[^:]*:[0-9]*:$" /etc/group; then
  if have groupdel; then groupdel "$account"; else delgroup "$account"; fi
fi
rm -rf "$home"
rmdir "${home%/*}" 2>/dev/null || true
for trace in /var/mail /var/spool/mail /var/spool/cron /var/spool/cron/crontabs /run/sudo/ts /var/lib/sudo/lectured; do
  rm -f "$trace/$account"
done
echo "Nothing that was made for $account is left."
"""
)
