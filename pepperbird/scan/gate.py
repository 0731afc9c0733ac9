"""Whether a run holds the gate of its baselines, as the exit status of a scan."""

from __future__ import annotations

from pepperbird.model.catalog import Catalog
from pepperbird.model.run import Run
from pepperbird.model.site import Site

HOLDS = 0
FAILS = 1
INCOMPLETE = 3


def gate_status(run: Run, catalog: Catalog, site: Site) -> int:
    """0 the gate holds for every agency of the run; 1 it does not; 3 too little was seen to say (3 goes before 1)."""
    worst = HOLDS
    for agency_id, score in run.scores.items():
        gate = catalog.baselines[run.plan.baselines[site.agency(agency_id).tier]].gate
        if score.figures.coverage < gate.coverage:
            return INCOMPLETE
        if score.figures.score < gate.score or score.critical_open > gate.critical_fails_allowed:
            worst = FAILS
    return worst
