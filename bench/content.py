"""How long reading the repository's own content takes: parsed, validated, every expression compiled, digested."""

from __future__ import annotations

from pathlib import Path

from bench.figure import Figure, best, wall
from pepperbird.bundle.read import read_bundle

ROOT = Path(__file__).resolve().parents[1]


def run() -> list[Figure]:
    """One figure: seconds."""
    catalog = read_bundle(ROOT)
    seconds = best(lambda: wall(lambda: read_bundle(ROOT)))
    detail = f"({len(catalog.controls)} controls, {len(catalog.checks)} checks)"
    return [Figure("reading the content", seconds, "s", 0.3, detail=detail)]
