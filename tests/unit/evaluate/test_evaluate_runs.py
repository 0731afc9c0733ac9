"""Copies, storage systems and runs of backups: joined over the machines of an agency, judged by the real content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pepperbird.evaluate.judge import evaluate
from pepperbird.evaluate.media import shares_disk, systems_of
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.verdict import ClauseResult
from pepperbird.plan.make import make_plan
from tests.support.shipped import shipped_catalog

AT = "2026-11-24T12:00:00Z"
NEWEST = "2026-11-24T01:00:00Z"
DAY = 1440
UNREACHABLE = Gap(GapReason.UNREACHABLE, "The machine does not answer.")
CATALOG = shipped_catalog()
DISKS = [
    {"target": "/", "device": "sda1", "stands_on": ["sda"]},
    {"target": "/srv", "device": "sda2", "stands_on": ["sda"]},
    {"target": "/mnt/usb", "device": "sdb1", "stands_on": ["sdb"]},
]


def agency(vaults: Sequence[dict[str, Any]], **store: Any) -> Agency:
    ssh = [{"via": "ssh", "at": "10.0.0.1"}]
    base = {"tool": "restic", "site": "office"}
    return Agency.model_validate(
        {
            "id": "moj", "name": "Justice", "tier": "standard", "sites": [{"id": "office", "country": "LR"}],
            "assets": [
                {"id": name, "kind": "linux-server", "site": "office", "access": ssh}
                for name in ("db-1", "bk-1", "bk-2")
            ],
            "stores": [
                {
                    "id": "deeds", "asset": "db-1", "path": "/srv/deeds", "backed_up_to": [one["id"] for one in vaults],
                    **store,
                }
            ],
            "repositories": [base | one for one in vaults],
        }
    )  # fmt: skip


def point(repository: str, **columns: Any) -> dict[str, Any]:
    base = {
        "id": f"{repository}: x", "repository": repository, "group": "x", "host": "db-1", "paths": ["/srv"],
        "apart": True, "count": 3, "newest": NEWEST, "oldest": NEWEST, "days": [0], "minutes": [0, DAY, 2 * DAY],
    }  # fmt: skip
    return base | columns


def clauses(one: Agency, facts: dict[str, dict[str, Any]], asset: str) -> dict[str, ClauseResult]:
    site = Site(file=SiteFile(name="s"), agencies=(one,))
    plan = make_plan(CATALOG, site, at=AT)
    seen = {f"moj/{name}": AssetEvidence(f"moj/{name}", held, AT) for name, held in facts.items()}
    verdicts = evaluate(CATALOG, plan, Evidence(seen), Memory(), site=site, at=AT)
    return {result.clause: result for verdict in verdicts if verdict.asset == asset for result in verdict.clauses}


NEAR = {"id": "near", "on": "bk-1", "path": "/b/near", "system": "nas-1"}
FAR = {"id": "far", "on": "bk-2", "path": "/b/far", "system": "nas-2"}
USB = {"id": "usb", "on": "db-1", "path": "/mnt/usb/b", "system": "usb-1"}
HERE = {"id": "here", "on": "db-1", "path": "/b", "system": "db-1"}


@pytest.mark.parametrize(
    ("vaults", "changes", "copies", "systems"),
    [
        ([NEAR, FAR], {}, "pass", "pass"),
        ([NEAR, FAR | {"system": "nas-1"}], {}, "pass", "pass"),  # production is a system too
        ([NEAR], {}, "fail", "pass"),
        ([NEAR, USB], {}, "pass", "pass"),  # another disk of the same machine
        ([NEAR, HERE], {}, "fail", "pass"),  # the same disk
        ([HERE], {}, "fail", "fail"),
        ([NEAR, FAR], {"far": {"newest": "2026-11-01T01:00:00Z"}}, "fail", "pass"),
        ([NEAR, FAR], {"far": {"host": "web-1"}}, "fail", "pass"),  # of another machine
        ([NEAR, FAR], {"far": {"count": 0}}, "fail", "pass"),
        ([NEAR, FAR], {"far": {"newest": "2027-11-01T01:00:00Z"}}, "error", "pass"),
        ([NEAR | {"system": ""}, FAR | {"system": ""}], {}, "pass", "unchecked"),
        ([], {}, "fail", "fail"),
    ],
)  # fmt: skip
def test_three_copies_on_two_systems(
    vaults: list[dict[str, Any]], changes: dict[str, Any], copies: str, systems: str
) -> None:
    facts: dict[str, Any] = {name: {"storage": {"filesystems": DISKS}} for name in ("db-1", "bk-1", "bk-2")}
    for one in vaults:
        points = facts[one["on"]].setdefault("restic", {"points": []})["points"]
        points.append(point(one["id"], **changes.get(one["id"], {})))
    found = clauses(agency(vaults), facts, "deeds")
    assert (found["BR-06.1"].state, found["BR-06.3"].state) == (copies, systems)


def test_a_copy_that_was_not_read_counts_for_nothing_and_is_no_fail() -> None:
    facts = {"bk-1": {"restic": {"points": [point("near")]}}, "bk-2": {"restic": UNREACHABLE}}
    found = clauses(agency([NEAR, FAR]), facts, "deeds")
    assert (found["BR-06.1"].state, found["BR-06.3"].state) == ("unreachable", "pass")
    third = FAR | {"id": "third"}
    facts["bk-2"] = {"restic": {"points": [point("far"), point("third", count=UNREACHABLE)]}}
    assert clauses(agency([NEAR, FAR, third]), facts, "deeds")["BR-06.1"].state == "pass"


def test_a_finding_says_where_and_when_each_copy_was_seen() -> None:
    facts = {name: {"restic": {"points": [point(vault)]}} for name, vault in (("bk-1", "near"), ("bk-2", "far"))}
    said = {one.subject: one.message for one in clauses(agency([NEAR, FAR]), facts, "deeds")["BR-06.1"].findings}
    assert said == {
        "near": f"near (restic nas-1, at office): 3 restore points, the newest 11 hours old; seen on bk-1 at {AT}",
        "far": f"far (restic nas-2, at office): 3 restore points, the newest 11 hours old; seen on bk-2 at {AT}",
    }


@pytest.mark.parametrize(
    ("store", "repository", "mounts", "same"),
    [
        ("/srv/a", "/srv/b", DISKS, True), ("/srv/a", "/b", DISKS, True), ("/srv/a", "/mnt/usb/b", DISKS, False),
        ("/p/a", "/q/a", [{"target": t, "volume": "tank", "stands_on": []} for t in ("/p", "/q")], True),
        ("/p/a", "/q/a", [{"target": t, "device": t, "stands_on": []} for t in ("/p", "/q")], False),
        ("", "/b", DISKS, GapReason.NOT_FOUND), ("/a", "/b", [], GapReason.NOT_FOUND),
        ("/a", "/b", UNREACHABLE, GapReason.UNREACHABLE),
        ("/a", "/mnt/usb", [DISKS[0], {**DISKS[2], "stands_on": UNREACHABLE}], GapReason.UNREACHABLE),
    ],
)  # fmt: skip
def test_what_dies_together_is_one_copy(store: str, repository: str, mounts: Any, same: Any) -> None:
    found = shares_disk(store, repository, mounts)
    assert (found.reason if isinstance(found, Gap) else found) == same


def test_of_two_copies_on_one_system_the_better_one_speaks() -> None:
    old, new = ({"id": n, "system": "nas", "newest": n, "shares_disk": False} for n in ("2026-11-01T00:00:00Z", NEWEST))
    lost = {"id": "c", "system": "nas", "newest": UNREACHABLE, "shares_disk": False}
    for rows in ([old, new, lost], [lost, new, old]):
        assert systems_of(rows) == [{"id": "nas", "newest": NEWEST, "apart": True}]
    assert systems_of([{"id": "c", "system": "nas", "shares_disk": False}, lost])[0]["newest"] is UNREACHABLE


def nights(*days: int) -> dict[str, Any]:
    return {"count": len(days), "minutes": [(day - days[0]) * DAY for day in days], "newest": NEWEST}


@pytest.mark.parametrize(
    ("declared", "columns", "state"),
    [
        ({"schedule": "daily"}, nights(*range(30)), "pass"),
        ({"schedule": "Nightly"}, nights(*range(30)), "pass"),
        ({"schedule": "daily"}, nights(*(n for n in range(30) if n not in (4, 9, 17))), "pass"),
        ({"schedule": "daily"}, nights(*(n for n in range(30) if n not in (4, 9, 17, 18))), "fail"),
        ({"schedule": "daily"}, nights(*range(7), 13, 20, 27), "fail"),
        ({"schedule": "daily", "keep_days": 7}, nights(*range(7), 13, 20, 27), "pass"),
        ({"schedule": "daily", "keep_days": 3}, nights(*range(7), 13, 20, 27), "error"),
        ({"schedule": "daily"}, nights(0, 1, 2), "error"),
        ({"schedule": "daily"}, nights(*range(30)) | {"newest": "2026-11-14T01:00:00Z"}, "fail"),
        ({"schedule": "daily"}, nights(*range(30)) | {"newest": "2026-11-25T01:00:00Z"}, "error"),
        ({"schedule": "weekly"}, nights(0, 7, 14, 21, 28), "pass"),
        ({"schedule": "weekly"}, nights(0, 14, 21, 28), "fail"),
        ({"schedule": "every 2 days"}, nights(*range(0, 30, 2)), "pass"),
        ({"schedule": "every 6 hours"}, nights(*range(30)), "fail"),
        ({"schedule": "daily"}, {"count": 0, "minutes": [], "newest": None}, "fail"),
        ({"schedule": "daily"}, {"minutes": UNREACHABLE}, "unreachable"),
        ({}, nights(*range(30)), "unchecked"),
        ({"schedule": "when there is time"}, nights(*range(30)), "error"),
    ],
)  # fmt: skip
def test_runs_are_judged_by_the_gaps_between_restore_points(
    declared: dict[str, Any], columns: dict[str, Any], state: str
) -> None:
    row = {key: value for key, value in point("near", **columns).items() if value is not None}
    found = clauses(agency([NEAR | declared]), {"bk-1": {"restic": {"points": [row]}}}, "near")
    assert found["BR-03.3"].state == state


def test_a_run_may_be_early_or_late_and_there_may_be_more_than_asked() -> None:
    late = {"count": 30, "minutes": [n * DAY + (n * 47) % 400 for n in range(30)]}
    often = {"count": 90, "minutes": [n * 480 for n in range(90)]}
    for columns in (late, often):
        facts = {"bk-1": {"restic": {"points": [point("near", **columns)]}}}
        assert clauses(agency([NEAR | {"schedule": "daily"}]), facts, "near")["BR-03.3"].state == "pass"


@pytest.mark.parametrize("tool", ["rsnapshot", "rsync", "barman", "bacula", "btrfs", "zfs"])
def test_a_schedule_of_a_tool_whose_single_runs_nobody_tells_of_is_no_error_of_the_scan(tool: str) -> None:
    row = {key: value for key, value in point("near").items() if key != "minutes"}
    found = clauses(agency([NEAR | {"tool": tool, "schedule": "daily"}]), {"bk-1": {tool: {"points": [row]}}}, "near")
    assert "BR-03.3" not in found or found["BR-03.3"].state == "not_applicable"
    assert found["BR-14.3"].state == "pass"


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, "pass"), ({"on": "db-1"}, "fail"), ({"on": None}, "error"),
        ({"tier": "critical"}, "error"), ({"tier": "critical", "directory": "moj.gov.lr"}, "error"),
    ],
)  # fmt: skip
def test_a_repository_stands_apart_from_what_is_in_it(more: dict[str, Any], state: str) -> None:
    assert clauses(agency([NEAR | more]), {}, "near")["BR-14.3"].state == state


@pytest.mark.parametrize(("site", "state"), [("office", "pass"), (None, "fail")])
def test_a_folder_that_leaves_the_site_lies_on_an_encrypted_disk(site: str | None, state: str) -> None:
    one = agency([USB | {"tool": "files", "site": site}]).model_copy(update={"tier": "foundation"})
    disks = [{**disk, "encrypted": False, "removable": False} for disk in DISKS]
    assert clauses(one, {"db-1": {"storage": {"filesystems": disks}}}, "usb")["BR-09.6"].state == state
