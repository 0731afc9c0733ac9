"""Bytes on the wire of a whole scan of one host, against plain `ssh` asking the same: one script, and probe by probe.

And the time of this computer: what the scan takes beyond the same program run by the host itself, without a network.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.figure import Figure, wall
from bench.host import ordinary_host
from bench.relay import Counted, relay
from bench.round_trip import AT
from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.collect.frame import bootstrap, encode_frame, function_of
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import ProbeCall
from pepperbird.model.site import Defaults
from pepperbird.model.state import Tier
from pepperbird.plan.adhoc import site_of_targets
from pepperbird.plan.make import make_plan
from tests.support.sshd import USER, Sshd

ROUNDS = 3


def run() -> list[Figure]:
    """Two ratios, one size, one time."""
    catalog = read_bundle(find_content(None))
    with tempfile.TemporaryDirectory() as name, ordinary_host(Path(name)) as (server, _), relay(server.port) as way:
        calls = make_plan(
            catalog, site_of_targets([server.url], tier=Tier.STANDARD, defaults=Defaults()), at=AT
        ).endpoints[0].probes  # fmt: skip
        known = Path(name) / "relayed"
        known.write_text(server.known_hosts().replace(f":{server.port} ", f":{way.port} "))
        host = Host(server, way, known, Path(name))
        scan = host.carried(host.scan)
        small = host.carried(lambda: host.scan("--slow", "1000000"))
        script = host.carried(lambda: host.ssh(bare(catalog, calls)))
        single = host.carried(lambda: [host.ssh(bare(catalog, [call])) for call in calls])
        command, given = bootstrap(len(catalog.programs["shell"])), _given(catalog, calls)
        # apt has its cache there (see bench.host): without it the host's own time would flatter ours.
        as_there = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "APT_CONFIG": f"{name}/apt/apt.conf"}
        own, ours = [], []
        for _ in range(ROUNDS):
            own.append(
                wall(lambda: subprocess.run(command, input=given, env=as_there, capture_output=True, check=False))
            )
            ours.append(wall(host.scan))
    return [
        Figure("bytes of a scan / one bare script by ssh", scan / script, "times", 1.3, detail=_kb(scan, script)),
        Figure("its probes by ssh one by one / bytes of a scan", single / scan, "times", 2, least=True,
               detail=_kb(single, scan)),
        Figure("a scan over a thin line", small / 1000, "KB", 60, detail="compressed, both ways"),
        Figure("a scan beyond the host's own time", min(ours) - min(own), "s", 1,
               detail=f"{min(ours):.2f} s against {min(own):.2f} s"),
    ]  # fmt: skip


class Host:
    """A server that is reached through the relay only."""

    def __init__(self, server: Sshd, way: Counted, known: Path, folder: Path) -> None:
        self.server, self.way, self.known, self.folder = server, way, known, folder

    def carried(self, action: Callable[[], object]) -> int:
        """Bytes both ways while `action` runs."""
        before = self.way.total
        action()
        return self.way.total - before

    def scan(self, *more: str) -> None:
        done = subprocess.run(
            [
                sys.executable, "-m", "pepperbird", "scan", f"ssh://{USER}@127.0.0.1:{self.way.port}",
                "--format", "json",
                "--known-hosts", self.known, "--identity", self.server.key, *more,
            ],
            env={"PEPPERBIRD_HOME": str(self.folder / "home"), "PATH": "/usr/bin:/bin"}, capture_output=True,
            check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1, 3), done.stderr.decode()

    def ssh(self, script: bytes) -> None:
        subprocess.run(
            [
                "ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={self.known}",
                "-o", "IdentitiesOnly=yes", "-i", self.server.key, "-p", str(self.way.port),
                f"{USER}@127.0.0.1", "sh -s",
            ],
            input=script, capture_output=True, check=False,
        )  # fmt: skip


def bare(catalog: Catalog, calls: Sequence[ProbeCall]) -> bytes:
    """A script that runs these probes one after the other, without marks, limits or watch."""
    folder = Path(catalog.root) / "collectors"
    names = sorted({call.id.partition(".")[0] for call in calls})
    parts = [folder / "program" / "head.sh", *(folder / name / "probe.sh" for name in names)]
    lines = "".join(f"(_pb_privilege={call.privilege}; {function_of(call.id)}) 5>&1 </dev/null\n" for call in calls)
    return b"".join(part.read_bytes() for part in parts) + lines.encode()


def locally(command: list[str], given: bytes, environment: dict[str, str]) -> None:
    """The same program with the same frame, run by this computer as by the host that it is."""
    done = subprocess.run(command, input=given, env=environment, capture_output=True, check=False)
    assert done.stdout.endswith(b"done\n"), done.stderr.decode()


def _given(catalog: Catalog, calls: Sequence[ProbeCall]) -> bytes:
    return catalog.programs["shell"] + encode_frame("0" * 32, calls)


def _kb(one: int, other: int) -> str:
    return f"{one / 1000:.1f} KB against {other / 1000:.1f} KB"
