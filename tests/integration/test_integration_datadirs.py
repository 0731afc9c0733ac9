"""Data directories on a real machine: modes, owners, access lists, links, and what everyone may write to below."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.plan.arguments import commands_of
from tests.support.machines import Machine, missing
from tests.support.probed import collected, shipped
from tests.support.require import lacking

pytestmark = [pytest.mark.slow, pytest.mark.machine]
PATHS = (
    "/srv/closed",
    "/srv/wide",
    "/srv/link",
    "/srv/listed",
    "/srv/gone",
    "/srv/hidden/below",
    "/srv/file.db",
    "/srv/home",
)
STATES = """
useradd --system registry 2>/dev/null || true; useradd -M jdoe 2>/dev/null || true
mkdir -p /srv/closed/a/b/c/d/e/f /srv/wide /srv/real /srv/listed /srv/hidden/below /srv/home
chown registry:registry /srv/closed /srv/real /srv/listed; chown jdoe /srv/home
chmod 2750 /srv/closed; chmod 755 /srv/wide; chmod 750 /srv/real /srv/listed /srv/home; chmod 700 /srv/hidden
mkdir -p /srv/real/deep/er/and/deep/er; chmod 777 /srv/real/deep/er/and/deep/er
mkdir -p /srv/closed/tmp; chmod 1777 /srv/closed/tmp
ln -sfn /srv/real /srv/link; touch /srv/file.db; chmod 640 /srv/file.db
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if missing():
        lacking(", ".join(missing()))
    with Machine("dirs41", 41, "well-kept.sh", tmp_path_factory.mktemp("dirs"), "ssh-ed25519 AAAA nobody") as one:
        one.run(STATES)
        yield one


def seen(machine: Machine, user: str = "root", paths: tuple[str, ...] = PATHS) -> dict[str, Any]:
    return {row["path"]: row for row in collected(machine.run, "datadirs", paths, user)["directories"]}


def test_modes_and_owners_are_seen_as_they_are(machine: Machine) -> None:
    rows = seen(machine)
    assert tuple(rows) == tuple(sorted(PATHS))
    told = {path: (row["mode"], row["owner_kind"], row["kind"]) for path, row in rows.items() if path != "/srv/gone"}
    assert told == {
        "/srv/closed": ("2750", "service", "directory"),
        "/srv/wide": ("0755", "root", "directory"),
        "/srv/link": ("0750", "service", "directory"),
        "/srv/listed": ("0750", "service", "directory"),
        "/srv/hidden/below": ("0755", "root", "directory"),
        "/srv/file.db": ("0640", "root", "file"),
        "/srv/home": ("0750", "person", "directory"),
    }
    assert rows["/srv/gone"]["mode"].reason is GapReason.NOT_FOUND
    assert rows["/srv/link"]["real"] == "/srv/real"


def test_what_is_open_is_found_however_deep_and_behind_a_link(machine: Machine) -> None:
    rows = seen(machine)
    assert rows["/srv/link"]["open_below"] == ["/srv/link/deep/er/and/deep/er"]
    assert rows["/srv/closed"]["open_below"] == []


def test_what_is_not_entered_is_told(machine: Machine) -> None:
    machine.run("mkdir -p /srv/real/more; mount -t tmpfs more /srv/real/more")
    rows = seen(machine)
    assert rows["/srv/link"]["not_entered"] == ["/srv/real/more"]
    assert rows["/srv/closed"]["not_entered"] == []
    machine.run("umount /srv/real/more")


def test_an_access_list_makes_the_mode_unknown(machine: Machine) -> None:
    # A named entry (account 65534 may read), as setfacl writes it: this machine need not have the program.
    entries = (
        "02000000"
        + "01000700ffffffff"
        + "02000500feff0000"
        + "04000500ffffffff"
        + "10000500ffffffff"
        + "20000000ffffffff"
    )
    machine.run(
        f"python3 -c \"import os; os.setxattr('/srv/listed', 'system.posix_acl_access', bytes.fromhex('{entries}'))\""
    )
    mode = seen(machine)["/srv/listed"]["mode"]
    assert isinstance(mode, Gap)
    assert mode.reason is GapReason.UNSUPPORTED


def test_without_rights_it_is_told_what_is_hidden(machine: Machine) -> None:
    rows = seen(machine, "pepperbird")
    assert rows["/srv/wide"]["mode"] == "0755"
    assert rows["/srv/hidden/below"]["mode"].reason is GapReason.DENIED
    assert rows["/srv/gone"]["mode"].reason is GapReason.NOT_FOUND
    assert all(isinstance(row["open_below"], Gap) for row in rows.values())


def test_the_sudoers_line_of_the_plan_is_enough_and_no_more(machine: Machine) -> None:
    template = shipped().collectors["datadirs"].value.probes["open"].commands[0]
    lines = [template.replace("{register.store_paths}", path) for path in ("/srv/link", "/srv/closed")]
    line = f"pepperbird ALL=(root) NOPASSWD: {', '.join(lines)}"
    machine.run(f"echo '{line}' > /etc/sudoers.d/dirs; visudo -cf /etc/sudoers.d/dirs")
    rows = seen(machine, "pepperbird", ("/srv/link", "/srv/closed"))
    assert rows["/srv/link"]["open_below"] == ["/srv/link/deep/er/and/deep/er"]
    assert rows["/srv/closed"]["open_below"] == []
    rows = seen(machine, "pepperbird", ("/srv/closed", "/srv/wide"))
    assert rows["/srv/closed"]["open_below"] == []
    refused = rows["/srv/wide"]["open_below"]
    assert isinstance(refused, Gap) and refused.reason is GapReason.DENIED
    assert refused.detail == "Sudo does not let the scanning account look below /srv/wide."
    other = seen(machine, "pepperbird", ("/srv/wide", "/srv/gone"))
    assert "sudo" in other["/srv/wide"]["open_below"].remedy or "NOPASSWD" in other["/srv/wide"]["open_below"].remedy
    assert other["/srv/gone"]["open_below"].reason is GapReason.NOT_FOUND
    with pytest.raises(subprocess.CalledProcessError):
        machine.run(
            "su pepperbird -c 'sudo -n /usr/bin/find /srv/closed/../wide/. -xdev -type d -perm -0002 ! -perm -1000'"
        )


def test_the_plan_writes_the_commands_out() -> None:
    probe = shipped().collectors["datadirs"].value.probes["open"]
    assert probe.args == ("register.store_paths",)
    assert commands_of(probe, None, None) == ()  # type: ignore[arg-type]
