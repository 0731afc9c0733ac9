"""Places of data on a server: each is a row of its own, also one that nobody could ask for, which is then an error."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.evaluate.places import COLUMNS, places_of
from pepperbird.model.evidence import AssetEvidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset
from pepperbird.model.state import AssetKind, Cadence, State, Tier

AT = "2026-11-23T12:00:00Z"
ROW = {"path": "/srv/d", "real": "/srv/d", "mode": "0750", "owner": "a", "open_below": [], "not_entered": []}


def asset(kind: AssetKind = AssetKind.LINUX_SERVER) -> JudgedAsset:
    return JudgedAsset("one", "srv", kind, Tier.STANDARD, Cadence.ONLINE, "srv", None, True, {})


def seen(*rows: dict[str, Any]) -> AssetEvidence:
    return AssetEvidence("one/srv", {"datadirs": {"directories": list(rows)}}, AT)


def register(**paths: str) -> dict[str, Any]:
    return {"stores": [{"id": name, "asset": "srv", "path": path} for name, path in paths.items()]}


def places(*rows: dict[str, Any], **paths: str) -> dict[str, Any]:
    found = places_of(seen(*rows), asset(), register(**paths))
    assert isinstance(found, list)
    return {row["id"]: row for row in found}


def test_each_that_was_asked_for_is_a_row_with_what_was_seen() -> None:
    found = places(ROW, registry="/srv/d/")
    assert list(found) == ["/srv/d"]
    assert (found["/srv/d"]["mode"], found["/srv/d"]["not_entered"]) == ("0750", [])
    assert "real" not in found["/srv/d"]


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        ("", "papers", "The register gives no path for papers"),
        ("relative/way", "relative/way", "The place of papers was not asked for"),
        ("/srv/a b", "/srv/a b", "The place of papers was not asked for"),
        ("/srv/../etc", "/srv/../etc", "The place of papers was not asked for"),
        ("/srv/other", "/srv/other", "The place of papers was not asked for"),
    ],
)
def test_one_that_was_not_asked_for_is_an_error_by_its_own_name(path: str, name: str, said: str) -> None:
    found = places(ROW, registry="/srv/d", papers=path)
    assert list(found) == ["/srv/d", name]
    assert found["/srv/d"]["open_below"] == []
    gaps = {found[name][column] for column in COLUMNS}
    assert {gap.state for gap in gaps} == {State.ERROR}
    assert [gap.detail for gap in gaps if gap.detail.startswith(said)] and all(gap.remedy for gap in gaps)


def test_a_store_on_another_machine_is_none_of_its_places() -> None:
    other = {"stores": [{"id": "x", "asset": "else", "path": ""}]}
    assert places_of(seen(), asset(), other) == []
    assert places_of(seen(ROW), asset(AssetKind.POSTGRESQL), register(papers="")) == []


def test_where_nothing_was_seen_there_are_no_rows_to_be_closed() -> None:
    gap = Gap(GapReason.CONNECT_TIMEOUT, "It did not answer.")
    assert places_of(gap, asset(), register(papers="")) == gap
    assert places_of(AssetEvidence("one/srv", {"datadirs": gap}, AT), asset(), register()) == gap
    nothing = places_of(AssetEvidence("one/srv", {}, AT), asset(), register())
    assert isinstance(nothing, Gap) and nothing.reason is GapReason.NO_COLLECTOR
