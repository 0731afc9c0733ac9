"""How long reading the repository's own content takes: parsed, validated, every expression compiled, digested.

And how long it takes a command that reads content which was checked whole before, as every scan but the first does.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.figure import Figure, best, wall
from pepperbird.bundle.known import Known
from pepperbird.bundle.read import read_bundle

ROOT = Path(__file__).resolve().parents[1]


def run() -> list[Figure]:
    """Two figures: seconds."""
    catalog = read_bundle(ROOT)
    seconds = best(lambda: wall(lambda: read_bundle(ROOT)))
    detail = f"({len(catalog.controls)} controls, {len(catalog.checks)} checks)"
    with tempfile.TemporaryDirectory() as name:
        known = Known(Path(name))
        read_bundle(ROOT, known=known)
        again = best(lambda: wall(lambda: read_bundle(ROOT, known=known)))
    return [
        Figure("checking the whole content", seconds, "s", 0.6, detail=detail),
        Figure("reading the content", again, "s", 0.3, detail="(checked whole before)"),
    ]
