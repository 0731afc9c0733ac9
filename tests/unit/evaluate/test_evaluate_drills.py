"""Signed results by repository, store and service: what counts, what stands, how long all of it takes."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.evaluate.drills import drills_of
from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.gap import Gap
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import AssetKind
from pepperbird.plan.make import make_plan
from tests.support.shipped import shipped_catalog

AT = "2026-11-24T12:00:00Z"
KEY = "SHA256:" + "a" * 43
OTHER = "SHA256:" + "b" * 43
CATALOG = shipped_catalog()


def site(tool: str = "restic") -> Site:
    ssh = [{"via": "ssh", "at": "10.0.0.1"}]
    vault = {"id": "vault", "tool": tool, "on": "bk-1", "path": "/b/v", "patterns": ["a-*.gz"], "drills": {"key": KEY}}
    agency = Agency.model_validate(
        {
            "id": "moj", "name": "Justice", "tier": "standard",
            "assets": [{"id": "bk-1", "kind": "linux-server", "access": ssh}],
            "stores": [
                {"id": name, "asset": "bk-1", "path": f"/{name}", "backed_up_to": ["vault"]}
                for name in ("deeds", "maps")
            ],
            "repositories": [vault],
            "services": [{"id": "search", "rto": 60, "stores": ["deeds", "maps"]}, {"id": "portal", "rto": 60}],
        }
    )  # fmt: skip
    return Site(file=SiteFile(name="s"), agencies=(agency,))


def result(day: int, kind: str = "verify", **columns: Any) -> dict[str, Any]:
    base = {
        "id": f"{kind}-{day}", "kind": kind, "repository": "vault", "store": "", "tool": "restic", "part": 1,
        "parts": 1, "percent": 100, "started": f"2026-11-{day:02}T01:00:00Z", "ended": f"2026-11-{day:02}T02:00:00Z",
        "seconds": 600, "files": 1, "bytes": 100, "whole": 100, "expected": 3, "matched": 3, "good": True,
        "signed_by": KEY,
    }  # fmt: skip
    return base | columns


def part(day: int, number: int, parts: int = 3, **columns: Any) -> dict[str, Any]:
    return result(day, part=number, parts=parts, percent=100 // parts, **columns)


def joined(kind: AssetKind, *rows: dict[str, Any], name: str = "") -> dict[str, Any]:
    plan = make_plan(CATALOG, site(), at=AT)
    asset = next(one for one in plan.assets if one.kind is kind and name in ("", one.id))
    seen = Evidence({"moj/bk-1": AssetEvidence("moj/bk-1", {"drills": {"results": list(rows)}}, AT)})
    return drills_of(plan, seen, asset)


@pytest.mark.parametrize(
    ("rows", "standing", "covered"),
    [
        ([result(20)], 0, [100]),
        ([result(20, good=False)], 1, [0]),
        ([part(20, 1), part(21, 2)], 0, [33, 66]),
        ([part(20, 1), part(21, 1)], 0, [33, 33]),  # the same part twice is read once
        ([part(20, 1), part(21, 2), part(22, 3)], 0, [33, 66, 100]),
        ([part(20, 1, good=False), part(21, 2)], 1, [33, 33]),
        ([part(20, 1, good=False), part(21, 1)], 0, [33, 33]),
        ([part(20, 1, good=False), result(21)], 0, [100, 100]),
        ([result(19, good=False), part(20, 1), part(21, 2)], 1, [33, 66, 66]),
        ([result(19, good=False), part(20, 1), part(21, 2), part(22, 3)], 0, [33, 66, 100, 100]),
        ([part(20, 1, 2), part(21, 1, 3)], 0, [33, 50]),  # parts of other divisions do not add up
    ],
)
def test_parts_add_up_and_failures_stand(rows: list[dict[str, Any]], standing: int, covered: list[int]) -> None:
    found = joined(AssetKind.BACKUP_REPOSITORY, *rows)
    assert found["verified"]["standing"] == standing
    assert [row["covered"] for row in found["verifications"]] == covered


@pytest.mark.parametrize(
    ("columns", "unproved"),
    [
        ({"signed_by": ""}, 1), ({"signed_by": OTHER}, 1), ({"tool": "borg"}, 1), ({"repository": "other"}, 0), ({}, 0),
    ],
)  # fmt: skip
def test_what_the_key_did_not_sign_counts_apart(columns: dict[str, Any], unproved: int) -> None:
    newer = joined(AssetKind.BACKUP_REPOSITORY, result(20), result(21, **columns))["verified"]
    older = joined(AssetKind.BACKUP_REPOSITORY, result(20), result(19, **columns))["verified"]
    assert (newer["unproved"], older["unproved"]) == (unproved, 0)


def test_a_service_takes_as_long_as_all_its_stores() -> None:
    deeds, maps = result(20, "drill", store="deeds"), result(21, "drill", store="maps", whole=400)
    search, portal = joined(AssetKind.AGENCY, deeds, maps)["restores"]
    assert search == {
        "id": "search", "rto": 60, "good": True, "minutes": 50, "oldest": "2026-11-20T02:00:00Z", "unproved": 0,
    }  # fmt: skip
    assert isinstance(portal["minutes"], Gap)
    assert isinstance(joined(AssetKind.AGENCY, deeds)["restores"][0]["minutes"], Gap), "one store was never restored"


def test_nothing_that_came_back_is_not_a_quick_restore() -> None:
    (row,) = joined(AssetKind.DATA_STORE, result(20, "drill", store="deeds", bytes=0, seconds=1), name="deeds")[
        "drills"
    ]
    assert row["minutes"] == 2


def test_a_whole_new_dump_hides_no_broken_old_one() -> None:
    one = site("files")
    plan = make_plan(CATALOG, one, at=AT)
    point = {
        "id": "vault: a", "repository": "vault", "group": "a-*.gz", "host": "", "paths": [], "apart": True,
        "count": 5, "share": 20, "ending": "whole",
    }  # fmt: skip

    def state(good: bool) -> str:
        rows = [result(20, tool="files", good=good)]
        facts = {"drills": {"results": rows}, "dumps": {"points": [point]}}
        seen = Evidence({"moj/bk-1": AssetEvidence("moj/bk-1", facts, AT)})
        verdicts = evaluate(CATALOG, plan, seen, Memory(), site=one, at=AT)
        return str(next(v.state for v in verdicts if (v.control, v.asset) == ("BR-11", "vault")))

    assert (state(True), state(False)) == ("pass", "error")
