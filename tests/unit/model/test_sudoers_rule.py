"""Rules of sudoers: text that means exactly one command, whatever its arguments look like."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pepperbird.model.sudoers import command_words, meant, quoted, rule
from tests.support.require import PATH, require

HOSTILE = (
    "^", "^.*$", "a^", "a,b", "a:b", "user=unknown", "'a b'", r"'a\b'", r"'\'", "'*'", "'?'", "'[ab]'", "'!x'", "'#x'",
    "'a#b'", "\"'q'\"", "'\"dq\"'", "'$HOME'", "'~'", "%x", "'{a,b}'", "'a;b'", "'&'", "'|'", "'(x)'", "é", "--x=1,2",
)  # fmt: skip


def test_it_names_account_path_and_arguments() -> None:
    line = rule("pepperbird", "/usr/sbin/sshd -T -C user=a", "/sbin/lvs", "/bin/grep -r ^ /etc")
    assert line == (
        r'pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T -C user\=a, /sbin/lvs "", /bin/grep -r ^ /etc'
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/bin/x ^", r"/bin/x \^"), ("/bin/x -r ^", "/bin/x -r ^"), (r"/bin/x 'a\b'", "/bin/x a" + "\\" * 4 + "b"),
        ("/bin/x 'a b'", r"/bin/x a\ b"), ("/bin/x '*'", r"/bin/x \*"), ("/bin/x", '/bin/x ""'),
    ],
)  # fmt: skip
def test_what_sudoers_would_read_otherwise_is_escaped(command: str, expected: str) -> None:
    assert quoted(command) == expected


@pytest.mark.parametrize("argument", HOSTILE)
def test_visudo_takes_every_one(argument: str, tmp_path: Path) -> None:
    require("visudo")
    for command in (f"/bin/echo {argument}", f"/bin/echo -r {argument} more"):
        assert len(command_words(command)) in (2, 4)
        (tmp_path / "rights").write_text(rule("pepperbird", command) + "\n")
        done = subprocess.run(
            ["visudo", "-cf", tmp_path / "rights"], capture_output=True, text=True, check=False, env={"PATH": PATH}
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command", ["", "lvs", "./lvs", "/sbin/l*s", "/bin/a\n/bin/b", "/bin/x ''", "/bin/x 'open", "/bin/x\u202e y"]
)
def test_a_command_that_no_rule_can_hold_is_refused(command: str) -> None:
    with pytest.raises(ValueError, match=r"sudo|quotation"):
        rule("pepperbird", command)


@pytest.mark.parametrize(
    "account", ["", "ALL", "%wheel", "#0", "a b", "a,b", "a\nb", "-x", "User_Alias x", "a=b", "!a"]
)
def test_an_account_that_is_no_plain_name_is_refused(account: str) -> None:
    with pytest.raises(ValueError, match="choose a plain one"):
        rule(account, "/sbin/lvs")


def test_a_command_that_ran_is_known_again_with_its_disk() -> None:
    declared = ("/usr/sbin/smartctl -H -A /dev/DEVICE", "/bin/grep -r ^ /etc", "/bin/x 'a b'")
    assert meant(declared, "/usr/sbin/smartctl -H -A /dev/sda1") == "/usr/sbin/smartctl -H -A /dev/sda1"
    assert meant(declared, "/bin/grep -r ^ /etc") == "/bin/grep -r ^ /etc"
    assert meant(declared, "/bin/x a b") == "/bin/x 'a b'"
    for other in ("/usr/sbin/smartctl -H -A /dev/sda, ALL", "/usr/sbin/smartctl -H -A /dev/../x", "/bin/grep", ""):
        assert meant(declared, other) is None
