"""NUT on a real machine: upsd, upsmon and the dummy driver, in the states that a UPS can be in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from tests.support.machines import Machine, missing
from tests.support.probed import collected, run_probe
from tests.support.require import lacking, require

pytestmark = [pytest.mark.slow, pytest.mark.machine]
SETUP = """
printf 'MODE=standalone\\n' > /etc/nut/nut.conf
printf 'maxretry = 1\\n[rack]\\ndriver = dummy-ups\\nport = rack.dev\\n' > /etc/nut/ups.conf
printf 'LISTEN 127.0.0.1 3493\\n' > /etc/nut/upsd.conf
printf '[watch]\\npassword = hunter2\\nupsmon primary\\n' > /etc/nut/upsd.users
printf 'MONITOR rack@localhost 1 watch hunter2 primary\\nMINSUPPLIES 1\\n' > /etc/nut/upsmon.conf
printf 'SHUTDOWNCMD /bin/true\\nPOLLFREQ 1\\n' >> /etc/nut/upsmon.conf
"""
WAIT = "for n in $(seq 60); do upsc rack 2>/dev/null | grep -qx 'ups.status: {}' && break; sleep 0.25; done"
DRIVER = "/lib/nut/dummy-ups -a rack -u root"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if missing():
        lacking(", ".join(missing()))
    require("upsd", "upsc")
    with Machine("ups42", 42, "well-kept.sh", tmp_path_factory.mktemp("ups"), "ssh-ed25519 AAAA nobody") as one:
        # The units that watch ups.conf would start again what a test stops.
        units = "nut-driver-enumerator.path nut-driver-enumerator.service nut-driver@rack.service nut-driver.target"
        one.run(
            f"systemctl mask --now {units} nut-driver.service nut-server nut-monitor nut-client 2>/dev/null || true"
        )
        yield one


def seen(machine: Machine, user: str = "root") -> Any:
    return collected(machine.run, "ups", user=user)


def ups(machine: Machine, status: str, runtime: str = "2400", test: str = "Done and passed") -> Any:
    """The unit that is seen after the dummy driver was started with these values."""
    values = f"ups.status: {status}\\nups.test.result: {test}\\n"
    values += f"battery.runtime: {runtime}\\n" if runtime else ""
    machine.run(f"printf '{values}' > /etc/nut/rack.dev; pkill dummy-ups; sleep 0.3; {DRIVER} 2>/dev/null")
    machine.run(WAIT.format(status))
    [unit] = seen(machine)["units"]
    return unit


def test_installed_and_never_set_up_is_no_ups(machine: Machine) -> None:
    facts = seen(machine)
    assert (facts["present"], facts["units"], facts["shuts_down"]) == (False, [], False)
    denied = seen(machine, "pepperbird")
    assert denied["present"].reason is GapReason.DENIED
    assert "ALL=(root) NOPASSWD: /bin/grep \\^MODE /etc/nut/nut.conf" in denied["present"].remedy


def test_the_states_of_a_ups(machine: Machine) -> None:
    machine.run(SETUP)
    machine.run(f"printf 'ups.status: OL\\n' > /etc/nut/rack.dev; {DRIVER}; upsd -u root; sleep 1; upsmon -u root")
    good = ups(machine, "OL CHRG")
    assert good == {
        "name": "rack@localhost", "status": "OL CHRG", "flags": ["OL", "CHRG"], "runtime": 2400,
        "test": "Done and passed", "test_failed": False,
    }  # fmt: skip
    assert (seen(machine)["present"], seen(machine)["shuts_down"]) == (True, True)
    assert ups(machine, "OL RB", "300.5", "Done and error")["flags"] == ["OL", "RB"]
    bad = ups(machine, "OL", "300.5", "Done and error")
    assert (bad["runtime"], bad["test_failed"]) == (300, True)
    assert ups(machine, "OB DISCHRG")["flags"] == ["OB", "DISCHRG"]
    assert isinstance(ups(machine, "OL", "")["runtime"], Gap)
    assert ups(machine, "OL CHRG") == good


def test_an_account_without_rights_sees_it_where_upsd_answers(machine: Machine) -> None:
    machine.run("chmod 644 /etc/nut/nut.conf")
    facts = seen(machine, "pepperbird")
    assert [unit["name"] for unit in facts["units"]] == ["rack@localhost"]
    machine.run("chmod 640 /etc/nut/nut.conf")


def test_a_driver_that_died_is_no_ups_on_line(machine: Machine) -> None:
    machine.run("pkill dummy-ups; sleep 2")
    [unit] = seen(machine)["units"]
    assert isinstance(unit["status"], Gap)
    assert isinstance(unit["runtime"], Gap)


def test_a_ups_on_another_machine_is_asked_there_and_no_password_leaves(machine: Machine) -> None:
    machine.run(
        "pkill upsd; sleep 0.5; printf 'LISTEN 10.213.42.2 3493\\n' > /etc/nut/upsd.conf\n"
        "sed -i s/@localhost/@10.213.42.2/ /etc/nut/upsmon.conf\n"
        f"{DRIVER}; upsd -u root; {WAIT.replace('upsc rack', 'upsc rack@10.213.42.2').format('OL CHRG')}"
    )
    output = run_probe(machine.run, "ups", "nut")
    assert b"unit rack@10.213.42.2\n" in output.stdout
    assert b"hunter2" not in output.stdout + output.stderr
    [unit] = seen(machine)["units"]
    assert unit["flags"] == ["OL", "CHRG"]


def test_a_set_up_nut_that_is_stopped_is_no_absent_one(machine: Machine) -> None:
    machine.run("pkill upsmon; pkill upsd; pkill dummy-ups; sleep 1")
    facts = seen(machine)
    assert facts["present"] is True
    assert facts["shuts_down"] is False
    assert all(isinstance(unit["status"], Gap) for unit in facts["units"])
