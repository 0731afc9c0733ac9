"""Disks that vanished between scans, held against the log of sanitised media."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.evaluate.judge import evaluate
from pepperbird.evaluate.memory import remember
from pepperbird.model.attested import Attested, Measurement
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import Plan
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.verdict import Verdict
from pepperbird.plan.make import make_plan
from tests.support.shipped import shipped_catalog

CATALOG = shipped_catalog()
SECTIONS = next(
    leaf.document.sections for one in CATALOG.controls["DS-16"].clauses for leaf in one.leaves if leaf.document
)
FIRST, THEN, NOW = "2026-06-01T12:00:00Z", "2026-07-01T12:00:00Z", "2026-11-24T12:00:00Z"


def site(*servers: str, papers: tuple[Attested, ...] = ()) -> Site:
    assets = [{"id": name, "kind": "linux-server", "access": [{"via": "ssh", "at": "10.0.0.1"}]} for name in servers]
    agency = Agency.model_validate({"id": "moj", "name": "Justice", "tier": "standard", "assets": assets})
    return Site(file=SiteFile(name="s"), agencies=(agency,), attested=papers)


def log(*rows: Measurement, refusal: str = "") -> Attested:
    return Attested(
        record="r-1", number=1, recorded_at=NOW, agency="moj", clause="DS-16.1", document="d.pdf",
        document_sha256="0" * 64, document_found_sha256="0" * 64, sections=SECTIONS, reviewer="R", signer="S",
        role="asset manager", signed_at="2026-11-20T12:00:00Z",
        valid_from="2026-11-20", valid_until="2030-01-01", assurance="signed", measured=rows, refusal=refusal,
    )  # fmt: skip


def row(of: str, **figures: int) -> Measurement:
    return Measurement(of=of, figures=figures)


def seen(at: str, **servers: Any) -> Evidence:
    """Which serial numbers each server showed."""

    def facts(told: Any) -> dict[str, Any]:
        rows = told if isinstance(told, Gap) else [{"serial": one, "name": "sda", "model": "m"} for one in told]
        return {"smart": {"serials": rows}}

    return Evidence({f"moj/{name}": AssetEvidence(f"moj/{name}", facts(one), at) for name, one in servers.items()})


def planned(made: Site, at: str) -> Plan:
    return make_plan(CATALOG, made, at=at)


def judged(memory: Memory, now: Evidence, made: Site) -> Verdict:
    found = evaluate(CATALOG, planned(made, NOW), now, memory, site=made, at=NOW)
    return next(one for one in found if (one.control, one.asset) == ("DS-16", "moj"))


def supporting(verdict: Verdict) -> tuple[str, str]:
    clause = next(one for one in verdict.clauses if one.clause == "DS-16.2")
    return str(clause.state), clause.findings[0].message


def past(*steps: tuple[str, Evidence, Site]) -> Memory:
    memory = Memory()
    for at, evidence, made in steps:
        memory = remember(CATALOG, memory, evidence, at=at, plan=planned(made, at))
    return memory


BOTH = site("db-1", "db-2")


def test_a_disk_that_vanished_without_a_record_contradicts_the_log() -> None:
    memory = past((FIRST, seen(FIRST, **{"db-1": ["ZN1", "ZN2"]}), BOTH), (THEN, seen(THEN, **{"db-1": ["ZN1"]}), BOTH))
    now = seen(NOW, **{"db-1": ["ZN1"]})
    found = judged(memory, now, site("db-1", "db-2", papers=(log(row("another", read_percent=100)),)))
    assert supporting(found) == (
        "fail",
        "the disk with the serial number ZN2, last seen in db-1, is gone for 146 days, and does not stand in the log "
        "of sanitised media",
    )
    assert str(found.state) == "error", "a signed log that is contradicted passes no more"


@pytest.mark.parametrize(
    ("papers", "state", "control"),
    [
        ((log(row("zn-2", read_percent=100)),), "pass", "pass"),  # as it was read from a label
        ((log(row("ZN2", read_percent=1)),), "pass", "pass"),
        ((log(row("ZN2", read_percent=1), refusal="not reviewed"),), "fail", None),
        ((), "fail", None),
    ],
)
def test_the_log_by_serial_number(papers: tuple[Attested, ...], state: str, control: str | None) -> None:
    memory = past((FIRST, seen(FIRST, **{"db-1": ["ZN1", "ZN2"]}), BOTH), (THEN, seen(THEN, **{"db-1": ["ZN1"]}), BOTH))
    found = judged(memory, seen(NOW, **{"db-1": ["ZN1"]}), site("db-1", "db-2", papers=papers))
    assert supporting(found)[0] == state
    assert control is None or str(found.state) == control


def test_a_disk_that_moved_or_came_back_has_not_vanished() -> None:
    moved = past((FIRST, seen(FIRST, **{"db-1": ["ZN1"], "db-2": ["ZN9"]}), BOTH))
    assert supporting(judged(moved, seen(NOW, **{"db-1": [], "db-2": ["ZN1", "ZN9"]}), BOTH))[0] == "not_applicable"
    back = past((FIRST, seen(FIRST, **{"db-1": ["ZN1"]}), BOTH), (THEN, seen(THEN, **{"db-1": []}), BOTH))
    assert supporting(judged(back, seen(NOW, **{"db-1": ["ZN1"]}), BOTH))[0] == "not_applicable"


def test_one_that_is_missed_since_today_has_its_time() -> None:
    memory = past((FIRST, seen(FIRST, **{"db-1": ["ZN1"]}), BOTH))
    assert supporting(judged(memory, seen(NOW, **{"db-1": []}), BOTH))[0] == "pass"


def test_a_server_that_could_not_be_read_loses_no_disk() -> None:
    memory = past((FIRST, seen(FIRST, **{"db-1": ["ZN1"]}), BOTH))
    hidden = seen(NOW, **{"db-1": Gap(GapReason.DENIED, "closed")})
    assert supporting(judged(memory, hidden, BOTH))[0] == "not_applicable"


def test_the_disks_of_a_server_that_left_the_register_left_with_it() -> None:
    less = site("db-2")
    memory = past((FIRST, seen(FIRST, **{"db-1": ["ZN1"]}), BOTH), (THEN, Evidence(), less))
    state, said = supporting(judged(memory, seen(NOW, **{"db-2": ["ZN9"]}), less))
    assert (state, "ZN1, last seen in db-1, is gone for 146 days" in said) == ("fail", True)


def test_where_no_serial_number_was_ever_seen_nothing_is_said() -> None:
    assert supporting(judged(Memory(), Evidence(), BOTH))[0] == "unchecked"
    state, said = supporting(judged(Memory(), seen(NOW, **{"db-1": Gap(GapReason.DENIED, "closed to it")}), BOTH))
    assert (state, "closed to it" in said) == ("error", True)


def test_a_log_of_no_medium_is_a_log_all_the_same() -> None:
    found = judged(Memory(), seen(NOW, **{"db-1": ["ZN1"]}), site("db-1", papers=(log(),)))
    assert str(found.state) == "pass"


def test_the_long_gone_are_forgotten() -> None:
    memory = past((FIRST, seen(FIRST, **{"db-1": ["ZN1"]}), BOTH), (THEN, seen(THEN, **{"db-1": []}), BOTH))
    kept = remember(CATALOG, memory, seen("2029-01-01T00:00:00Z", **{"db-1": []}), at="2029-01-01T00:00:00Z")
    assert memory.tracks["moj/db-1"]["smart.serials"] == {"ZN1": {"first_seen": FIRST, "gone": THEN}}
    assert kept.tracks["moj/db-1"]["smart.serials"] == {}
