"""A store against the repositories that it names: only a restore point of that very store counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pepperbird.evaluate.copies import copies_of
from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import State
from pepperbird.plan.make import make_plan
from tests.support.shipped import shipped_catalog

AT = "2026-11-24T02:00:00Z"
NEWEST = "2026-11-24T01:00:00Z"
UNREACHABLE = Gap(GapReason.UNREACHABLE, "The machine does not answer.")
CATALOG = shipped_catalog()


def agency(tool: str = "restic", **more: Any) -> Agency:
    ssh = [{"via": "ssh", "at": "10.0.0.1"}]
    store = {"id": "deeds", "asset": "db-1", "path": "/srv/deeds", "backed_up_to": ["vault"], **more.pop("store", {})}
    vault = {"id": "vault", "tool": tool, "on": "bk-1", "path": "/b/v", "site": "kakata", **more.pop("vault", {})}
    return Agency.model_validate(
        {
            "id": "moj", "name": "Justice", "tier": "standard",
            "sites": [
                {"id": "office", "country": "LR", "lat": 6.3156, "lon": -10.8074},
                {"id": "kakata", "country": "LR", "lat": 6.53, "lon": -10.3517},
            ],
            "assets": [
                {"id": "db-1", "kind": "linux-server", "site": "office", "access": ssh},
                {"id": "bk-1", "kind": "linux-server", "site": "kakata", "access": ssh},
            ],
            "stores": [store], "repositories": [vault], **more,
        }
    )  # fmt: skip


def point(**columns: Any) -> dict[str, Any]:
    base = {
        "id": "vault: x", "repository": "vault", "group": "x", "host": "db-1", "paths": ["/srv"], "apart": True,
        "count": 3, "newest": NEWEST, "oldest": NEWEST, "days": [0],
    }  # fmt: skip
    return base | columns


def states(one: Agency, facts: Mapping[str, Any] | None) -> dict[str, State]:
    return states_on(one, "moj/bk-1", facts)


def states_on(one: Agency, machine: str, facts: Mapping[str, Any] | None, *clauses: str) -> dict[str, State]:
    site = Site(file=SiteFile(name="s"), agencies=(one,))
    plan = make_plan(CATALOG, site, at=AT)
    seen = {} if facts is None else {machine: AssetEvidence(machine, facts, AT)}
    verdicts = evaluate(CATALOG, plan, Evidence(seen), Memory(), site=site, at=AT)
    found = {
        clause.clause: clause.state for verdict in verdicts if verdict.asset == "deeds" for clause in verdict.clauses
    }
    return {name: found[name] for name in clauses or ("BR-01.1", "BR-07.1")}


def both(state: str, other: str | None = None) -> dict[str, State]:
    return {"BR-01.1": State(state), "BR-07.1": State(other or state)}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, both("pass")),
        ({"host": "DB-1.moj.gov.lr"}, both("pass")),
        ({"host": "web-1"}, both("fail")),  # the same folder of another machine
        ({"paths": ["/srv/deeds/2024"]}, both("fail")),  # a part of the store is not the store
        ({"paths": ["/srv/deeds2"]}, both("fail")),
        ({"newest": "2026-11-01T01:00:00Z"}, both("pass", "fail")),
        ({"newest": "2027-11-01T01:00:00Z"}, both("pass", "error")),
        ({"repository": "other"}, both("error")),
    ],
)
def test_a_restic_restore_point_is_of_its_machine_and_its_folder(
    columns: dict[str, Any], expected: dict[str, State]
) -> None:
    assert states(agency(), {"restic": {"points": [point(**columns)]}}) == expected


@pytest.mark.parametrize("reason", [GapReason.UNREACHABLE, GapReason.NO_CREDENTIAL, GapReason.LOGIN_REFUSED])
def test_a_repository_that_could_not_be_read_takes_its_gaps_state(reason: GapReason) -> None:
    gap = Gap(reason, "x")
    for facts in (
        {"restic": gap},
        {"restic": {"points": gap}},
        {"restic": {"points": [point(host=gap, paths=gap, apart=False)]}},
        {"restic": {"points": [point(), point(id="y", count=gap)]}},
    ):
        assert states(agency(), facts) == both(str(gap.state))


def test_a_machine_that_was_not_asked_is_unchecked() -> None:
    assert states(agency(), None) == both("unchecked")
    assert states(agency(vault={"on": None}), {"restic": {"points": [point()]}}) == both("unchecked")


def test_a_tool_that_nobody_reads_is_unchecked() -> None:
    assert states(agency("bacula"), {"restic": {"points": [point()]}}) == both("unchecked")


def test_a_store_that_names_no_repository_fails() -> None:
    one = agency(store={"backed_up_to": []})
    assert states(one, {"restic": {"points": [point()]}}) == both("fail")


@pytest.mark.parametrize(
    ("tool", "group", "backup_as", "state"),
    [
        ("borg", "deeds", [], "pass"), ("borg", "db-1", [], "fail"), ("borg", "db-1", ["db-1"], "pass"),
        ("pgbackrest", "main", [], "fail"), ("pgbackrest", "main", ["main"], "pass"),
        ("rsnapshot", "deeds", [], "pass"), ("rsnapshot", "db-1", [], "fail"), ("rsync", "mirror", ["mirror"], "pass"),
        ("barman", "main", ["main"], "pass"), ("btrfs", "deeds", [], "pass"), ("zfs", "t/deeds", ["t/deeds"], "pass"),
        ("files", "deeds-*.sql.gz", [], "pass"), ("files", "all-*.gz", [], "fail"), ("files", "a*", ["a*"], "pass"),
    ],
)  # fmt: skip
def test_other_tools_by_the_names_that_backups_use(tool: str, group: str, backup_as: list[str], state: str) -> None:
    name = {"files": "dumps"}.get(tool, tool)
    one = agency(tool, store={"backup_as": backup_as})
    row = point(group=group, **({"ending": "whole"} if tool == "files" else {}))
    assert states(one, {name: {"points": [row]}}) == both(state)


@pytest.mark.parametrize(
    ("ending", "state"),
    [("whole", "pass"), ("marked", "pass"), ("cut", "fail"), (Gap(GapReason.DENIED, "x"), "error")],
)
def test_a_dump_that_is_not_whole_is_no_restore_point(ending: Any, state: str) -> None:
    row = point(group="deeds-*.gz", ending=ending)
    assert states(agency("files"), {"dumps": {"points": [row]}}) == both(state)


def test_what_is_not_mounted_was_not_seen() -> None:
    one = agency("files", vault={"mount": "/mnt/usb"})
    facts = {
        "dumps": {"points": [point(group="deeds-*", ending="whole")]},
        "storage": {"filesystems": [{"target": "/"}]},
    }
    assert states(one, facts) == both("error")
    facts["storage"] = {"filesystems": [{"target": "/mnt/usb"}]}
    assert states(one, facts) == both("pass")


def test_the_distance_is_that_of_the_places() -> None:
    facts = {"restic": {"points": [point()]}}
    assert states(agency(vault={"site": "office"}), facts) == both("pass", "fail")
    assert states(agency(vault={"site": None}), facts) == both("pass", "error")


def test_only_data_stores_have_copies() -> None:
    site = Site(file=SiteFile(name="s"), agencies=(agency(),))
    plan = make_plan(CATALOG, site, at=AT)
    assert [one.id for one in plan.assets if copies_of(plan, Evidence(), one)] == ["deeds"]


@pytest.mark.parametrize("tool", ["btrfs", "zfs"])
def test_snapshots_beside_their_data_are_no_copy_of_it(tool: str) -> None:
    beside = agency(tool, vault={"on": "db-1", "site": "office"})
    assert states_on(beside, "moj/db-1", {tool: {"points": [point(group="deeds")]}}) == both("fail")
    away = agency(tool)
    assert states(away, {tool: {"points": [point(group="deeds")]}}) == both("pass")


@pytest.mark.parametrize("host", ["db-1", "bk-1"])
def test_snapshots_of_lvm_are_no_copy_on_any_machine(host: str) -> None:
    one = agency("lvm", vault={"on": host})
    facts = {"lvm": {"points": [point(group="deeds")]}}
    assert states_on(one, f"moj/{host}", facts, "BR-01.1", "BR-06.1", "BR-07.1") == {
        "BR-01.1": State.FAIL, "BR-06.1": State.FAIL, "BR-07.1": State.FAIL,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("held", "on", "state"),
    [
        (NEWEST, "bk-1", State.PASS),
        ("2026-10-24T01:00:00Z", "bk-1", State.FAIL),
        (None, "bk-1", State.FAIL),
        (NEWEST, "db-1", State.NOT_APPLICABLE),
        (Gap(GapReason.DENIED, "x"), "bk-1", State.ERROR),
    ],
)
def test_a_held_snapshot_counts_on_another_machine_alone(held: Any, on: str, state: State) -> None:
    one = agency("zfs", vault={"on": on})
    row = point(group="deeds", **({} if held is None else {"held": held}))
    assert states_on(one, f"moj/{on}", {"zfs": {"points": [row]}}, "BR-08.4") == {"BR-08.4": state}
