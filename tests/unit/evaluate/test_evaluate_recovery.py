"""Standbys against primaries, exercises against drills, failovers against timelines, the plan against the register."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.evaluate.document import Papers
from pepperbird.evaluate.judge import evaluate
from pepperbird.evaluate.memory import remember
from pepperbird.evaluate.recovery import recovery_of
from pepperbird.model.attested import Attested, Measurement
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import Plan
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.verdict import ClauseResult
from pepperbird.plan.make import make_plan
from tests.support.shipped import shipped_catalog

AT = "2026-11-24T12:00:00Z"
KEY = "SHA256:" + "a" * 43
CATALOG = shipped_catalog()
LIMITS = {"max_connections": 100, "max_wal_senders": 10}


def site(**more: Any) -> Site:
    sql = [{"via": "sql", "at": "10.0.0.2", "as": "pepper"}]
    agency = {
        "id": "moj", "name": "Justice", "tier": "standard",
        "assets": [
            {"id": "bk-1", "kind": "linux-server", "access": [{"via": "ssh", "at": "10.0.0.1"}]},
            *({"id": name, "kind": "postgresql", "access": sql} for name in ("db-1", "db-2")),
        ],
        "stores": [
            {"id": "deeds", "asset": "db-1", "database": "deeds", "backed_up_to": ["vault"], "backup_as": ["deeds"]},
            {"id": "maps", "asset": "bk-1", "path": "/maps", "backed_up_to": ["vault"]},
        ],
        "repositories": [{"id": "vault", "tool": "restic", "on": "bk-1", "path": "/b/v", "drills": {"key": KEY}}],
        "services": [
            {"id": "search", "rpo": 60, "tier": "critical", "stores": ["deeds", "maps"]},
            {"id": "menu", "rpo": 600, "stores": ["deeds"]},
        ],
    } | more  # fmt: skip
    return Site(file=SiteFile(name="s"), agencies=(Agency.model_validate(agency),))


def plan(**more: Any) -> Plan:
    return make_plan(CATALOG, site(**more), at=AT)


def facts(*, standby: bool, **more: Any) -> dict[str, Any]:
    rows = [{"name": name, "value": value} for name, value in LIMITS.items()]
    return {"standby": standby, "system": "77", "timeline": 3, "limits": rows} | more


def record(clause: str, signed: str, *measured: Measurement, refusal: str = "") -> Attested:
    return Attested(
        record=f"r-{clause}", number=1, recorded_at=signed, agency="moj", clause=clause, document="d.pdf",
        document_sha256="0" * 64, signer="S", role="r", signed_at=signed, valid_from=signed[:10],
        valid_until="2030-01-01", assurance="signed", measured=measured, refusal=refusal,
    )  # fmt: skip


def joined(
    name: str, seen: dict[str, Any] | None = None, *papers: Attested, memory: Memory | None = None, **more: Any
) -> dict[str, Any]:
    made = plan(**more)
    asset = next(one for one in made.assets if one.id == name)
    evidence = Evidence({f"moj/{key}": AssetEvidence(f"moj/{key}", one, AT) for key, one in (seen or {}).items()})
    return recovery_of(made, evidence, memory or Memory(), Papers(papers), asset, AT)


def primaries(own: dict[str, Any], other: Any) -> Any:
    return joined("db-2", {"db-2": {"postgresql": own}, "db-1": {"postgresql": other}})["primaries"]


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({}, {"same_timeline": True, "smaller": []}),
        ({"timeline": 4}, {"same_timeline": False, "smaller": []}),
        ({"limits": [{"name": "max_connections", "value": 200}]}, {"smaller": ["max_connections 100 of 200"]}),
        ({"limits": [{"name": "max_connections", "value": 50}]}, {"smaller": []}),
    ],
)
def test_a_standby_is_held_against_its_primary(changes: dict[str, Any], row: dict[str, Any]) -> None:
    (found,) = primaries(facts(standby=True), facts(standby=False, **changes))
    assert found["id"] == "db-1"
    assert found.items() >= row.items()


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (facts(standby=False, system="78"), GapReason.NO_COLLECTOR),  # of another cluster
        (facts(standby=True), GapReason.NO_COLLECTOR),  # a standby too
        (Gap(GapReason.UNREACHABLE), GapReason.UNREACHABLE),
        (facts(standby=Gap(GapReason.UNREACHABLE)), GapReason.UNREACHABLE),  # type: ignore[arg-type]
    ],
)
def test_without_its_primary_nothing_is_known(other: Any, reason: GapReason) -> None:
    found = primaries(facts(standby=True), other)
    assert isinstance(found, Gap)
    assert found.reason is reason


def test_a_hidden_timeline_is_no_match() -> None:
    (found,) = primaries(facts(standby=True, timeline=Gap(GapReason.DENIED)), facts(standby=False))
    assert found["same_timeline"] == Gap(GapReason.DENIED)
    assert primaries(facts(standby=False), facts(standby=False)) == []


def point(newest: str | None) -> dict[str, Any]:
    row = {
        "id": "vault: x", "repository": "vault", "group": "bk-1 /maps", "host": "bk-1", "paths": ["/maps"],
        "apart": True, "count": 1,
    }  # fmt: skip
    return {"restic": {"points": [row | ({"newest": newest} if newest else {})]}}


def test_the_backups_of_a_database_server_are_those_of_its_stores_and_their_smallest_objective() -> None:
    (row,) = joined("db-1", {"bk-1": point("2026-11-24T01:00:00Z")})["backups"]
    assert row == {"id": "deeds", "rpo": 60}, "the point is of another store"
    (row,) = joined("db-1")["backups"]
    assert isinstance(row["newest"], Gap)
    assert joined("bk-1", {"bk-1": point("2026-11-24T01:00:00Z")})["backups"] == []


def maps(newest: str | None, asset: str = "bk-1") -> dict[str, Any]:
    """A restore point of the files of maps, which lie on the machine `asset`, in the repository vault."""
    found = point(newest)
    found["restic"]["points"][0] |= {"host": asset, "count": 1 if newest else 0}
    return found


@pytest.mark.parametrize(
    ("newest", "state", "said"),
    [
        ("2026-11-24T11:20:00Z", "pass", "the newest restore point is 40 minutes old; search may lose 60 minutes"),
        ("2026-11-24T10:20:00Z", "fail", "the newest restore point is 100 minutes old; search may lose 60 minutes"),
        (None, "fail", "no restore point; search may lose 60 minutes"),
        ("2026-11-25T10:20:00Z", "error", "its newest restore point is dated in the future"),
    ],
)
def test_files_are_held_against_the_objective_of_their_services(newest: str | None, state: str, said: str) -> None:
    found = clause("BR-04.5", "maps", {"bk-1": maps(newest)})
    assert (str(found.state), said in found.findings[0].message) == (state, True)
    told = f"newest {newest}" if newest else "no restore point of it"
    if state != "error":
        assert f"seen: vault on bk-1 ({told}; looked at {AT})" in found.findings[0].message


def test_a_repository_that_was_not_read_may_hold_a_younger_one() -> None:
    both = [
        {"id": "vault", "tool": "restic", "on": "bk-1", "path": "/b/v"},
        {"id": "far", "tool": "restic", "on": "bk-2", "path": "/b/f"},
    ]
    machines = [{"id": name, "kind": "linux-server", "access": [{"via": "ssh", "at": f"10.0.0.{name[-1]}"}]}
                for name in ("bk-1", "bk-2")]  # fmt: skip
    stores = [{"id": "maps", "asset": "bk-1", "path": "/maps", "backed_up_to": ["vault", "far"]}]
    services = [{"id": "search", "rpo": 60, "stores": ["maps"]}]
    more = {"repositories": both, "assets": machines, "stores": stores, "services": services}
    old = clause("BR-04.5", "maps", {"bk-1": maps("2026-11-24T10:20:00Z")}, **more)
    assert str(old.state) == "unchecked"
    assert old.findings[0].gap is not None and old.findings[0].gap.reason is GapReason.NO_COLLECTOR
    young = clause("BR-04.5", "maps", {"bk-1": maps("2026-11-24T11:20:00Z")}, **more)
    assert str(young.state) == "pass"
    assert "far on bk-2 (not seen)" in young.findings[0].message


@pytest.mark.parametrize(
    ("replicated", "state", "reason"),
    [(True, "error", GapReason.UNSUPPORTED), (False, "fail", None), (Gap(GapReason.DENIED), "error", GapReason.DENIED)],
)
def test_a_replica_of_a_bucket_proves_no_recovery_point(
    replicated: bool | Gap, state: str, reason: GapReason | None
) -> None:
    more = {
        "assets": [{"id": "ceph", "kind": "s3-bucket", "access": [{"via": "s3", "at": "https://s3.example.lr"}]}],
        "stores": [{"id": "scans", "asset": "ceph", "bucket": "scans"}], "repositories": [],
        "services": [{"id": "search", "rpo": 60, "stores": ["scans"]}],
    }  # fmt: skip
    seen = {"ceph": {"s3": {"buckets": [{"name": "scans", "replicated": replicated}]}}}
    found = clause("BR-04.5", "scans", seen, **more)
    assert str(found.state) == state
    gap = found.findings[0].gap
    assert (gap and gap.reason) == reason


def test_databases_and_stores_without_an_objective_are_not_asked_for_one() -> None:
    assert joined("deeds")["objectives"] == []
    assert joined("maps", services=[{"id": "search", "stores": ["maps"]}])["objectives"] == []


def clause(name: str, asset: str, seen: dict[str, Any], **more: Any) -> ClauseResult:
    """A clause of one asset, judged as a run judges it."""
    evidence = Evidence({f"moj/{key}": AssetEvidence(f"moj/{key}", one, AT) for key, one in seen.items()})
    found = evaluate(CATALOG, plan(**more), evidence, Memory(), site=site(**more), at=AT)
    return next(part for one in found if one.asset == asset for part in one.clauses if part.clause == name)


def drill(store: str, day: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"drill-{store}-{day}", "kind": "drill", "repository": "vault", "store": store, "tool": "restic",
        "ended": f"2026-11-{day:02}T02:00:00Z", "seconds": 60, "bytes": 1, "whole": 1, "expected": 3, "matched": 3,
        "good": True, "signed_by": KEY,
    } | more  # fmt: skip


def exercised(*rows: dict[str, Any], papers: tuple[Attested, ...] = ()) -> dict[str, dict[str, Any]]:
    found = joined("moj", {"bk-1": {"drills": {"results": list(rows)}}}, *papers)["exercised"]
    return {row["id"]: row for row in found}


def test_one_store_that_came_back_stands_for_its_service() -> None:
    found = exercised(drill("deeds", 20), drill("maps", 21, matched=2))
    assert found["search"] == {
        "id": "search", "highest": True, "claimed": "", "good": 1, "unproved": 0, "ended": "2026-11-20T02:00:00Z",
    }  # fmt: skip
    assert found["menu"]["highest"] is False
    assert exercised(drill("maps", 21, good=False))["search"]["good"] == 0
    assert exercised(drill("maps", 21), drill("maps", 22, signed_by=""))["search"]["unproved"] == 1


def test_what_the_record_of_the_exercise_claims_is_held_beside_it() -> None:
    claim = record("DR-05.1", "2026-11-01T00:00:00Z", Measurement(of="menu", figures={"type": "full-failover"}))
    assert exercised(papers=(claim,))["menu"]["claimed"] == "full-failover"
    assert exercised(papers=(claim.model_copy(update={"refusal": "no"}),))["menu"]["claimed"] == ""


def test_drills_that_were_not_looked_for_prove_nothing() -> None:
    assert isinstance(joined("moj")["exercised"][0]["good"], Gap)


def watched(*days: tuple[int, int]) -> Memory:
    """The memory of db-1 after its timeline was seen on some days of 2026."""
    memory = Memory()
    for month, timeline in days:
        at = f"2026-{month:02}-01T00:00:00Z"
        rows = {"postgresql": {"histories": [{"system": "77", "timeline": timeline}]}}
        memory = remember(CATALOG, memory, Evidence({"moj/db-1": AssetEvidence("moj/db-1", rows, at)}), at=at)
    return memory


def test_a_failover_is_held_against_the_timelines_that_were_watched() -> None:
    claim = record("DR-09.1", "2026-11-01T00:00:00Z", Measurement(of="search", figures={"minutes": 9}))
    assert isinstance(joined("moj")["failovers"], Gap)
    row = {"id": "search on db-1", "signed": "2026-11-01T00:00:00Z", "since": "2026-01-01T00:00:00Z"}
    assert joined("moj", None, claim, memory=watched((1, 3), (6, 3)))["failovers"] == [row]
    moved = joined("moj", None, claim, memory=watched((1, 3), (6, 4), (7, 4)))["failovers"]
    assert moved == [row | {"changed": "2026-06-01T00:00:00Z"}]
    assert joined("moj", None, claim)["failovers"] == []


def test_a_value_that_is_hidden_for_a_while_did_not_change() -> None:
    memory = watched((1, 3))
    gone = {"postgresql": {"histories": [{"system": "77", "timeline": Gap(GapReason.DENIED)}]}}
    dark = remember(CATALOG, memory, Evidence({"moj/db-1": AssetEvidence("moj/db-1", gone, AT)}), at=AT)
    assert dark.tracks["moj/db-1"]["postgresql.histories"] == memory.tracks["moj/db-1"]["postgresql.histories"]


def remembered(*days: tuple[str, dict[str, Any]]) -> Memory:
    memory = Memory()
    for at, more in days:
        memory = remember(CATALOG, memory, Evidence(), at=at, plan=plan(**more))
    return memory


FEWER = {"services": [], "stores": []}


def changes(memory: Memory, *papers: Attested, **more: Any) -> Any:
    return joined("moj", None, *papers, memory=memory, **more)["register_changes"]


def test_the_register_is_held_against_the_newest_version_of_the_plan() -> None:
    memory = remembered(("2026-01-01T00:00:00Z", FEWER), ("2026-06-01T00:00:00Z", {}), ("2026-09-01T00:00:00Z", FEWER))
    plan_of_march = record("DR-01.1", "2026-03-01T00:00:00Z")
    found = changes(memory, plan_of_march)
    gone = [{"id": name, "how": "removed", "seen": "2026-09-01T00:00:00Z"} for name in (
        "service menu", "service search", "store deeds", "store maps",
    )]  # fmt: skip
    assert found == gone
    assert changes(memory, plan_of_march, record("DR-03.1", "2026-10-01T00:00:00Z")) == []
    came = remembered(("2026-01-01T00:00:00Z", FEWER), ("2026-06-01T00:00:00Z", {}))
    assert {(row["id"], row["how"]) for row in changes(came, plan_of_march)} == {
        (row["id"], "added") for row in gone
    }  # fmt: skip


def test_what_came_back_is_new_again() -> None:
    memory = remembered(("2026-01-01T00:00:00Z", {}), ("2026-06-01T00:00:00Z", FEWER), (AT, {}))
    found = changes(memory, record("DR-01.1", "2026-07-01T00:00:00Z"))
    assert {row["seen"] for row in found} == {AT}
    assert {row["how"] for row in found} == {"added"}


def test_a_past_that_was_not_watched_is_not_known_to_be_quiet() -> None:
    memory = remembered(("2026-06-01T00:00:00Z", {}))
    found = changes(memory, record("DR-03.1", "2026-03-01T00:00:00Z"))
    assert isinstance(found, Gap)
    assert found.state == "unchecked"
    assert changes(memory, record("DR-03.1", "2026-07-01T00:00:00Z")) == []
    assert isinstance(changes(memory), Gap)
    assert isinstance(changes(memory, record("DR-03.1", "2026-07-01T00:00:00Z", refusal="no")), Gap)


def test_an_entry_that_is_long_gone_is_forgotten() -> None:
    memory = remembered(("2022-01-01T00:00:00Z", {}), ("2022-02-01T00:00:00Z", FEWER), (AT, FEWER))
    assert not [name for name in memory.tracks["moj/moj"]["register.entries"] if name.startswith("store")]


def test_the_verdict_says_what_changed() -> None:
    one = site().model_copy(update={"attested": (record("DR-01.1", "2026-03-01T00:00:00Z"),)})
    memory = remembered(("2026-01-01T00:00:00Z", FEWER), ("2026-06-01T00:00:00Z", {}))
    verdicts = evaluate(CATALOG, make_plan(CATALOG, one, at=AT), Evidence(), memory, site=one, at=AT)
    (result,) = [r for v in verdicts if v.control == "DR-03" for r in v.clauses if r.clause == "DR-03.2"]
    assert str(result.state) == "fail"
    assert result.findings[-1].message == (
        "store maps was added 176 days ago, and no newer version of the plan is on record"
    )
