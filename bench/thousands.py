"""2,000 hosts and 250, asked, judged and stored by one process each: does it end, and does it grow as the hosts do?

Real SSH on loopback, 50 ms away each way; 3 of 100 hosts take the connection and say nothing, 2 of 100 refuse it.
"""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import tempfile
import time
from multiprocessing.forkserver import _forkserver
from pathlib import Path

from bench.figure import Figure
from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions
from pepperbird.inventory.read import read_site
from pepperbird.model.site import Defaults
from pepperbird.model.state import Tier
from pepperbird.plan.adhoc import site_of_targets
from pepperbird.plan.make import make_plan
from pepperbird.scan.pipeline import scan
from tests.support.sshd import make_key

AT = "2026-11-23T12:00:00Z"
MANY, FEW, AGENCY = 2000, 250, 50
GAPS = {"answers": None, "silent": "connect-timeout", "refuses": "unreachable"}
DEADLINE = 1200
"""Seconds in which all must have ended, on two shared cores of which the server takes the most."""


def run() -> list[Figure]:
    """How much dearer eight times the hosts are, and what one host costs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        answers = _record(folder / "answers")
        few, many = (_measured(folder / str(hosts), answers, hosts) for hosts in (FEW, MANY))
    cost = many["cpu"] / few["cpu"]
    about = f"{many['cpu'] * 1000 / MANY:.1f} ms of CPU a host, at most {many['peak_mb']:.0f} MB in all"
    return [
        Figure(f"cost of {MANY} hosts, in costs of {FEW}", cost, "times", 9, detail=about),
        Figure(f"memory of {MANY} hosts, one process", many["peak_mb"] / MANY, "MB/host", 0.3),
        Figure(f"wall time, {MANY} hosts, one process", many["seconds"], "s", DEADLINE),
    ]


def _record(folder: Path) -> Path:
    """What this computer says to each probe, one file a probe, in the order in which they are asked."""
    catalog = read_bundle(find_content(None))
    plan = make_plan(catalog, site_of_targets(["local"], tier=Tier.STANDARD, defaults=Defaults()), at=AT)
    (said,) = collect(plan.endpoints, catalog.programs, catalog.redactions, CollectOptions()).values()
    folder.mkdir()
    for number, call in enumerate(plan.endpoints[0].probes):
        (folder / f"{number:04}").write_bytes(said.probes[call.id].stdout)
    return folder


def _measured(folder: Path, answers: Path, hosts: int) -> dict[str, float]:
    folder.mkdir()
    key, host_key = make_key(folder / "client"), make_key(folder / "host")
    command = [sys.executable, "-m", "bench.many_server", str(host_key), str(answers), "50"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port, silent = map(int, server.stdout.readline().split())
        site = _site(folder / "site", hosts, port, silent, key, host_key.with_suffix(".pub").read_text())
        child = subprocess.run(
            [sys.executable, "-m", "bench.thousands", str(site), str(folder / "store.db")],
            check=True, capture_output=True, text=True, timeout=DEADLINE * 2,
        )  # fmt: skip
        told: dict[str, float] = json.loads(child.stdout)
        seen, _ = server.communicate(timeout=60)
        _hold(json.loads(seen), hosts)
    finally:
        server.kill()
        server.wait()
    return told


def _hold(seen: dict[str, dict[str, int]], hosts: int) -> None:
    """What the servers saw: every host that answers was asked once, and nobody twice."""
    kinds = [_kind(number) for number in range(hosts)]
    assert set(seen["logins"].values()) == set(seen["execs"].values()) == {1}, "a host was asked more than once"
    assert len(seen["execs"]) == kinds.count("answers"), "a host was not asked"
    assert seen["silent"] == kinds.count("silent"), "a silent host was called more than once"


def _kind(number: int) -> str:
    return {1: "silent", 34: "silent", 67: "silent", 50: "refuses", 99: "refuses"}.get(number % 100, "answers")


def _site(folder: Path, hosts: int, port: int, silent: int, key: Path, host_key: str) -> Path:
    (folder / "agencies").mkdir(parents=True)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        ports = {"answers": port, "silent": silent, "refuses": closed.getsockname()[1]}
    defaults = f"{{parallel: 64, deadline: 60, connect_timeout: 10, identity: {key}}}"
    (folder / "site.yaml").write_text(f"name: Bench\ndefaults: {defaults}\n")
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
    for first in range(0, hosts, AGENCY):
        name = f"a{first // AGENCY}"
        assets = "".join(
            f"  - {{id: h{n}, kind: linux-server, "
            f'access: [{{via: ssh, at: "127.0.0.1:{ports[_kind(n)]}", as: h{n}}}]}}\n'
            for n in range(first, min(first + AGENCY, hosts))
        )
        (folder / "agencies" / f"{name}.yaml").write_text(
            f"id: {name}\nname: {name}\ntier: standard\nassets:\n{assets}"
        )
    return folder


def scan_it(root: Path, store: Path) -> dict[str, float]:
    """One process's work, with what it took: of itself, and of the process that judges."""
    started = time.monotonic()
    catalog, site = read_bundle(find_content(None)), read_site(root)
    plan = make_plan(catalog, site, at=AT)
    options = CollectOptions(parallel=site.file.defaults.parallel, known_hosts=root / "known_hosts", root=root)
    run, _ = scan(catalog, site, plan, store, options)
    judged = {(one.agency, one.asset) for one in run.verdicts}
    for endpoint in plan.endpoints:
        gap = run.transcripts[endpoint.id].gap
        expected = GAPS[_kind(int(endpoint.asset[1:]))]
        assert (gap and str(gap.reason)) == expected, (endpoint.id, gap)
        assert (endpoint.agency, endpoint.asset) in judged
    _forkserver._stop()  # type: ignore[attr-defined]  # what judging took is known once it is waited for
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": time.monotonic() - started,
        "cpu": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
        "peak_mb": _peak_kb() / 1024,
    }


def _peak_kb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("the kernel does not tell the peak")


if __name__ == "__main__":
    print(json.dumps(scan_it(*map(Path, sys.argv[1:]))))
