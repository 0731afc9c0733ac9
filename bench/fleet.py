"""Client CPU for each host when 200 are collected from at once, beside judging: login, exec, frames, redaction.

The other side is a real SSH server in a process of its own that answers the frame without running anything.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figure import Figure, best, cpu
from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions
from pepperbird.model.plan import EndpointPlan
from pepperbird.model.site import Defaults
from pepperbird.model.state import Tier
from pepperbird.plan.adhoc import site_of_targets
from pepperbird.plan.make import make_plan
from tests.support.sshd import make_key

HOSTS = 200
AT = "2026-11-23T12:00:00Z"


def run() -> list[Figure]:
    """One figure: milliseconds of CPU for each host."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = make_key(folder / "client")
        host_key = make_key(folder / "host")
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.cheap_server", str(host_key)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            known = folder / "known_hosts"
            known.write_text(f"[127.0.0.1]:{port} {host_key.with_suffix('.pub').read_text()}")
            milliseconds = _measure(port, key, known)
        finally:
            server.kill()
            server.wait()
    return [Figure(f"client CPU a host, {HOSTS} hosts at once", milliseconds, "ms", 12)]


def _measure(port: int, key: Path, known: Path) -> float:
    catalog = read_bundle(find_content(None))
    site = site_of_targets([f"ssh://bench@127.0.0.1:{port}"], tier=Tier.STANDARD, defaults=Defaults(identity=str(key)))
    (endpoint,) = make_plan(catalog, site, at=AT).endpoints
    endpoints = [
        EndpointPlan(f"bench/h{n}/ssh", "bench", f"h{n}", endpoint.access, endpoint.probes, endpoint.family, 120, 60)
        for n in range(HOSTS)
    ]
    options = CollectOptions(parallel=32, known_hosts=known)

    def once() -> None:
        done = collect(endpoints, catalog.programs, catalog.redactions, options)
        gaps = {str(one.gap) for one in done.values() if one.gap is not None}
        assert len(done) == HOSTS and not gaps, gaps

    return best(lambda: cpu(once), times=3) * 1000 / HOSTS
