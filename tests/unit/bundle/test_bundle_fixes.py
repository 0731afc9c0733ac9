"""What `content lint` asks of a fix: each rule is broken once, and told where and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.bundle.fixes import faults, fix_issues
from pepperbird.bundle.read import read_bundle
from pepperbird.model.check import Fix
from tests.support.content import TREE, write_content

GOOD = {
    "text": "Set the mode.", "warning": "The disk stops.", "shell": "sshd -t && systemctl reload ssh", "verify": "mode",
    "shows": "It prints `ok`.", "undo": "Set the old mode.", "undo_shell": "mode old", "effort": "minutes",
    "cost": "none", "owner": "admin", "risk": "reload",
}  # fmt: skip
BAD: dict[str, tuple[dict[str, object], str]] = {
    "no verify": ({"verify": None, "shows": None}, "add `verify`"),
    "no shows": ({"shows": None}, "what it prints"),
    "no undo": ({"undo": None, "undo_shell": None}, "add `undo`"),
    "a way back without words": ({"undo": None, "shell": None}, "what it takes back"),
    "a risk without a warning": ({"warning": None}, "risk reload"),
    "a command as prose": ({"undo": "rm /etc/file."}, "capital letter"),
    "no full stop": ({"text": "Set the mode"}, "full stop"),
    "one backtick": ({"shows": "It prints `ok."}, "backtick"),
    "a name in angle brackets": ({"shell": "umount <mount point>"}, "<mount point> is to be filled in"),
    "a name in capitals": ({"verify": "gzip -t FILE"}, "FILE is to be filled in"),
    "a name in the way back": ({"undo_shell": "chown ACCOUNT /srv"}, "ACCOUNT is to be filled in"),
    "a quote of a book": ({"shell": "echo “ok”"}, "ASCII"),
    "the end of the session": ({"shell": "mode ok || echo no\nexit 1"}, "session"),
    "a variable that must be set": ({"shell": ': "${store:?}"'}, "session"),
    "an untried sshd": ({"shell": "systemctl reload sshd"}, "sshd -t &&"),
}
FINE = {
    "a comment may name what to fill in": {"shell": "zpool status\n# Then: zpool replace tank OLD NEW"},
    "a variable": {"shell": "NAME=tank; zpool status \"$NAME\""},
    "columns": {"verify": "lsblk -o NAME,TYPE,MOUNTPOINT"},
    "a subshell": {"shell": "(cd / && umask 077 && mode)"},
    "redirections": {"shell": "sort < /etc/passwd > /tmp/x"},
}  # fmt: skip


def told(fix: dict[str, object]) -> list[str]:
    given = {key: value for key, value in fix.items() if value is not None}
    return [f"{'.'.join(map(str, path))}: {fault}" for path, fault in faults(Fix.model_validate(given))]


def test_a_good_fix_has_no_fault() -> None:
    assert told(dict(GOOD)) == []


@pytest.mark.parametrize("kind", BAD)
def test_each_fault_is_told(kind: str) -> None:
    changes, words = BAD[kind]
    found = told(GOOD | changes)
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize("kind", FINE)
def test_what_only_looks_like_a_fault_is_none(kind: str) -> None:
    assert told(GOOD | FINE[kind]) == []


def test_a_variant_takes_from_the_fix_what_it_leaves_out() -> None:
    assert told(GOOD | {"variants": {"el7": {"shell": "mode ok"}}}) == []
    alone = {"text": "Set it.", "effort": "minutes", "cost": "none", "owner": "admin", "risk": "none"}
    found = told(alone | {"variants": {"el7": {"shell": "mode ok"}}})
    assert len(found) == 2 and all(one.startswith("variants.el7.shell: ") for one in found)


def test_a_fault_is_told_at_its_line_and_keeps_nobody_from_judging(tmp_path: Path) -> None:
    text = TREE["checks/disk/mode.yaml"].replace("  verify: setmode\n  shows: It prints `ok`.\n", "")
    write_content(tmp_path, TREE | {"checks/disk/mode.yaml": text})
    issues = fix_issues(tmp_path)
    assert [issue.file for issue in issues] == ["checks/disk/mode.yaml"]
    assert text.splitlines()[issues[0].line - 1].strip() == "shell: setmode ok"
    assert "disk.mode" in read_bundle(tmp_path).checks


def test_a_list_that_may_not_be_empty_says_what_is_missing(tmp_path: Path) -> None:
    path = "checks/disk/room.yaml"
    for on_empty, number in (("error", 0), ("fail", 1)):
        text = TREE[path].replace("on_empty: fail, empty: no disk", f"on_empty: {on_empty}")
        write_content(tmp_path, TREE | {path: text})
        assert len([issue for issue in fix_issues(tmp_path) if "empty" in issue.message]) == number
