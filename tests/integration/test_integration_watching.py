"""Two real machines: one keeps time and takes logs, the other is watched by chrony, rsyslog, AIDE and its journal.

The scanning account has the groups and exactly the sudoers line that the content names, and then has them not.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.sudoers import quoted
from tests.support.debs import require_debs
from tests.support.machines import MACHINES, Machine, missing
from tests.support.probed import collected, shipped
from tests.support.require import lacking, require

pytestmark = [pytest.mark.slow, pytest.mark.machine]
USER = "pepperbird"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
FORWARD = """\
global(DefaultNetstreamDriverCAFile="/etc/rsyslog-ca.pem")
*.* action(type="omfwd" target="10.213.30.2" port="6514" protocol="tcp"
  StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
  StreamDriverPermittedPeers="sink.example.lr")
"""


JOURNAL = ("ways", "oldest", "journal_bytes", "journal_limit")


def keys(folder: Path) -> None:
    """A certificate authority and the receiver's certificate, and a key for SSH."""
    for arguments in (
        ("req", "-x509", *CURVE, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test", "-days", "30"),
        ("req", *CURVE, "-keyout", "sink.key", "-out", "sink.csr", "-subj", "/CN=sink.example.lr"),
        ("x509", "-req", "-in", "sink.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "sink.pem", "-days", "30"),
    ):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, Machine]]:
    if missing():
        lacking(", ".join(missing()))
    require("openssl", "setpriv")
    require_debs("chrony", "rsyslog", "rsyslog-gnutls", "aide")
    root = tmp_path_factory.mktemp("watching")
    keys(root)
    commands = {one for name in ("integrity", "logs") for probe in probes(name) for one in probe.commands}
    sudoers = f"{USER} ALL=(root) NOPASSWD: {', '.join(quoted(one) for one in sorted(commands))}\n"
    sink = Machine("sink", 30, "logs-sink.sh", root, (root / "key.pub").read_text())
    logs = Machine("logs", 31, "logs.sh", root, (root / "key.pub").read_text(), sudoers=sudoers)
    for machine in (sink, logs):
        machine.share.mkdir(parents=True)
        for file in (MACHINES / "packages.sh", root / "ca.pem", root / "sink.pem", root / "sink.key"):
            shutil.copy(file, machine.share)
    with sink, logs:
        for machine in (sink, logs):
            Path(f"/proc/sys/net/ipv4/conf/pb-{machine.name}/forwarding").write_text("1")
        yield sink, logs


def probes(name: str) -> list[Any]:
    return list(shipped().collectors[name].value.probes.values())


def test_chrony_follows_the_second_machine_and_nobody_once_it_is_gone(pair: tuple[Machine, Machine]) -> None:
    _, logs = pair
    logs.run("for i in $(seq 30); do chronyc -n -c tracking | grep -q Normal && break; sleep 0.5; done")
    facts = collected(logs.run, "clock", user=USER)
    assert facts["chrony"] is True and facts["chrony_synchronised"] is True
    assert [(one["name"], one["used"]) for one in facts["chrony_sources"]] == [("10.213.30.2", True)]
    logs.run("echo 'server 192.0.2.1 iburst' > /etc/chrony/chrony.conf; systemctl restart chrony")
    assert collected(logs.run, "clock", user=USER)["chrony_synchronised"] is False
    logs.run("systemctl stop chrony")
    assert collected(logs.run, "clock", user=USER)["chrony"] is False


def test_a_forwarding_that_is_called_secure_does_deliver(pair: tuple[Machine, Machine]) -> None:
    sink, logs = pair
    assert collected(logs.run, "logs")["ways"] == []
    authority = (sink.share / "ca.pem").read_text()
    logs.run(f"cat > /etc/rsyslog-ca.pem <<'X'\n{authority}X\ncat > /etc/rsyslog.d/f.conf <<'X'\n{FORWARD}X\n")
    logs.run("systemctl restart rsyslog; sleep 1; logger -p auth.info hello-from-logs")
    assert [one["secure"] for one in collected(logs.run, "logs")["ways"]] == [True]
    sink.run(
        "for i in $(seq 60); do grep -q hello-from-logs /var/log/remote/all.log && exit 0; sleep 0.5; done; exit 1"
    )


def test_closed_files_are_read_by_the_very_line_that_is_asked_for_and_denied_without_it(
    pair: tuple[Machine, Machine],
) -> None:
    _, logs = pair
    logs.run("aide --config /etc/aide/aide.conf --init; mv /var/lib/aide/aide.db.new /var/lib/aide/aide.db")
    logs.run("aide --config /etc/aide/aide.conf --check; chmod 600 /etc/rsyslog.d/* /etc/rsyslog.conf")
    facts = collected(logs.run, "integrity", user=USER)
    assert facts["aide"] is True and {"aide_database", "aide_report"} <= set(facts)
    mine, roots = collected(logs.run, "logs", user=USER), collected(logs.run, "logs")
    assert {name: mine[name] for name in JOURNAL} == {name: roots[name] for name in JOURNAL}
    assert {"oldest", "journal_limit"} <= set(mine)
    logs.run("rm /etc/sudoers.d/pepperbird")
    for fact in (collected(logs.run, "integrity", user=USER)["aide"], collected(logs.run, "logs", user=USER)["ways"]):
        assert isinstance(fact, Gap) and fact.reason is GapReason.DENIED


def test_without_the_line_the_journal_is_read_by_its_group_only(pair: tuple[Machine, Machine]) -> None:
    _, logs = pair
    assert isinstance(collected(logs.run, "logs", user=USER)["host_since"], Gap)
    logs.run(f"usermod -aG systemd-journal {USER}")
    facts = collected(logs.run, "logs", user=USER)
    assert {"oldest", "journal_bytes", "journal_limit"} <= set(facts)
