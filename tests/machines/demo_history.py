"""The months before the demo: what its two machines said just now, in states that tell a story, put under earlier days.

First nobody was let in; then they were seen, both kept badly; one was mended; its line was down for a month; then it
was reached again. See tests/support/seeded.py for what of that is real: everything but the states and the days.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.support.machines import Machine
from tests.support.seeded import Seeding

SHUT_OUT = "mv /home/pepperbird/.ssh/authorized_keys /home/pepperbird/.ssh/not-yet"
LET_IN = "mv /home/pepperbird/.ssh/not-yet /home/pepperbird/.ssh/authorized_keys"
NEGLECT = """\
cp -p /etc/ssh/sshd_config /etc/ssh/as-it-was
sed -i 's/^PermitRootLogin .*/PermitRootLogin yes/; s/^PasswordAuthentication .*/PasswordAuthentication yes/
  s/^Ciphers /&aes128-cbc,/; s/^MACs /&hmac-sha1,/' /etc/ssh/sshd_config
mv /etc/modprobe.d/no-usb-storage.conf /etc/no-usb-storage
echo 'deb [trusted=yes] http://packages.example.lr/debian stable main' > /etc/apt/sources.list.d/unsigned.list
dd if=/dev/zero of=/srv/data/export.dump bs=1M 2>/dev/null || true
systemctl reload ssh
sleep 1"""
MEND = """\
mv /etc/ssh/as-it-was /etc/ssh/sshd_config
mv /etc/no-usb-storage /etc/modprobe.d/no-usb-storage.conf
rm /etc/apt/sources.list.d/unsigned.list /srv/data/export.dump
systemctl reload ssh
sleep 1"""
CUT = "ip link set eth0 down"
JOIN = "ip link set eth0 up; ip route replace default via {peer}"


class Seeded(NamedTuple):
    """How many months there are, from when to when, and the runs before and while the line was down."""

    months: int
    first: str
    last: str
    before: str
    dark: str


def seed_history(site: Path, state: Path, recordings: Path, well: Machine, badly: Machine) -> Seeded:
    """Six months up to a month ago, kept in the store of `state`. Both machines are as they were afterwards."""
    seeding = Seeding(site, state, recordings, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    for machine in (well, badly):
        machine.run(SHUT_OUT)
    well.run(NEGLECT)
    shut_out = seeding.record("shut-out", "this-computer", "well-kept", "badly-kept")
    for machine in (well, badly):
        machine.run(LET_IN)
    let_in = seeding.record("let-in", "well-kept", "badly-kept")
    well.run(MEND)
    mended = seeding.record("mended", "well-kept")
    well.run(CUT)
    dark = seeding.record("dark", "well-kept")
    well.run(JOIN.format(peer=f"10.213.{well.number}.1"))
    runs = seeding.months([shut_out, let_in, mended, mended, dark, mended])
    return Seeded(len(runs), runs[0].at[:10], runs[-1].at[:10], runs[3].id, runs[4].id)
