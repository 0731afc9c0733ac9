"""Two real machines: one sends its log and its list of packages, the other keeps both and is asked for them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pepperbird.evaluate.kept import kept_of
from pepperbird.expression.normalise import normalise
from pepperbird.model.evidence import AssetEvidence, Evidence, ProbeOutput
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.site import Agency
from pepperbird.model.state import Assurance
from pepperbird.model.sudoers import rule
from pepperbird.plan.arguments import commands_of
from pepperbird.plan.register import declared_assets
from tests.integration.test_integration_watching import keys
from tests.support.debs import require_debs
from tests.support.machines import MACHINES, Machine, missing
from tests.support.probed import run_probe, shipped
from tests.support.require import lacking, require
from tests.support.samples import facts_of

pytestmark = [pytest.mark.slow, pytest.mark.machine]
LOG, LIST = "/var/log/remote/sender", "/srv/build/sender.txt"
AGENCY = Agency.model_validate(
    {
        "id": "moh", "name": "Health", "tier": "standard",
        "assets": [
            {
                "id": "sender", "kind": "linux-server",
                "logs_to": {"on": "store", "path": LOG}, "packages_to": {"on": "store", "path": LIST},
            },
            {"id": "store", "kind": "linux-server"},
        ],
    }
)  # fmt: skip
SENDER = next(one for one in declared_assets(AGENCY, {}) if one.id == "sender")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, Machine]]:
    if missing():
        lacking(", ".join(missing()))
    require("openssl", "setpriv")
    require_debs("rsyslog", "rsyslog-gnutls")
    root = tmp_path_factory.mktemp("kept")
    keys(root)
    asset = next(one for one in AGENCY.assets if one.id == "store")
    commands = commands_of(shipped().collectors["kept"].value.probes["logs"], asset, AGENCY)
    sudoers = f"{rule('pepperbird', *commands)}\n"
    store = Machine("store", 26, "kept-sink.sh", root, (root / "key.pub").read_text(), sudoers=sudoers)
    sender = Machine("sender", 27, "kept-sender.sh", root, (root / "key.pub").read_text())
    for machine in (store, sender):
        machine.share.mkdir(parents=True)
        for file in (MACHINES / "packages.sh", root / "ca.pem", root / "sink.pem", root / "sink.key"):
            shutil.copy(file, machine.share)
    with store, sender:
        for machine in (store, sender):
            Path(f"/proc/sys/net/ipv4/conf/pb-{machine.name}/forwarding").write_text("1")
        yield store, sender


def seen(store: Machine, sender: Machine, user: str = "pepperbird") -> dict[str, Any]:
    """What checks read of the sender, from what both machines tell."""
    names = {"packages.names": run_probe(sender.run, "packages", "names", "store", user="pepperbird")}
    facts = {
        "sender": {"packages": facts_of("packages", names)},
        "store": {"kept": facts_of("kept", asked(store, user))},
    }
    evidence = {
        f"moh/{name}": AssetEvidence(f"moh/{name}", normalise(one), "2026-11-24T00:00:00Z", Assurance.OBSERVED, "")
        for name, one in facts.items()
    }
    return kept_of(Evidence(evidence), SENDER)


def asked(store: Machine, user: str) -> dict[str, ProbeOutput]:
    """What the probes of the keeper say; each is asked for its own place."""
    return {
        f"kept.{probe}": run_probe(store.run, "kept", probe, "sender", place, user=user)
        for probe, place in (("logs", LOG), ("packages", LIST))
    }


def test_a_log_that_arrives_is_seen_and_one_that_stopped_is_too(pair: tuple[Machine, Machine]) -> None:
    store, sender = pair
    end = time.monotonic() + 20
    while time.monotonic() < end:
        sender.run("logger hello")
        if store.run(f"ls {LOG} 2>/dev/null || true"):
            break
        time.sleep(0.3)
    log = seen(store, sender)["kept_log"]
    assert log["files"] == 1 and 0 <= log["silent"] < 30
    # The forwarding stops; what rotation makes since does not look like a log that arrives.
    sender.run("systemctl stop rsyslog.service syslog.socket")
    time.sleep(0.5)
    store.run(
        f"touch -d '2 hours ago' {LOG}/messages; cp {LOG}/messages {LOG}/messages.1; gzip -c {LOG}/messages >{LOG}/m.gz"
    )
    store.run(f"cp {LOG}/messages {LOG}/messages-20261124; : > {LOG}/empty")
    log = seen(store, sender)["kept_log"]
    assert log["files"] == 1 and 7000 < log["silent"] < 7400
    store.run(f"rm -r {LOG}")
    assert seen(store, sender)["kept_log"] == {"files": 0}


def test_the_line_of_sudo_that_is_asked_for_is_needed(pair: tuple[Machine, Machine]) -> None:
    store, sender = pair
    store.run("mv /etc/sudoers.d/pepperbird /root/sudoers")
    try:
        log = seen(store, sender)["kept_log"]
        assert {one.reason for one in log.values()} == {GapReason.DENIED}
    finally:
        store.run("mv /root/sudoers /etc/sudoers.d/pepperbird")


def test_a_list_of_packages_is_compared_with_what_is_installed(pair: tuple[Machine, Machine]) -> None:
    store, sender = pair
    assert seen(store, sender)["kept_packages"]["listed"] == 0
    full = sender.run("dpkg-query -W")
    (store.root / "store").mkdir(exist_ok=True)
    store.run(f"cat > {LIST} <<'END'\n{full}END")
    compared = seen(store, sender)["kept_packages"]
    assert compared["installed"] > 100 and compared["differing"] * 20 < compared["installed"]
    lines = full.splitlines(keepends=True)
    store.run(f"cat > {LIST} <<'END'\n{''.join(lines[: len(lines) * 9 // 10])}END")
    compared = seen(store, sender)["kept_packages"]
    assert compared["differing"] * 20 > compared["installed"]
    store.run(f"cp /etc/shadow {LIST}; chmod 644 {LIST}")
    said = asked(store, "pepperbird")["kept.packages"]
    assert b"root" not in said.stdout and b"others" in said.stdout, "nothing but packages leaves the machine"
    store.run(f"chmod 600 {LIST}")
    denied = seen(store, sender)["kept_packages"]["listed"]
    assert isinstance(denied, Gap) and denied.reason is GapReason.DENIED
