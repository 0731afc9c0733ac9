"""What a keeper says is taken whole or not at all; nothing that was not told becomes a good answer."""

from __future__ import annotations

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.kept import kept_logs, kept_packages, package_names

HEAD = "of web /var/log/web\n"


def test_nothing_that_arrived_is_nothing() -> None:
    assert kept_logs(f"{HEAD}absent\nend\n".encode()) == {"rows": [{"id": "web", "path": "/var/log/web", "files": 0}]}
    only_old = kept_logs(f"{HEAD}files 0\naside 4\nend\n".encode())["rows"][0]
    assert only_old["files"] == 0 and "silent" not in only_old


@pytest.mark.parametrize(("age", "silent"), [("60", 60), ("0", 0), ("-20", 0)])
def test_the_clock_of_the_store_decides(age: str, silent: int) -> None:
    assert kept_logs(f"{HEAD}files 1\naside 0\nage {age}\nend\n".encode())["rows"][0]["silent"] == silent


def test_a_store_whose_clock_was_set_back_is_no_answer() -> None:
    found = kept_logs(f"{HEAD}files 1\naside 0\nage -4000\nend\n".encode())["rows"][0]["silent"]
    assert isinstance(found, Gap)


def test_half_a_look_is_no_answer() -> None:
    row = kept_logs(f"{HEAD}failed find: '/var/log/web/x': Input/output error\nend\n".encode())["rows"][0]
    assert isinstance(row["files"], Gap) and isinstance(row["silent"], Gap)


@pytest.mark.parametrize(
    "said",
    [
        "files 1\nend\n", f"{HEAD}end\n", f"{HEAD}files 1\naside 0\nend\n", f"{HEAD}files 0\naside 0\nage 4\nend\n",
        f"{HEAD}files 1\naside 0\nage x\nend\n", f"{HEAD}absent\n{HEAD}absent\nend\n", f"{HEAD}absent\n",
        f"{HEAD}files 1\nfiles 2\naside 0\nage 1\nend\n", "of web\nabsent\nend\n",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(said: str) -> None:
    with pytest.raises(ValueError):
        kept_logs(said.encode())


def test_names_of_packages() -> None:
    rows = kept_packages(b"of a /x\npackage bash\npackage libc6:amd64\nothers 3\nof b /y\nabsent\nend\n")["rows"]
    assert [row["names"] for row in rows] == [["bash", "libc6:amd64"], []]
    denied = kept_packages(b"of a /x\ndenied /srv\nend\n")["rows"][0]["names"]
    assert isinstance(denied, Gap) and denied.reason is GapReason.DENIED
    for bad in (b"of a /x\npackage bash\nend\n", b"of a /x\npackage $(id)\nothers 0\nend\n", b"of a /x\nend\n"):
        with pytest.raises(ValueError):
            kept_packages(bad)


@pytest.mark.parametrize(
    "said", [b"", b"end\n", b"- bash\nend\n", b"- bash\n- libc6\n", b"- bash\n- a b\nend\n", b"end\nend\nend\n"]
)
def test_no_list_of_what_is_installed_is_refused(said: bytes) -> None:
    with pytest.raises(ValueError):
        package_names(said)
