"""Keys that open a machine: what each may do, in the words of sshd's options; and servers of backups that only add."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.model.gap import Gap
from pepperbird.observe.parsers.ssh_keys import admitted, held, servers
from pepperbird.observe.text import Unseen

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBoP47oFSNpIWtXlg8tpl3NJ09m+V42tGjfNWN9AZkFK"
SSHD = (
    "sshd passwordauthentication no", "sshd kbdinteractiveauthentication no",
    "sshd authorizedkeysfile .ssh/authorized_keys",
)  # fmt: skip
ROOT = "account root:/root:/bin/bash"


def said(*lines: str) -> bytes:
    return "\n".join([*lines, "end", ""]).encode()


def one(options: str) -> Any:
    (row,) = admitted(said(ROOT, *SSHD, f"key /root/.ssh/authorized_keys {options} {KEY}".replace("  ", " ")))["keys"]
    return row["command"], row["restricted"], row["within"]


@pytest.mark.parametrize(
    ("options", "row"),
    [
        ("", ("any", False, [])),
        ("no-pty", ("any", False, [])),
        ('command="borg serve --append-only --restrict-to-repository=/b/v",restrict', ("append-only", True, ["/b/v"])),
        ('restrict,command="borg serve --restrict-to-path /b --restrict-to-path /c"', ("borg", True, ["/b", "/c"])),
        ('command="rclone serve restic --stdio --append-only /srv/restic",restrict', ("append-only", True, [])),
        ('command="rclone serve restic --stdio /srv/restic",restrict', ("other", True, [])),
        ('command="borg serve --append-only $SSH_ORIGINAL_COMMAND",restrict', ("other", True, [])),
        ('command="borg serve --append-only && sh",restrict', ("other", True, [])),
        ('command="sh -c \\"borg serve --append-only\\"",restrict', ("other", True, [])),
        ('command="echo borg serve --append-only",restrict', ("other", True, [])),
        (
            'no-pty,no-port-forwarding,no-X11-forwarding,no-agent-forwarding,command="borg serve --append-only"',
            ("append-only", True, []),
        ),
        ('no-pty,command="borg serve --append-only"', ("append-only", False, [])),
        ('restrict,pty,command="borg serve --append-only"', ("append-only", False, [])),
    ],
)  # fmt: skip
def test_what_a_key_may_do(options: str, row: tuple[str, bool, list[str]]) -> None:
    assert one(options) == row


@pytest.mark.parametrize(("protocol", "ways"), [("2", 0), ("2,1", 1), ("1", 1)])
def test_keys_of_ssh_1_are_not_read_so_they_are_a_way_in(protocol: str, ways: int) -> None:
    assert len(admitted(said(ROOT, *SSHD, f"sshd protocol {protocol}"))["other_ways"]) == ways


@pytest.mark.parametrize(
    ("account", "entered"),
    [
        ("a:/home/a:/bin/sh", True), ("a:/home/x/a:/bin/sh", True), ("a:/home/x/y/a:/bin/sh", False),
        ("a:/usr/a:/bin/sh", False), ("a:/usr/a:/usr/sbin/nologin", True), ("a:/mnt/homes/a:/bin/sh", False),
        ("a:/run/a:/bin/false", True), ("a:/tmp/a:", False),
    ],
)  # fmt: skip
def test_a_home_that_was_not_entered_is_a_way_in(account: str, entered: bool) -> None:
    lines = (ROOT, f"account {account}", "network /mnt/homes")
    assert (admitted(said(*lines, *SSHD))["other_ways"] == []) is entered
    assert isinstance(held(said(*lines))["keys"], Gap) is not entered


def test_a_mount_that_hangs_is_named_and_takes_no_key_away() -> None:
    hangs = ("hangs /mnt/nas nfs4", "hangs /run/user/7/gvfs fuse.gvfsd-fuse", "closed /srv/shut")
    lines = (ROOT, "account a:/mnt/nas/a:/bin/sh", "network /mnt/nas")
    told = admitted(said(*lines, *SSHD, *hangs, f"key /root/.ssh/authorized_keys {KEY}"))
    beside = ["/mnt/nas (nfs4), which hangs", "/srv/shut, which could not be listed"]
    assert [row["account"] for row in told["keys"]] == ["root"]
    assert (told["other_ways"], told["beside"]) == ([], beside)
    lies = held(said(*lines, *hangs, f"public /root/.ssh/id.pub {KEY.split()[1]}"))
    assert (len(lies["keys"]), lies["beside"]) == (1, beside)
    assert held(said(ROOT))["beside"] == admitted(said(ROOT, *SSHD))["beside"] == []
    with pytest.raises(ValueError, match="hangs"):
        held(said(ROOT, "hangs nonsense"))


def test_a_machine_that_tells_too_little_is_refused() -> None:
    for lines in ((ROOT,), SSHD, (ROOT, *SSHD, "key /root/.ssh/authorized_keys nonsense"), (ROOT, *SSHD[1:])):
        with pytest.raises(ValueError, match=r"\w"):
            admitted(said(*lines))
    with pytest.raises(Unseen):
        admitted(said(ROOT, *SSHD, "failed find /usr/bin/find: '/home': Input/output error"))
    with pytest.raises(Unseen):
        held(said(ROOT, "failed /usr/bin/find: '/home': Input/output error"))
    assert admitted(said(ROOT, *SSHD, "linked /home/a/.ssh"))["other_ways"] == ["keys that /home/a/.ssh leads to"]


def test_servers_that_only_add() -> None:
    rows = servers(
        said(
            "sees all", "server rest-server rest-server --path /srv/restic --append-only ",
            "server rest-server /usr/bin/rest-server --path=/b --private-repos ", "server rclone rclone mount x: /x ",
        )
    )["rows"]  # fmt: skip
    assert [(row["path"], row["append_only"]) for row in rows] == [("/srv/restic", True), ("/b", False)]
    with pytest.raises(Unseen):
        servers(said("sees own"))
