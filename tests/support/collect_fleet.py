"""Collect from hosts named on the command line, and print as JSON how each ended; a process of its own, to weigh it.

Usage: python -m tests.support.collect_fleet DEADLINE KNOWN_HOSTS KEY USER NAME=HOST:PORT ...
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions
from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import EndpointPlan
from pepperbird.model.site import Access
from tests.support.orders import call, endpoint, program


def main(deadline: str, known_hosts: str, key: str, user: str, *hosts: str) -> None:
    ends: dict[str, float] = {}
    begun = time.monotonic()
    done = collect(
        [_endpoint(host, key, user, int(deadline)) for host in hosts],
        {"shell": program()},
        (),
        CollectOptions(parallel=32, known_hosts=Path(known_hosts)),
        progress=lambda event: ends.__setitem__(event.endpoint, time.monotonic() - begun),
    )
    answer = {one.endpoint.split("/")[1]: _told(one, ends[one.endpoint]) for one in done.values()}
    print(json.dumps({"hosts": answer, "seconds": time.monotonic() - begun, "peak_kb": _peak()}))  # noqa: T201


def _peak() -> int:
    """The most memory this program ever held, in KB. `getrusage` also counts whoever started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("the kernel does not tell the peak")


def _endpoint(host: str, key: str, user: str, deadline: int) -> EndpointPlan:
    name, _, at = host.partition("=")
    access = Access.model_validate({"via": "ssh", "at": at, "key": key, "as": user})
    calls = [call("hello", "a"), call("binary"), call("root", sudo=True, timeout=2), call("values", "last")]
    return endpoint(access, calls, name=name, deadline=deadline, connect_timeout=3)


def _told(one: Transcript, seconds: float) -> dict[str, object]:
    return {
        "gap": one.gap and [str(one.gap.reason), one.gap.detail, one.gap.remedy],
        "seconds": seconds,
        "probes": {
            name: [probe.stdout.decode("latin-1")[:40], probe.exit_status, probe.gap and str(probe.gap.reason)]
            for name, probe in one.probes.items()
        },
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
