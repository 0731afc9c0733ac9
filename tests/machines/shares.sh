# A file server with the mistakes that are commonest: NFS for everybody with root, SMB1 and guests. Samba really runs; of
# NFS everything runs but the kernel's part, which the kernel of a test may not have. Runs inside the new root, before systemd.
. /run/share/common.sh

rm -f /etc/systemd/system/smbd.service
mkdir -p /etc/systemd/system/multi-user.target.wants /srv/pub /srv/deeds /srv/files /srv/films
ln -sf /lib/systemd/system/smbd.service /etc/systemd/system/multi-user.target.wants/smbd.service
# The unit waits for name servers and printers, of which a test machine has none.
mkdir -p /etc/systemd/system/smbd.service.d
printf '[Unit]\nAfter=\nWants=\n[Service]\nExecCondition=\n' > /etc/systemd/system/smbd.service.d/alone.conf

cat > /etc/exports <<'EXPORTS'
# for the office
/srv/pub    *(rw,async,no_root_squash,no_subtree_check)
/srv/deeds  10.1.0.0/24(rw,sync,no_subtree_check,sec=krb5p) \
            10.2.0.5 (ro)
EXPORTS

cat > /etc/samba/smb.conf <<'CONF'
[global]
   server role = standalone server
   map to guest = bad user
   server min protocol = NT1
   usershare allow guests = yes
   disable netbios = yes
   smb ports = 445
   load printers = no
   printing = bsd
   printcap name = /dev/null

[files]
   path = /srv/files
   public = yes
   writeable = yes
   smb encrypt = off

[printers]
   printable = yes
   path = /var/tmp
CONF
chmod 755 /srv/files
echo hello > /srv/files/hello.txt
useradd --no-create-home --groups sambashare clerk
cat > /var/lib/samba/usershares/films <<'SHARE'
#VERSION 2
path=/srv/films
comment=
usershare_acl=S-1-1-0:F
guest_ok=y
sharename=films
SHARE
chown clerk:sambashare /var/lib/samba/usershares/films /srv/films
