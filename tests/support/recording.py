"""This computer as it answers, recorded once, for tests of everything behind the collector."""

from __future__ import annotations

from pathlib import Path

from pepperbird.bundle.read import read_bundle
from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions
from pepperbird.collect.replay import record
from pepperbird.model.plan import Selection
from pepperbird.model.site import Defaults
from pepperbird.model.state import Tier
from pepperbird.plan.adhoc import site_of_targets
from pepperbird.plan.make import make_plan

ROOT = Path(__file__).resolve().parents[2]


def record_this_computer(folder: Path) -> Path:
    """Write a recording of this computer to `folder`, and give it."""
    catalog = read_bundle(ROOT)
    site = site_of_targets(["local"], tier=Tier.STANDARD, defaults=Defaults())
    plan = make_plan(catalog, site, Selection(adhoc=True), at="2026-11-23T12:00:00Z")
    (transcript,) = collect(plan.endpoints, catalog.programs, catalog.redactions, CollectOptions()).values()
    assert transcript.gap is None, transcript.gap
    record(folder, transcript)
    return folder
