"""Ask this machine, as whoever runs this, what stands as JSON on standard input; print what came as JSON.

Usage: python -m tests.support.ask_here SHELL ... < {"probes": "shell text", "calls": [[name, timeout], ...]}
"""

from __future__ import annotations

import json
import sys

from pepperbird.collect.endpoint import collect_one
from pepperbird.collect.interface import CollectOptions
from pepperbird.collect.local import LocalTransport
from pepperbird.model.site import Access
from tests.support.orders import call, endpoint, program


def main(*shell: str) -> None:
    asked = json.load(sys.stdin)
    calls = [call(name, timeout=timeout, sudo=True) for name, timeout in asked["calls"]]
    text = program(asked["probes"].encode())
    plan = endpoint(Access(via="local"), calls)
    seen = collect_one(plan, text, (), CollectOptions(), transport=LocalTransport(shell))
    told = {
        name.removeprefix("test."): [probe.stdout.decode(), probe.exit_status, probe.gap and str(probe.gap.reason)]
        for name, probe in seen.probes.items()
    }
    print(json.dumps({"gap": seen.gap and seen.gap.detail, "probes": told}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
