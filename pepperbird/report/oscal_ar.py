"""A run as OSCAL assessment results 1.2.1: what was looked at, observed and concluded of one agency."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pepperbird.errors import UsageError
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.oscal import Json, Oscal


def render_ar(agencies: Sequence[AgencyFacts]) -> bytes:
    """UTF-8 JSON of one agency; the same run gives the same bytes."""
    whole = {"assessment-results": assessment_results(Oscal(agencies[0]))}
    return json.dumps(whole, indent=1, ensure_ascii=False).encode() + b"\n"


def assessment_results(part: Oscal) -> Json:
    """There is no assessment plan as a document: what it would say is in the run's plan, and a resource says that."""
    plan = part.id("plan")
    return {
        "uuid": part.id("assessment-results"),
        "metadata": part.metadata("Assessment results"),
        "import-ap": {"href": f"#{plan}"},
        "results": [_result(part)],
        "back-matter": {
            "resources": [
                {
                    "uuid": plan,
                    "title": "The plan of the run",
                    "description": (
                        "The assessment plan is not kept as an OSCAL document. It is the content and the site of this "
                        "run, which the digests in the metadata name."
                    ),
                }
            ]
        },
    }


def _result(part: Oscal) -> Json:
    run = part.facts.run
    controls = sorted({control for control, _ in part.facts.states})
    if not controls:
        raise UsageError("the run judged nothing of this agency, so there are no results to write")
    result: Json = {
        "uuid": part.id("result"),
        "title": f"Run {run.id}",
        "description": part.view.partial or "All that the agency declares was to be looked at.",
        "start": run.at,
        **({"end": run.ended} if run.ended else {}),
        "reviewed-controls": {"control-selections": [{"include-controls": [{"control-id": one} for one in controls]}]},
    }
    lists = {
        "observations": part.observations(every=True),
        "risks": part.risks(),
        "findings": part.findings(every=True),
    }
    if items := part.inventory():
        result["local-definitions"] = {"inventory-items": items}
    return result | {key: found for key, found in lists.items() if found}
