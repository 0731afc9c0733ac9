"""What a server keeps on another one is known only where the register says where, and that server was asked."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.evaluate.kept import kept_of
from pepperbird.model.evidence import AssetEvidence, Evidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.site import Agency
from pepperbird.model.state import Assurance
from pepperbird.plan.arguments import arguments_of, commands_of
from pepperbird.plan.register import declared_assets
from tests.support.samples import collectors

PLACES = {
    "logs_to": {"on": "store", "path": "/var/log/remote/web/"},
    "packages_to": {"on": "store", "path": "/srv/web.txt"},
}
DENIED = Gap(GapReason.DENIED, "d")


def agency(**places: Any) -> Agency:
    assets = [{"id": "web", "kind": "linux-server", **places}, {"id": "store", "kind": "linux-server"}]
    return Agency.model_validate({"id": "moh", "name": "Health", "tier": "standard", "assets": assets})


def seen(
    register: Agency, own: Any = ("bash", "libc6:amd64"), logs: Any = (), packages: Any = (), *, asked: bool = True
) -> dict[str, Any]:
    def listed(value: Any) -> Any:
        return list(value) if isinstance(value, tuple) else value

    facts: dict[str, Any] = {"web": {"packages": {"names": listed(own)}}}
    if asked:
        facts["store"] = {"kept": {"logs": listed(logs), "packages": listed(packages)}}
    evidence = {
        f"moh/{name}": AssetEvidence(f"moh/{name}", one, "2026-11-24T00:00:00Z", Assurance.OBSERVED, "")
        for name, one in facts.items()
    }
    web = next(one for one in declared_assets(register, {}) if one.id == "web")
    return kept_of(Evidence(evidence), web)


def reasons(found: dict[str, Any]) -> set[Any]:
    return {one.reason if isinstance(one, Gap) else one for one in found.values()}


LOG = {"id": "web", "path": "/var/log/remote/web", "files": 2, "silent": 60}
LIST = {"id": "web", "path": "/srv/web.txt", "names": ["bash", "libc6"]}


def test_what_is_declared_and_asked_for_is_seen() -> None:
    found = seen(agency(**PLACES), logs=(LOG,), packages=(LIST,))
    assert found["kept_log"] == {"files": 2, "silent": 60}
    assert found["kept_packages"] == {"installed": 2, "listed": 2, "differing": 0}


def test_what_is_not_declared_is_no_answer() -> None:
    found = seen(agency(), logs=(LOG,), packages=(LIST,))
    assert reasons(found["kept_log"]) == reasons(found["kept_packages"]) == {GapReason.NO_COLLECTOR}
    assert "logs_to" in found["kept_log"]["files"].remedy


def test_a_keeper_that_was_not_asked_is_no_answer() -> None:
    found = seen(agency(**PLACES), asked=False)
    assert reasons(found["kept_log"]) == reasons(found["kept_packages"]) == {GapReason.NO_COLLECTOR}


def test_what_is_kept_of_another_machine_or_elsewhere_does_not_count() -> None:
    others = ({**LOG, "id": "db"}, {**LOG, "path": "/var/log"})
    assert reasons(seen(agency(**PLACES), logs=others)["kept_log"]) == {GapReason.NOT_FOUND}


@pytest.mark.parametrize(
    ("own", "packages"), [(DENIED, (LIST,)), (("bash",), DENIED), (("bash",), ({**LIST, "names": DENIED},))]
)
def test_neither_side_is_taken_for_empty(own: Any, packages: Any) -> None:
    assert reasons(seen(agency(**PLACES), own, packages=packages)["kept_packages"]) == {GapReason.DENIED}


def test_both_ways_of_differing_count_and_the_architecture_does_not() -> None:
    own = ("bash", "libc6:amd64", "gawk", "glibc.x86_64", "python3.11")
    names = ["bash", "libc6", "mawk", "glibc", "python3.11:amd64"]
    found = seen(agency(**PLACES), own, packages=({**LIST, "names": names},))["kept_packages"]
    assert found == {"installed": 5, "listed": 5, "differing": 2}


def test_the_keeper_is_asked_for_exactly_what_is_declared() -> None:
    register = agency(**PLACES)
    web, store = register.assets
    probes = collectors()["kept"].probes
    assert arguments_of(probes["logs"], store, register) == ("web", "/var/log/remote/web")
    assert arguments_of(probes["packages"], store, register) == ("web", "/srv/web.txt")
    assert arguments_of(probes["logs"], web, register) == ()
    (command,) = commands_of(probes["logs"], store, register)
    assert command.startswith("/usr/bin/find -H /var/log/remote/web -maxdepth 3 ")
    assert commands_of(probes["logs"], web, register) == ()
    names = collectors()["packages"].probes["names"]
    assert arguments_of(names, web, register) == ("store",)
    assert arguments_of(names, store, register) == ("",)
