"""The account of a scan on a real machine: made by one script, used over SSH, taken away by another."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pepperbird.model.gap import GapReason
from pepperbird.model.state import State
from tests.support.let_in import ACCOUNT, Place, closed_machine, login, pepperbird, run_script
from tests.support.machines import Machine

pytestmark = [pytest.mark.slow, pytest.mark.machine]
TRACES = "cat /etc/passwd /etc/shadow /etc/group /etc/gshadow; ls -A /etc/sudoers.d /var/lib /home /var/mail"
NAMED = f"find /etc /var /home /run /tmp -xdev -name '*{ACCOUNT}*' -o -path '/etc/*' -newer /etc/hosts -name '.*'"


def test_it_is_made_used_and_taken_away(tmp_path: Path) -> None:
    with closed_machine(tmp_path, "acc", 50) as (machine, site):
        before, named = machine.run(TRACES), machine.run(NAMED)
        assert login(machine, site, machine.address, "true").returncode == 255
        said = run_script(machine, pepperbird("access", "db-1", "--site", site))
        assert said.startswith(f"The account {ACCOUNT} is ready; it ends on ")
        made(machine, site)
        found = [one for some in Place(machine, site).scan("sshd", "jobs", "sockets").values() for one in some]
        assert {one.state for one in found if one.control == "IS-20"} == {State.PASS, State.FAIL}
        assert not [one for one in found if one.gap and one.gap.reason is GapReason.DENIED]
        again(machine, site)
        for _ in range(2):
            said = run_script(machine, pepperbird("access", "moh/db-1", "--site", site, "--remove"))
            assert said == f"Nothing that was made for {ACCOUNT} is left.\n"
            assert machine.run(TRACES) == before
        assert machine.run(NAMED) == named
        assert login(machine, site, machine.address, "true").returncode == 255


def made(machine: Machine, site: Path) -> None:
    """One key that runs commands and nothing else, no password, an end; nothing that the account could change."""
    assert login(machine, site, machine.address, "id -un").stdout == f"{ACCOUNT}\n"
    refused = login(machine, site, "-tt", machine.address, "tty")
    assert "not a tty" in refused.stdout or refused.returncode != 0
    tunnel = login(machine, site, "-o", "ExitOnForwardFailure=yes", "-R", "39999:127.0.0.1:22", machine.address, "true")
    assert tunnel.returncode == 255 and "forwarding" in tunnel.stderr
    home = f"/var/lib/pepperbird-access/{ACCOUNT}"
    for change in (f"echo x >> {home}/.ssh/authorized_keys", f"touch {home}/x", f"mv {home}/.ssh {home}/y"):
        assert login(machine, site, machine.address, change).returncode != 0
    _, password, *_, expires, _ = machine.run(f"grep ^{ACCOUNT}: /etc/shadow").strip().split(":")
    today = int(machine.run("date +%s")) // 86400
    assert password == "*" and int(expires) - today in (89, 90)
    assert machine.run("stat -c '%a %U' /etc/sudoers.d/pepperbird") == "440 root\n"
    machine.run("visudo -c")


def again(machine: Machine, site: Path) -> None:
    """Run anew with other values it changes these and keeps the account; an end that is over locks the account out."""
    entry = machine.run(f"id {ACCOUNT}")
    script = pepperbird("access", "db-1", "--site", site, "--days", "10", "--from", "192.0.2.7")
    run_script(machine, script, "dash")
    assert machine.run(f"id {ACCOUNT}") == entry
    assert login(machine, site, machine.address, "true").returncode == 255
    peer = machine.address[:-1] + "1"
    run_script(machine, pepperbird("access", "db-1", "--site", site, "--from", peer), "bash --posix")
    assert login(machine, site, machine.address, "true").returncode == 0
    machine.run(f"usermod -e 2020-01-01 {ACCOUNT}")
    assert login(machine, site, machine.address, "true").returncode != 0
    run_script(machine, pepperbird("access", "db-1", "--site", site))
    assert login(machine, site, machine.address, "true").returncode == 0


def test_what_it_did_not_make_it_leaves_alone(tmp_path: Path) -> None:
    with closed_machine(tmp_path, "acx", 52) as (machine, site):
        machine.run(f"useradd --create-home --comment 'a person' {ACCOUNT}")
        before, rules = machine.run(TRACES), machine.run("ls -A /etc/sudoers.d")
        for script in (
            pepperbird("access", "db-1", "--site", site),
            pepperbird("access", "db-1", "--site", site, "--remove"),
        ):
            with pytest.raises(pytest.fail.Exception, match="did not make"):
                run_script(machine, script)
            assert machine.run(TRACES) == before
        machine.run(f"userdel --remove {ACCOUNT}")
        script = pepperbird("access", "db-1", "--site", site).replace("NOPASSWD:", "NOPASSWD NOPASSWD")
        with pytest.raises(pytest.fail.Exception, match="does not understand the rights"):
            run_script(machine, script)
        assert machine.run("ls -A /etc/sudoers.d") == rules
        run_script(machine, pepperbird("access", "db-1", "--site", site, "--remove"))
        assert ACCOUNT not in machine.run("cat /etc/passwd")


ADDUSER = """#!/bin/sh
# As documented for busybox: -S system, -D no password, -H no home, -h home, -s shell, -g remarks.
for name; do :; done
while getopts SDHh:s:g: option; do
  case $option in h) home=$OPTARG ;; s) shell=$OPTARG ;; g) remarks=$OPTARG ;; *) ;; esac
done
echo "$name:x:101:101:$remarks:$home:$shell" >> /etc/passwd
echo "$name:!:20000:0:99999:7:::" >> /etc/shadow
echo "$name:x:101:" >> /etc/group
"""
DELUSER = """#!/bin/sh
for file in passwd shadow group; do sed -i "/^$1:/d" "/etc/$file"; done
"""
CHPASSWD = """#!/bin/sh
[ "$1" = -e ] && IFS=: read -r name word && sed -i "s/^\\($name\\):[^:]*:/\\1:$word:/" /etc/shadow
"""


def test_on_a_busybox_system(tmp_path: Path) -> None:
    """busybox's own shell and tools; its adduser, deluser and chpasswd as documented, as Debian builds none."""
    root = tmp_path / "root"
    for folder in ("bin", "etc", "root", "var/lib", "tmp", "dev", "usr/sbin"):
        (root / folder).mkdir(parents=True)
    busybox = shutil.which("busybox")
    assert busybox is not None
    shutil.copy(busybox, root / "bin")
    for word in subprocess.run(["ldd", busybox], capture_output=True, text=True, check=True).stdout.split():
        if word.startswith("/"):
            (root / word[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(word, root / word[1:])
    subprocess.run(["chroot", root, "/bin/busybox", "--install", "-s", "/bin"], check=True)
    (root / "dev" / "null").touch()
    for name, text in (("adduser", ADDUSER), ("deluser", DELUSER), ("chpasswd", CHPASSWD)):
        (root / "usr/sbin" / name).write_text(text)
        (root / "usr/sbin" / name).chmod(0o755)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/shadow").write_text("root:*:20000:0:99999:7:::\n")
    (root / "etc/shadow").chmod(0o640)
    (root / "etc/group").write_text("root:x:0:\n")
    before = [(root / "etc" / name).read_text() for name in ("passwd", "shadow", "group")]
    site = tmp_path / "site"
    (site / "agencies").mkdir(parents=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", site / "key"], check=True)
    (site / "site.yaml").write_text("name: Test\ndefaults: {identity: key}\n")
    (site / "agencies" / "moh.yaml").write_text(
        "id: moh\nname: M\ntier: standard\nassets:\n"
        "  - {id: nas, kind: linux-server, access: [{via: ssh, at: nas, as: scan-1}]}\n"
    )

    def run(*arguments: str) -> str:
        script = pepperbird("access", "nas", "--site", site, *arguments)
        (root / "tmp/script").write_text(script)
        done = subprocess.run(
            ["chroot", root, "/bin/sh", "/tmp/script"], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stderr

    for days in ("30", "60"):
        assert "no sudo here" in run("--days", days)
        entry = (root / "etc/shadow").read_text().splitlines()[1].split(":")
        assert entry[:2] == ["scan-1", "*"] and int(entry[7]) > 20000 + int(days)
        assert (root / "etc/shadow").stat().st_mode & 0o777 == 0o640
    keys = root / "var/lib/pepperbird-access/scan-1/.ssh/authorized_keys"
    assert (site / "key.pub").read_text().split()[1] in keys.read_text()
    run("--remove")
    assert [(root / "etc" / name).read_text() for name in ("passwd", "shadow", "group")] == before
    assert not keys.parents[2].exists()
