"""Lines of exports and of testparm that no captured server had: who is everybody, what is weakest, what is odd."""

from __future__ import annotations

import pytest

from pepperbird.model.gap import GapReason
from pepperbird.observe.parsers.exports import entries, everyone, row
from pepperbird.observe.parsers.nfs import server as nfs
from pepperbird.observe.parsers.samba import server as samba
from pepperbird.observe.text import Unseen

ALL = "threads 4\nsees all\ninstalled yes\n"


@pytest.mark.parametrize(
    "client",
    ["*", "*.*", "?*", "0.0.0.0/0", "0.0.0.0/0.0.0.0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3", "gss/krb5"],
)
def test_everybody_has_many_names(client: str) -> None:
    assert everyone(client)


@pytest.mark.parametrize(
    "client",
    ["10.0.0.0/8", "10.1.2.3", "files.moj.gov.lr", "*.moj.gov.lr", "@clients", "2001:db8::/32", "10.0.0.0/255.0.0.0"],
)
def test_named_clients_are_not_everybody(client: str) -> None:
    assert not everyone(client)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/srv/a", [("/srv/a", "*", [])]),
        ("/srv/a (rw)", [("/srv/a", "*", ["rw"])]),
        ("/srv/a h1 (rw)", [("/srv/a", "h1", []), ("/srv/a", "*", ["rw"])]),
        ("/srv/a -rw,async h1 h2(ro)", [("/srv/a", "h1", ["rw", "async"]), ("/srv/a", "h2", ["rw", "async", "ro"])]),
        ('"/srv/a b" h1(rw) # why', [("/srv/a b", "h1", ["rw"])]),
        ("/srv/a\\040b h1(rw)", [("/srv/a b", "h1", ["rw"])]),
        ("/srv/a h1(ro) \\\n  h2(rw)", [("/srv/a", "h1", ["ro"]), ("/srv/a", "h2", ["rw"])]),
        ("# closed \\\n/srv/a *(ro)", [("/srv/a", "*", ["ro"])]),
        ("/srv/a#b h1(ro)", [("/srv/a#b", "h1", ["ro"])]),
        ("\n  \n# nothing\n", []),
    ],
)
def test_lines_are_read_as_exportfs_reads_them(text: str, expected: list[tuple[str, str, list[str]]]) -> None:
    assert list(entries(text.split("\n"))) == expected


@pytest.mark.parametrize("text", ["srv h1(ro)", "/srv/a h1(ro", "/srv/a h1(ro)x"])
def test_what_is_no_export_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        list(entries([text]))


@pytest.mark.parametrize(
    ("options", "squashed"),
    [
        ("rw", True), ("no_root_squash", False), ("no_root_squash,all_squash", True), ("anonuid=0", False),
        ("all_squash,anonuid=00", False), ("anonuid=1000", True), ("root_squash,sec=krb5p,no_root_squash", False),
        ("sec=krb5p,no_root_squash,sec=sys,root_squash", False), ("no_root_squash,sec=krb5p,root_squash", True),
    ],
)  # fmt: skip
def test_root_is_squashed_by_the_weakest_flavour(options: str, squashed: bool) -> None:
    assert row("/srv/a", "h", options.split(","))["root_squashed"] is squashed


def test_two_exports_that_look_the_same_are_both_told() -> None:
    long = "/srv/" + "x" * 500
    table = f"table {long}a\th(ro,sec=sys)\ntable {long}b\th(rw,no_root_squash,sec=sys)\n"
    rows = nfs(f"{ALL}read /var/lib/nfs/etab\n{table}end\n".encode())["exports"]
    assert len({one["id"] for one in rows}) == 2
    assert [one["root_squashed"] for one in rows] == [True, False]


@pytest.mark.parametrize(
    "state", ["state /srv/nfs", "mountd /usr/sbin/rpc.mountd -s /srv/nfs", "mountd rpc.mountd -s/srv/nfs"]
)
def test_a_table_elsewhere_is_not_this_one(state: str) -> None:
    with pytest.raises(Unseen) as seen:
        nfs(f"{ALL}{state}\nread /var/lib/nfs/etab\nend\n".encode())
    assert seen.value.gap.reason is GapReason.UNSUPPORTED and "/srv/nfs" in seen.value.gap.detail


def test_a_server_without_a_table_is_no_server_without_exports() -> None:
    with pytest.raises(Unseen) as seen:
        nfs(f"{ALL}absent /var/lib/nfs/etab\nend\n".encode())
    assert seen.value.gap.remedy == "exportfs -ra"


@pytest.mark.parametrize(
    "line", ["process 5 1 100 /usr/sbin/smbd -D --configfile=relative.conf", "file 99999 /etc/other.conf"]
)
def test_a_file_that_cannot_be_told_of_is_a_gap(line: str) -> None:
    known = "" if line.startswith("process") else "process 5 1 100 /usr/sbin/smbd -D\n"
    with pytest.raises(Unseen):
        samba(f"sees all\nboot 1000\nport smb\n{known}{line}\ntestparm yes\nset [global]\nend\n".encode())
