"""Judge a recorded run again by its own content, and hold every byte of what comes out against what was recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from pepperbird.errors import PepperbirdError
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Memory, Transcript
from pepperbird.model.plan import Plan
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.model.site import Site
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.plan.replan import part_of
from pepperbird.scan.judging import Judged, judge
from pepperbird.scan.source import Source
from pepperbird.store.codec import canonical, value_of
from pepperbird.store.parts import Part, RunParts
from pepperbird.store.pieces import (
    DOCUMENTS,
    KINDS,
    MEMORY,
    MEMORY_AFTER,
    POSTURE,
    joined_memory,
    joined_site,
    split_memory,
)  # fmt: skip


def judging_faults(source: Source, parts: RunParts, catalog: Catalog) -> Iterator[str]:
    """What comes out otherwise than it was recorded; of the agencies whose evidence can be read."""
    unreadable = parts.unreadable()
    try:
        judged = _judged(source, parts, catalog, unreadable)
    except PepperbirdError as error:
        yield f"cannot be judged again: {error}"
        return
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        yield f"cannot be judged again: what is stored does not fit together ({type(error).__name__})"
        return
    stored = sorted((tuple(one.row[:3]), one.body.data) for one in parts.verdicts if one.row[0] not in unreadable)
    again = sorted(((one.agency, one.control, one.asset), canonical(Verdict, one)) for one in judged.verdicts)
    if stored != again:
        yield "judged again, the verdicts are others than those that are stored"
    yield from _scores(parts, judged, unreadable)
    for name, part, now in _results(parts, judged, unreadable):
        if (part.data if part else None) != now:
            yield f"judged again, {name} came out otherwise than stored"


def _judged(source: Source, parts: RunParts, catalog: Catalog, without: Collection[str]) -> Judged:
    plan: Plan = value_of(Plan, parts.inputs["plan"].need())
    plan = part_of(plan, [one for one in plan.agencies if one not in without])
    site = site_of(parts, without)
    memory = joined_memory(_pieces(parts, MEMORY, without).values())
    previous = source.previous(parts, without)
    return judge(catalog, site, plan, lambda agency: _heard(source, parts.id, agency), memory, previous)


def _heard(source: Source, run_id: str, agency: str) -> Iterator[tuple[str, Transcript]]:
    return ((one.endpoint, one.transcript()) for one in source.evidence(run_id, agency))


def site_of(parts: RunParts, without: Collection[str]) -> Site:
    """The register that the run was judged by, `without` the documents of these agencies. Raises StoreError."""
    bare: Site = value_of(Site, parts.inputs["site"].need())
    return joined_site(bare, {name: _pieces(parts, name, without) for name in DOCUMENTS})


def _pieces(parts: RunParts, name: str, without: Collection[str]) -> dict[str, Any]:
    return {
        agency: value_of(KINDS[name], some[name].need())
        for agency, some in parts.pieces.items()
        if name in some and agency not in without
    }


def _scores(parts: RunParts, judged: Judged, without: Collection[str]) -> Iterator[str]:
    kind = dict[str, AgencyScore]
    stored: dict[str, AgencyScore] = value_of(kind, parts.results["scores"].need())
    mine = {agency: one for agency, one in stored.items() if agency not in without}
    if canonical(kind, mine) != canonical(kind, dict(judged.scores)):
        yield "judged again, scores came out otherwise than stored"
    if not without and parts.results["nation"].data != canonical(NationScore | None, judged.nation):
        yield "judged again, the nation's score came out otherwise than stored"


def _results(
    parts: RunParts, judged: Judged, without: Collection[str]
) -> Iterator[tuple[str, Part | None, bytes | None]]:
    remembered = split_memory(judged.memory_after)
    for agency in sorted(parts.pieces.keys() | remembered.keys() | {one.agency for one in judged.posture}):
        if agency in without:
            continue
        some, after = parts.pieces.get(agency, {}), remembered.get(agency)
        entries = tuple(one for one in judged.posture if one.agency == agency)
        yield f"posture of {agency}", some.get(POSTURE), canonical(tuple[PostureEntry, ...], entries)
        yield f"what is remembered of {agency}", some.get(MEMORY_AFTER), canonical(Memory, after) if after else None
