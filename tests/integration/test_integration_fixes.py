"""On a real machine kept badly: the shipped fixes are applied as they stand, and their checks then pass.

And the traps of sshd: a file is not what runs, a Match block is not what holds for everybody.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions
from pepperbird.evaluate.compiled import Compiler
from pepperbird.evaluate.examples import first_users
from pepperbird.evaluate.outcome import judge_check
from pepperbird.expression.lookup import gaps_in
from pepperbird.model.catalog import Catalog
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import EndpointPlan
from pepperbird.model.site import Access, Asset
from pepperbird.model.state import State, Tier
from pepperbird.observe.observe import observe, sudo_remedy
from pepperbird.plan.make import probe_calls
from tests.support.machines import Machine, missing
from tests.support.require import lacking
from tests.support.shipped import shipped_catalog

pytestmark = [pytest.mark.slow, pytest.mark.machine]
FIXED_BY_SHELL = (
    "sshd.root-login", "sshd.empty-passwords", "sshd.password-login", "sshd.keyboard-interactive", "sshd.algorithms",
    "sshd.algorithms-set", "storage.usb-blocked", "packages.apt-signed",
)  # fmt: skip


class Scanner:
    """A machine, and what a scan as an ordinary account with exactly the declared rights sees of it."""

    def __init__(self, catalog: Catalog, machine: Machine, folder: Path) -> None:
        self.catalog, self.machine, self.folder = catalog, machine, folder
        self.compiler = Compiler(catalog)

    def facts(self, *namespaces: str) -> dict[str, Any]:
        (self.folder / "known_hosts").write_text("\n".join(self.machine.host_keys()) + "\n")
        wanted = [one for one in self.catalog.collectors.values() if one.id in namespaces]
        access = Access(via="ssh", at=self.machine.address, user="pepperbird", key=str(self.folder / "key"))
        calls = tuple(probe_calls(wanted, Asset(id="srv", kind="linux-server")))
        endpoint = EndpointPlan("a/srv/ssh", "a", "srv", access, calls, "shell", 90, 15)
        options = CollectOptions(1, self.folder / "known_hosts", self.folder)
        said = collect([endpoint], self.catalog.programs, self.catalog.redactions, options)
        return dict(observe(self.catalog, endpoint, said[endpoint.id]).facts)

    def judge(self, check: str, facts: dict[str, Any]) -> State:
        control = first_users(self.catalog)[check]
        params = self.catalog.baseline(Tier.STANDARD).controls[control].params
        bindings = {**facts, "lists": self.catalog.lists, "params": params, "history": {}}
        return judge_check(self.compiler.check(check, control), bindings, gaps_in(facts))[0]

    def apply(self, check: str) -> None:
        shell = self.catalog.checks[check].fix.shell
        assert shell is not None
        # The machine has no way out: `apt-get update` at the end of a fix would wait for ever.
        self.machine.run(f"timeout 10 sh -c {shlex.quote(shell)} >/dev/null 2>&1; sleep 1")


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanner]:
    if missing():
        lacking(", ".join(missing()))
    folder = tmp_path_factory.mktemp("fixes")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    catalog = shipped_catalog()
    probes = [probe for one in catalog.collectors.values() for probe in one.probes.values() if probe.commands]
    rights = "\n".join(sudo_remedy(probe, "pepperbird") for probe in probes) + "\n"
    key = (folder / "key.pub").read_text()
    with Machine("fixes", 93, "badly-kept.sh", folder / "m", key, ["/srv/data=16"], rights) as machine:
        yield Scanner(catalog, machine, folder)


def test_a_shipped_fix_makes_its_check_pass(scanner: Scanner) -> None:
    namespaces = ("sshd", "storage", "packages")
    before = scanner.facts(*namespaces)
    assert {scanner.judge(check, before) for check in FIXED_BY_SHELL} == {State.FAIL}
    for check in FIXED_BY_SHELL:
        scanner.apply(check)
    after = scanner.facts(*namespaces)
    assert {check: scanner.judge(check, after) for check in FIXED_BY_SHELL} == dict.fromkeys(FIXED_BY_SHELL, State.PASS)


def test_a_file_that_the_daemon_has_not_read_is_not_judged(scanner: Scanner) -> None:
    scanner.machine.run("systemctl restart ssh; sleep 2; echo '# touched' >> /etc/ssh/sshd_config")
    settings = scanner.facts("sshd")["sshd"]["settings"]
    assert isinstance(settings, Gap) and settings.reason is GapReason.UNSUPPORTED
    assert "reload" in settings.remedy
    scanner.machine.run("sleep 1; systemctl reload ssh; sleep 1")
    assert [row["context"] for row in scanner.facts("sshd")["sshd"]["settings"]] == ["all connections"]


def test_a_match_block_in_an_included_file_is_seen(scanner: Scanner) -> None:
    scanner.machine.run(
        "mkdir -p /etc/ssh/sshd_config.d; chmod 700 /etc/ssh/sshd_config.d; chmod 600 /etc/ssh/sshd_config;"
        "printf 'Match Address 10.0.0.0/8\\n  PermitRootLogin yes\\n' > /etc/ssh/sshd_config.d/late.conf;"
        "sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' /etc/ssh/sshd_config;"
        "sleep 1; systemctl reload ssh; sleep 1"
    )
    rows = {row["context"]: row["permit_root_login"] for row in scanner.facts("sshd")["sshd"]["settings"]}
    assert rows == {"outside every Match block": "no", "Match Address 10.0.0.0/8": "yes"}


def test_a_second_daemon_with_a_file_of_its_own_is_a_gap_with_a_way_out(scanner: Scanner) -> None:
    scanner.machine.run("cp /etc/ssh/sshd_config /etc/ssh/two; /usr/sbin/sshd -f /etc/ssh/two -p 2222; sleep 1")
    settings = scanner.facts("sshd")["sshd"]["settings"]
    assert isinstance(settings, Gap) and settings.reason is GapReason.DENIED
    assert "-f /etc/ssh/two" in settings.detail
