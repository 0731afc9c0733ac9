"""Run all measurements, or those named: `python -m bench [name ...]`. Exit status 1 where one misses twice its aim."""

from __future__ import annotations

import importlib
import sys

from bench.figure import Figure, machine

BENCHES = {
    "judging": "bench.judging",
    "buckets": "bench.buckets",
    "snapshots": "bench.snapshots",
    "command": "bench.command",
    "content": "bench.content",
    "fleet": "bench.fleet",
    "records": "bench.records",
    "carried": "bench.carried",
    "thousands": "bench.thousands",
    "years": "bench.years",
    "round-trip": "bench.round_trip",
    "testinfra": "bench.per_check",
}


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - BENCHES.keys())
    if unknown:
        print(f"no bench {', '.join(unknown)}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    print(f"On {machine()}. Ratios have both sides measured in this run.")
    bad = 0
    for name in names or BENCHES:
        figures: list[Figure] = importlib.import_module(BENCHES[name]).run()
        for figure in figures:
            print(figure, flush=True)
            bad += figure.missed > 2
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
