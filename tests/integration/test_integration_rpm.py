"""Patching, signatures and support where packages are rpm's: real rpm, createrepo and dnf, packages built here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from tests.support.machines import Machine, missing
from tests.support.probed import collected, run_probe
from tests.support.require import lacking, require

pytestmark = [pytest.mark.slow, pytest.mark.machine]
ERRATA = (
    "rm -rf /srv/repo/repodata; createrepo_c -q /srv/repo; cp /srv/errata/{}.xml /tmp/updateinfo.xml; "
    "modifyrepo_c /tmp/updateinfo.xml /srv/repo/repodata >/dev/null; dnf -q clean all; dnf -q makecache"
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if missing():
        lacking(", ".join(missing()))
    require("rpmbuild", "dnf", "createrepo_c")
    with Machine("rpm44", 44, "rpm-system.sh", tmp_path_factory.mktemp("rpm"), "ssh-ed25519 AAAA nobody") as one:
        yield one


def seen(machine: Machine, user: str = "root") -> Any:
    return collected(machine.run, "packages", user=user)


def age(machine: Machine, facts: Any) -> int:
    """Of the index, in seconds by the machine's own clock."""
    return int(machine.run(f"echo $(( $(date +%s) - $(date -d {facts['index_time']} +%s) ))"))


def test_a_waiting_security_update_is_seen(machine: Machine) -> None:
    facts = seen(machine)
    assert facts["manager"] == "dnf"
    assert facts["release"] == "rocky 9"
    assert [row["name"] for row in facts["rpm_security_updates"]] == ["openssl-libs-3.0.2-1.el9.noarch"]
    assert facts["rpm_security_updates"][0]["severity"] == "Important"
    assert (facts["security_indexes"], facts["errata_missing"]) == (1, [])
    assert 0 <= age(machine, facts) < 120
    assert facts["rpm_unsigned_repos"] == []
    assert facts["security_updates"].reason is GapReason.UNSUPPORTED


def test_without_rights_the_updates_are_unknown_and_the_rest_is_seen(machine: Machine) -> None:
    facts = seen(machine, "pepperbird")
    assert facts["rpm_security_updates"].reason is GapReason.DENIED
    assert "/usr/bin/dnf -q -C updateinfo list --security" in facts["rpm_security_updates"].remedy
    assert facts["security_indexes"] == 1


def test_an_unchanged_repository_that_was_asked_again_is_no_stale_one(machine: Machine) -> None:
    machine.run("sleep 1.2; find /var/cache/dnf -name repomd.xml -exec stat -c %Z {} + > /tmp/before")
    machine.run("sleep 10; dnf -q clean expire-cache; dnf -q makecache")
    assert machine.run("find /var/cache/dnf -name repomd.xml -exec stat -c %Z {} +") == machine.run("cat /tmp/before")
    assert age(machine, seen(machine)) < 10


def test_a_mirror_that_stands_still_is_no_fresh_index(machine: Machine) -> None:
    machine.run(
        "sed -i 's/<revision>[0-9]*/<revision>1700000000/' /srv/repo/repodata/repomd.xml; "
        "dnf -q clean all; dnf -q makecache"
    )
    assert seen(machine)["index_time"] == "2023-12-14T22:13:20Z"
    machine.run(ERRATA.format("os"))


def test_errata_of_other_software_say_nothing_of_the_system(machine: Machine) -> None:
    machine.run(ERRATA.format("extra"))
    facts = seen(machine)
    assert facts["security_indexes"] == 0
    machine.run(ERRATA.format("os"))


def test_a_repository_without_errata_is_not_one_where_nothing_waits(machine: Machine) -> None:
    machine.run("rm -rf /srv/repo/repodata; createrepo_c -q /srv/repo; dnf -q clean all; dnf -q makecache")
    facts = seen(machine)
    assert facts["rpm_security_updates"] == []
    assert (facts["security_indexes"], facts["errata_missing"]) == (0, ["baseos"])
    machine.run(ERRATA.format("os"))


def test_without_a_cache_nothing_is_known(machine: Machine) -> None:
    machine.run("dnf -q clean all")
    facts = seen(machine)
    assert isinstance(facts["index_time"], Gap)
    assert isinstance(facts["rpm_security_updates"], Gap)
    machine.run("dnf -q makecache")


@pytest.mark.parametrize(
    ("repository", "main", "unsigned"),
    [
        ("gpgcheck=1", "gpgcheck=1", []),
        ("gpgcheck=0", "gpgcheck=1", ["baseos"]),
        ("", "gpgcheck=1", []),
        ("", "", ["baseos"]),
        ("", "gpgcheck = False", ["baseos"]),
        ("gpgcheck=yes", "", []),
        ("enabled=0", "", []),
    ],
)
def test_signatures_are_judged_as_dnf_itself_does(
    machine: Machine, repository: str, main: str, unsigned: list[str]
) -> None:
    machine.run(
        "cp /etc/dnf/dnf.conf /tmp/dnf.conf; cp /etc/yum.repos.d/base.repo /tmp/base.repo\n"
        f"printf '[main]\\nplugins=0\\n{main}\\n' > /etc/dnf/dnf.conf\n"
        f"printf '[baseos]\\nname=x\\nbaseurl=file:///srv/repo\\n{repository}\\n' > /etc/yum.repos.d/base.repo"
    )
    python = "; ".join(
        [
            "import dnf",
            "b = dnf.Base()",
            "b.conf.read()",
            "b.conf.substitutions.update_from_etc('/')",
            "b.read_all_repos()",
            "print([r.id for r in b.repos.iter_enabled() if not r.gpgcheck])",
        ]
    )
    assert machine.run(f'/usr/bin/python3 -c "{python}"').strip() == str(unsigned)
    assert [row["id"] for row in seen(machine)["rpm_unsigned_repos"]] == unsigned
    machine.run("cp /tmp/dnf.conf /etc/dnf/dnf.conf; cp /tmp/base.repo /etc/yum.repos.d/base.repo")


def test_repositories_in_another_folder_are_not_overlooked(machine: Machine) -> None:
    machine.run("cp /etc/dnf/dnf.conf /tmp/dnf.conf; echo 'reposdir=/opt/repos' >> /etc/dnf/dnf.conf")
    assert seen(machine)["rpm_unsigned_repos"].reason is GapReason.UNSUPPORTED
    machine.run("cp /tmp/dnf.conf /etc/dnf/dnf.conf")


def test_the_update_makes_it_pass(machine: Machine) -> None:
    machine.run("rpm -U /srv/repo/openssl-libs-3.0.2-1.el9.noarch.rpm")
    facts = seen(machine)
    assert facts["rpm_security_updates"] == []
    assert facts["security_indexes"] == 1
    assert b"tree-1.1" not in run_probe(machine.run, "packages", "rpm_updates").stdout
