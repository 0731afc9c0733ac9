"""Machines behind a thin line are asked with few bytes, and only where they fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Memory, Transcript
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import Cost, Plan, Selection
from pepperbird.model.site import Access, Agency, Asset, Link, Site, SiteFile
from pepperbird.model.state import AssetKind, Tier
from pepperbird.plan.lines import fits
from pepperbird.plan.make import make_plan
from pepperbird.plan.replan import replan
from pepperbird.scan.cost import priced
from pepperbird.store.runs import Store
from tests.support.judging import AT
from tests.support.runs import a_run
from tests.support.shipped import shipped_catalog


def site(*links: Link) -> Site:
    assets = [
        Asset(id=f"srv-{n}", kind=AssetKind.LINUX_SERVER, access=(Access(via="ssh", at=f"10.0.0.{n}", link=link),))
        for n, link in enumerate(("dish", "dish", None))
    ]
    here = Asset(id="here", kind=AssetKind.LINUX_SERVER, access=(Access(via="local", at="localhost"),))
    agency = Agency(id="moh", name="Health", tier=Tier.STANDARD, links=links, assets=(*assets, here))
    return Site(file=SiteFile(name="t"), agencies=(agency,))


DISH = Link(id="dish", kbits=128, minutes=2, megabytes=1)


def planned(catalog: Catalog, selection: Selection | None = None) -> Plan:
    return make_plan(catalog, site(DISH), selection, at=AT)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shipped_catalog()


def heavy(catalog: Catalog, made: Plan, asset: str) -> list[str]:
    calls = next(one.probes for one in made.endpoints if one.asset == asset)
    split = [call.id.split(".") for call in calls]
    return [probe for namespace, probe in split if catalog.collectors[namespace].probes[probe].cost == "heavy"]


def test_a_link_changes_how_its_machines_are_asked_and_no_others(catalog: Catalog) -> None:
    made = planned(catalog, Selection(deep=True))
    lines = {one.asset: one.line and one.line.id for one in made.endpoints}
    assert lines == {"srv-0": "moh/dish", "srv-1": "moh/dish", "srv-2": None, "here": None}
    by_asset = {one.asset: one for one in made.endpoints}
    assert by_asset["srv-0"].access.compress and not by_asset["srv-2"].access.compress
    assert by_asset["srv-0"].connect_timeout > by_asset["srv-2"].connect_timeout
    assert heavy(catalog, made, "srv-2") and not heavy(catalog, made, "srv-0")
    line = by_asset["srv-0"].line
    assert line is not None and (line.kbits, line.seconds, line.bytes) == (128, 120, 1_000_000)


def test_a_slow_call_puts_all_that_is_asked_over_a_network_behind_one_line(catalog: Catalog) -> None:
    made = planned(catalog, Selection(slow=64))
    assert {one.asset: one.line is not None for one in made.endpoints} == {
        "srv-0": True, "srv-1": True, "srv-2": True, "here": False,
    }  # fmt: skip
    assert len({one.line for one in made.endpoints if one.line}) == 1


def test_judging_again_asks_nothing_anew_and_keeps_the_lines(catalog: Catalog) -> None:
    made = planned(catalog, Selection(slow=64))
    assert replan(catalog, site(DISH), made).endpoints == made.endpoints


def test_what_fits_is_counted_in_seconds_and_in_bytes(catalog: Catalog) -> None:
    endpoint = replace(planned(catalog).endpoints[0], cost=Cost(100_000, 200_000, 30, known=True))
    assert fits(endpoint, 0, 0) and fits(endpoint, 90, 700_000)
    assert not fits(endpoint, 91, 0)
    assert not fits(endpoint, 0, 700_001)
    assert fits(replace(endpoint, line=None), 10_000, 10_000_000)


def test_the_cost_is_of_what_is_asked_and_of_the_line(catalog: Catalog, tmp_path: Path) -> None:
    made = priced(catalog, planned(catalog), tmp_path / "none")
    by_asset = {one.asset: one for one in made.endpoints}
    thin, wide, here = (by_asset[name].cost for name in ("srv-0", "srv-2", "here"))
    assert thin is not None and wide is not None and here is not None
    assert 15_000 < thin.sent < 60_000 < wide.sent
    assert 5_000 < thin.received < wide.received
    assert thin.seconds > 3 and wide.seconds == 0
    assert not thin.known and (here.sent, here.received) == (0, 0)
    assert by_asset["srv-0"].deadline == by_asset["srv-2"].deadline + 3 * thin.seconds
    few = priced(catalog, planned(catalog, Selection(controls=("DS-12",))), tmp_path / "none").endpoints[0].cost
    assert few is not None and few.received < thin.received / 2


def test_who_waited_longest_comes_first(catalog: Catalog, tmp_path: Path) -> None:
    made = planned(catalog)
    run = a_run()
    first = "moh/srv-0/ssh"
    said = Transcript(first, AT, AT, {}, {}, None, 40_000, 33_333)
    store = Store(tmp_path / "store.db")
    store.begin(replace(run, plan=made), site(DISH), Memory(), b"content")
    store.add_transcript(run.id, said)
    store.add_transcript(run.id, replace(said, endpoint="moh/srv-1/ssh", gap=Gap(GapReason.UNREACHABLE)))
    store.close()
    again = priced(catalog, made, tmp_path / "store.db").endpoints
    assert [one.asset for one in again] == ["srv-1", "srv-0", "srv-2", "here"]
    cost = again[1].cost
    assert cost is not None and cost.known and cost.received == 33_333
