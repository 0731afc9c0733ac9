"""Which declared values travel to a probe, and that none of them can mean anything else there."""

from __future__ import annotations

import pytest

from pepperbird.model.collector import Probe
from pepperbird.model.site import Agency
from pepperbird.plan.arguments import arguments_of, commands_of, is_plain, store_paths

PROBE = Probe(
    doc="x", parser="x", privilege="sudo", args=("asset.path", "register.store_paths", "asset.public"),
    commands=("/usr/bin/find {register.store_paths}/. -xdev", "/bin/true all"),
)  # fmt: skip
AGENCY = Agency.model_validate(
    {
        "id": "moj",
        "name": "Justice",
        "tier": "standard",
        "assets": [
            {"id": "srv", "kind": "linux-server", "path": "/x", "public": ["192.0.2.1", "192.0.2.2"]},
            {"id": "other", "kind": "linux-server"},
            {"id": "db", "kind": "postgresql", "on": "srv", "path": "/srv/db/"},
            {"id": "web", "kind": "web-endpoint", "on": "srv", "path": "/srv/web"},
        ],
        "stores": [
            {"id": "deeds", "asset": "srv", "path": "/srv/deeds/"},
            {"id": "same", "asset": "srv", "path": "/srv/deeds"},
            {"id": "tables", "asset": "db"},
            {"id": "elsewhere", "asset": "other", "path": "/srv/elsewhere"},
            {"id": "odd", "asset": "srv", "path": "/srv/a b"},
        ],
    }
)
SERVER = AGENCY.assets[0]


def test_the_directories_of_this_machine_travel_each_once() -> None:
    assert store_paths(AGENCY, "srv") == ["/srv/db", "/srv/deeds"]
    assert arguments_of(PROBE, SERVER, AGENCY) == ("/x", "/srv/db", "/srv/deeds", "192.0.2.1 192.0.2.2")


def test_sudo_is_asked_for_exactly_these() -> None:
    assert commands_of(PROBE, SERVER, AGENCY) == (
        "/usr/bin/find /srv/db/. -xdev",
        "/usr/bin/find /srv/deeds/. -xdev",
        "/bin/true all",
    )


def test_without_a_register_there_are_none() -> None:
    assert arguments_of(PROBE, SERVER, None) == ("/x", "192.0.2.1 192.0.2.2")
    assert commands_of(PROBE, SERVER, None) == ("/bin/true all",)


@pytest.mark.parametrize(
    "path",
    ["", "/", "srv", "-x", "/srv/../etc", "/srv/.", "/srv//x", "/srv/a b", "/srv/*", "/srv/a,b", "/srv/$(id)",
     "/srv/a\nb", "/srv/a\0b",
     "/srv/é", "/srv/a:b", "/srv/a=b", "/srv/[a]", "/srv/'", '/srv/"', "/srv/a\\b", "/srv/!a", "/srv/#a",
     "/" + "a" * 255],
)  # fmt: skip
def test_what_could_mean_something_else_stays_here(path: str) -> None:
    assert not is_plain(path)


@pytest.mark.parametrize("path", ["/srv", "/srv/data-1", "/var/lib/postgresql/15/main", "/srv/x_y.z+1@home", "/srv/-x"])
def test_plain_paths(path: str) -> None:
    assert is_plain(path)


def test_there_is_an_end_to_them() -> None:
    stores = tuple({"id": f"s{n}", "asset": "srv", "path": f"/srv/{n:03}"} for n in range(99))
    many = Agency.model_validate(
        {**AGENCY.model_dump(by_alias=True), "stores": stores, "assets": [SERVER.model_dump(by_alias=True)]}
    )
    assert len(store_paths(many, "srv")) == 32


VAULTS = Agency.model_validate(
    {
        **AGENCY.model_dump(by_alias=True),
        "repositories": [
            {"id": "vault", "tool": "restic", "on": "srv", "path": "/b/r/", "password_file": "/etc/r.pass"},
            {"id": "hidden", "tool": "restic", "on": "srv", "path": "/b/h"},
            {"id": "odd", "tool": "restic", "on": "srv", "path": "/b/o", "password_file": "/etc/a b"},
            {"id": "away", "tool": "restic", "on": "other", "path": "/b/a"},
            {"id": "remote", "tool": "restic", "on": "srv", "path": "sftp:u@h:/b"},
            {"id": "dumps", "tool": "files", "on": "srv", "path": "/b/d", "patterns": ["a-*.sql", "b?.gz"]},
        ],
    }
)


def test_the_repositories_of_a_tool_on_this_machine_travel_three_values_each() -> None:
    probe = Probe(doc="x", parser="x", args=("register.restic",))
    assert arguments_of(probe, SERVER, VAULTS) == ("hidden", "/b/h", "", "vault", "/b/r", "/etc/r.pass")
    files = Probe(doc="x", parser="x", args=("register.files",))
    assert arguments_of(files, SERVER, VAULTS) == ("dumps", "/b/d", "a-*.sql b?.gz")
    assert arguments_of(files, SERVER, None) == ()


def test_sudo_is_asked_for_each_repository_and_for_the_passphrase_only_where_there_is_one() -> None:
    probe = Probe(
        doc="x", parser="x", privilege="sudo", args=("register.restic",),
        commands=("/bin/ls {register.restic}", "/bin/r -r {register.restic} -p {register.restic.password_file}"),
    )  # fmt: skip
    assert commands_of(probe, SERVER, VAULTS) == ("/bin/ls /b/h", "/bin/ls /b/r", "/bin/r -r /b/r -p /etc/r.pass")
    assert commands_of(probe, SERVER, None) == ()
