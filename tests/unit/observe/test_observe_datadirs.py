"""Data directories: what is hidden, absent or under an access list is a Gap of its own row, and never closed."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.datadirs import datadirs, modes, opened

GOOD = """\
path /srv/d
real /mnt/d
kind directory
mode 750
owner 998 registry
group registry
shell /bin/sh
acl no
end
"""
BELOW = "path /srv/d\nwhole\nend\n"


def row(told: str = GOOD, below: str = BELOW) -> dict[str, Any]:
    [found] = datadirs({"modes": modes(told.encode()), "open": opened(below.encode())})["rows"]
    return found  # type: ignore[no-any-return]


def test_a_closed_directory() -> None:
    assert row() == {
        "path": "/srv/d", "real": "/mnt/d", "kind": "directory", "mode": "0750", "owner": "registry",
        "owner_kind": "service", "group": "registry", "open_below": [], "not_entered": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("owner", "shell", "kind"),
    [
        ("0 root", "shell /bin/bash\n", "root"),
        ("26 postgres", "shell /bin/bash\n", "service"),
        ("1001 app", "shell /usr/sbin/nologin\n", "service"),
        ("1000 jdoe", "shell /bin/bash\n", "person"),
        ("1000 jdoe", "shell \n", "person"),
        ("1234 UNKNOWN", "", "none"),
    ],
)
def test_whose_it_is(owner: str, shell: str, kind: str) -> None:
    assert row(GOOD.replace("998 registry", owner).replace("shell /bin/sh\n", shell))["owner_kind"] == kind


@pytest.mark.parametrize(("acl", "word"), [("yes", "has"), ("unknown", "may have")])
def test_a_mode_under_an_access_list_is_not_the_whole_truth(acl: str, word: str) -> None:
    mode = row(GOOD.replace("acl no", f"acl {acl}"))["mode"]
    assert isinstance(mode, Gap)
    assert f" {word} an access list" in mode.detail


def test_absent_and_hidden_are_not_closed() -> None:
    absent = row("path /srv/d\nabsent\nend\n", "path /srv/d\nabsent\nend\n")
    hidden = row("path /srv/d\ndenied /srv\nend\n", "path /srv/d\nfailed 1\nend\n")
    assert {absent[name].reason for name in absent if name != "path"} == {GapReason.NOT_FOUND}
    assert {hidden[name].reason for name in hidden if name != "path"} == {GapReason.DENIED}


def test_what_is_open_below() -> None:
    assert row(below="path /srv/d\nopen /srv/d/./in\nopen /srv/d/.\nwhole\nend\n")["open_below"] == [
        "/srv/d/in",
        "/srv/d",
    ]
    assert row(below="path /srv/d\nfile\nend\n")["open_below"] == []
    assert row(below="path /srv/d\nmount /mnt/d/x\nwhole\nend\n")["not_entered"] == ["/mnt/d/x"]


def test_what_is_open_stands_though_the_rest_could_not_be_read() -> None:
    seen = row(below="path /srv/d\nmount /mnt/d/x\nopen /srv/d/./in\nfailed 1\nend\n")
    assert (seen["open_below"], seen["not_entered"]) == (["/srv/d/in"], ["/srv/d", "/mnt/d/x"])
    for ended, said in (("failed 1", "Not everything below"), ("refused", "Sudo does not let")):
        gap = row(below=f"path /srv/d\n{ended}\nend\n")["open_below"]
        assert gap.reason is GapReason.DENIED and gap.detail.startswith(said)


def test_a_mount_below_that_hangs_is_named() -> None:
    gap = row(below="path /srv/d\nsilent /mnt/d/nas nfs4\nend\n")["open_below"]
    assert gap.reason is GapReason.PROBE_TIMEOUT
    assert gap.detail == (
        "A search below /srv/d would wait for /mnt/d/nas (nfs4), which hangs: it did not answer within 5 seconds."
    )


TWO = GOOD.removesuffix("end\n") + GOOD.replace("/srv/d", "/srv/e").replace("/mnt/d", "/mnt/d/x")
BOTH = "path /srv/d\nmount /mnt/d/x\nmount /mnt/d/y\nwhole\npath /srv/e\n"


def rows(told: str, below: str) -> dict[str, Any]:
    found = datadirs({"modes": modes(told.encode()), "open": opened(below.encode())})["rows"]
    return {one["path"]: one for one in found}


def test_a_mount_that_is_a_declared_place_itself_is_left_to_its_own_row() -> None:
    found = rows(TWO, BOTH + "whole\nend\n")
    assert (found["/srv/d"]["not_entered"], found["/srv/e"]["not_entered"]) == (["/mnt/d/y"], [])


def test_one_that_is_wrong_takes_nothing_from_the_others() -> None:
    gone = GOOD.removesuffix("end\n") + "path /srv/e\nabsent\nend\n"
    found = rows(gone, BOTH + "absent\nend\n")
    assert found["/srv/d"]["open_below"] == []
    assert found["/srv/d"]["not_entered"] == ["/mnt/d/x", "/mnt/d/y"]
    assert found["/srv/e"]["open_below"].reason is GapReason.NOT_FOUND
    denied = Gap(GapReason.DENIED, "sudo is missing")
    both = datadirs({"modes": modes(gone.encode()), "open": denied})["rows"]
    assert [one["open_below"].reason for one in both] == [GapReason.DENIED, GapReason.NOT_FOUND]


@pytest.mark.parametrize(
    ("told", "below"),
    [
        (GOOD.replace("mode 750\n", ""), BELOW),
        (GOOD.replace("acl no\n", ""), BELOW),
        (GOOD.replace("mode 750", "mode 99"), BELOW),
        (GOOD.replace("end\n", "mode 700\nend\n"), BELOW),
        (GOOD, "path /srv/d\nend\n"),
        (GOOD, "path /srv/d\nopen /srv/d/./x\nend\n"),
        (GOOD, "path /srv/d\nopen /srv/d/./x\nodd\nend\n"),
        (GOOD, "path /srv/e\nwhole\nend\n"),
        (GOOD, "end\n"),
        (GOOD, "whole\nend\n"),
        (GOOD + GOOD, BELOW),
    ],
)
def test_what_is_odd_is_refused(told: str, below: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        row(told, below)
