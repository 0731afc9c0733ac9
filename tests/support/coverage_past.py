"""A past for the scenes of database servers: records that people signed, and what earlier scans remembered.

What a server said earlier is what a sample says, of itself or of the server that it took over from.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pepperbird.evaluate.memory import remember
from pepperbird.model.attested import Attested, Measurement
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.plan import Plan
from pepperbird.model.site import Site
from tests.support.coverage import catalog
from tests.support.coverage_scenes import Scene

LONG, LATELY, PLANNED = 800, 90, 100
"""Days: since when the register is watched, when it changed, how old the plan is."""


def with_records(site: Site, scene: Scene, at: str, *, whole: bool) -> Site:
    """The site with a plan that was reviewed, a failover of every service that is claimed, and a log of wiped disks.

    In the log stands every disk that is gone since, or none where the register is not `whole`.
    """
    services = site.agencies[0].services
    claimed = tuple(Measurement(of=one.id, figures={"minutes": 9, "lost_minutes": 0}) for one in services)
    records = (_record("DR-03.1", _before(at, PLANNED), ()), _record("DR-09.1", _before(at, 1), claimed))
    wiped = tuple(Measurement(of=one["serial"], figures={"read_percent": 100}) for one in scene.disks if whole)
    records = (*records, _record("DS-16.1", _before(at, 1), wiped))
    return site.model_copy(update={"attested": records})


def pasts(scene: Scene, plan: Plan, fewer: Plan) -> Iterator[Memory]:
    """What earlier scans may have left: nothing, a quiet past, and one in which the register grew lately."""
    yield Memory()
    yield from _with_disks(scene, plan)
    if "postgresql" not in scene.facts:
        return
    then = _before(scene.at, LONG)
    facts = {"postgresql": scene.primary or scene.facts["postgresql"]}
    key = "sample/postgresql"
    evidence = Evidence({key: AssetEvidence(key, facts, then)})
    yield remember(catalog(), Memory(), evidence, at=then, plan=plan)
    grown = remember(catalog(), Memory(), evidence, at=then, plan=fewer)
    yield remember(catalog(), grown, Evidence(), at=_before(scene.at, LATELY), plan=plan)


def _with_disks(scene: Scene, plan: Plan) -> Iterator[Memory]:
    """What scans remember of a machine of which an earlier sample shows more disks, missed since lately."""
    if scene.disks:
        key, memory = "sample/server", Memory()
        for days, rows in ((LONG, list(scene.disks)), (LATELY, [])):
            then = _before(scene.at, days)
            evidence = Evidence({key: AssetEvidence(key, {"smart": {"serials": rows}}, then)})
            memory = remember(catalog(), memory, evidence, at=then, plan=plan)
        yield memory


def _record(clause: str, signed: str, measured: tuple[Measurement, ...]) -> Attested:
    return Attested(
        record=f"r-{clause}", number=1, recorded_at=signed, agency="sample", clause=clause, document="d.pdf",
        document_sha256="0" * 64, signer="S", role="r", signed_at=signed, valid_from=signed[:10],
        valid_until="2031-01-01", assurance="signed", measured=measured,
    )  # fmt: skip


def _before(at: str, days: int) -> str:
    return (datetime.fromisoformat(at) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
