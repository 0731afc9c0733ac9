"""The parts of a plan are what the run would have been of each agency alone."""

from __future__ import annotations

from dataclasses import replace

from pepperbird.model.plan import Plan
from pepperbird.plan.replan import by_agency, part_of
from tests.unit.store.test_store_runs import a_run


def _two() -> Plan:
    plan = a_run("r1").plan
    endpoint, asset, pair = plan.endpoints[0], plan.assets[0], plan.pairs[0]
    return replace(
        plan,
        agencies=("moh", "mof"),
        endpoints=(replace(endpoint, id="mof/srv/ssh", agency="mof"), endpoint),
        assets=(asset, replace(asset, agency="mof")),
        pairs=(replace(pair, agency="mof"), pair),
    )


def test_each_part_is_that_of_its_agency_in_the_order_of_the_plan() -> None:
    plan = _two()
    parts = by_agency(plan)
    assert list(parts) == ["moh", "mof"]
    assert parts == {agency: part_of(plan, (agency,)) for agency in plan.agencies}
    assert [one.id for one in parts["mof"].endpoints] == ["mof/srv/ssh"] and parts["mof"].registers == {}


def test_an_agency_without_machines_has_a_part_too() -> None:
    plan = replace(_two(), agencies=("moh", "mof", "new"))
    assert by_agency(plan)["new"] == part_of(plan, ("new",))
