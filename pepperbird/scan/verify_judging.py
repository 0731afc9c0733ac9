"""Judge a recorded run again by its own content, and hold every byte of what comes out against what was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pepperbird.errors import PepperbirdError
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Memory
from pepperbird.model.plan import Plan
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.model.site import Site
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.scan.judging import Judged, judge
from pepperbird.scan.source import Source
from pepperbird.store.codec import canonical, value_of
from pepperbird.store.parts import Part, RunParts


def judging_faults(source: Source, parts: RunParts, catalog: Catalog) -> Iterator[str]:
    """What comes out otherwise than it was recorded."""
    try:
        judged = _judged(source, parts, catalog)
    except PepperbirdError as error:
        yield f"cannot be judged again: {error}"
        return
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        yield f"cannot be judged again: what is stored does not fit together ({type(error).__name__})"
        return
    stored = sorted((tuple(one.row[:3]), one.body.data) for one in parts.verdicts)
    again = sorted(((one.agency, one.control, one.asset), canonical(Verdict, one)) for one in judged.verdicts)
    if stored != again:
        yield "judged again, the verdicts are others than those that are stored"
    for name, part, now in _results(parts, judged):
        if part is None or part.data != now:
            yield f"judged again, {name} came out otherwise than stored"


def _judged(source: Source, parts: RunParts, catalog: Catalog) -> Judged:
    plan, site, memory = (_input(parts, name, kind) for name, kind in _INPUTS.items())
    transcripts = {one.endpoint: one.transcript() for one in source.evidence(parts.id)}
    return judge(catalog, site, plan, transcripts, memory, source.previous(parts))


_INPUTS: dict[str, Any] = {"plan": Plan, "site": Site, "memory": Memory}


def _input(parts: RunParts, name: str, kind: Any) -> Any:
    return value_of(kind, parts.inputs[name].need())


def _results(parts: RunParts, judged: Judged) -> Iterator[tuple[str, Part | None, bytes]]:
    yield "scores", parts.results["scores"], canonical(dict[str, AgencyScore], dict(judged.scores))
    yield "the nation's score", parts.results["nation"], canonical(NationScore | None, judged.nation)
    yield "what is remembered", parts.results["memory_after"], canonical(Memory, judged.memory_after)
    for agency in sorted(set(parts.postures) | {one.agency for one in judged.posture}):
        entries = tuple(one for one in judged.posture if one.agency == agency)
        yield f"posture of {agency}", parts.postures.get(agency), canonical(tuple[PostureEntry, ...], entries)
