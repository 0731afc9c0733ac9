"""A plan holds every pair that must be judged, asks only what is selected, and contacts nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pepperbird.errors import UsageError
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.site import Access, Agency, Asset, Defaults, Repository, Site, SiteFile, Store
from pepperbird.model.state import AssetKind, Tier
from pepperbird.plan.adhoc import site_of_targets
from pepperbird.plan.make import make_plan
from pepperbird.plan.replan import replan
from tests.support.judging import AT, DISK, MODE, SERVER, catalog_of

CLAUSE = {"id": "DS-12.1", "check": "disk.mode", "on": [*SERVER, "data-store", "backup-repository"]}
KINDS = ("linux-server", "data-store", "backup-repository")


def catalog(*expected: AssetKind) -> Catalog:
    made = catalog_of([CLAUSE], MODE, kinds=KINDS)
    baselines = {name: replace(one, expected_kinds=expected) for name, one in made.baselines.items()}
    return replace(made, baselines=baselines)


def site(**changes: Any) -> Site:
    agency: dict[str, Any] = {
        "id": "moh", "name": "Health", "tier": Tier.STANDARD,
        "assets": (
            Asset(id="srv", kind=AssetKind.LINUX_SERVER, access=(Access(via="ssh", at="srv.example"),)),
            Asset(id="dark", kind=AssetKind.LINUX_SERVER),
        ),
        "stores": (Store(id="records", asset="srv", path="/srv"),),
        "repositories": (Repository(id="backups", tool="borg", on="srv", path="/backup"),),
    }  # fmt: skip
    defaults = Defaults(user="pepperbird", identity="key", deadline=33)
    return Site(file=SiteFile(name="t", defaults=defaults), agencies=(Agency(**(agency | changes)),))


def plan(selection: Selection | None = None, **changes: Any) -> Plan:
    return make_plan(catalog(), site(**changes), selection, at=AT)


def pairs(made: Plan) -> set[str]:
    return {pair.asset for pair in made.pairs}


def test_every_registered_thing_of_a_kind_has_its_pair_also_what_nobody_can_reach() -> None:
    made = plan()
    assert pairs(made) == {"srv", "dark", "records", "backups"}
    assert [endpoint.id for endpoint in made.endpoints] == ["moh/srv/ssh"]
    assert made.scope == "full"


def test_things_stand_on_their_host() -> None:
    hosts = {asset.id: asset.host for asset in plan().assets}
    assert hosts == {"moh": None, "srv": "srv", "dark": "dark", "records": "srv", "backups": "srv"}


def test_defaults_of_the_site_fill_what_an_access_leaves_out() -> None:
    (endpoint,) = plan().endpoints
    assert (endpoint.access.user, endpoint.access.key, endpoint.deadline) == ("pepperbird", "key", 33)


def test_a_kind_that_the_tier_expects_and_the_register_lacks_is_a_pair() -> None:
    made = make_plan(catalog(AssetKind.BACKUP_REPOSITORY), site(repositories=()), at=AT)
    assert "moh#backup-repository" in pairs(made)
    assert "moh#backup-repository" not in pairs(make_plan(catalog(AssetKind.BACKUP_REPOSITORY), site(), at=AT))


def test_naming_assets_or_controls_makes_the_run_partial() -> None:
    one = plan(Selection(assets=("records",)))
    assert (pairs(one), one.scope) == ({"records"}, "partial")
    assert [endpoint.asset for endpoint in one.endpoints] == ["srv"]
    assert plan(Selection(controls=("DS-12",))).scope == "partial"


@pytest.mark.parametrize(
    "selection", [Selection(agencies=("mof",)), Selection(assets=("nothing",)), Selection(controls=("DS-99",))]
)
def test_a_name_that_does_not_exist_is_refused(selection: Selection) -> None:
    with pytest.raises(UsageError, match="no "):
        plan(selection)


def test_an_unknown_baseline_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="critical, foundation, standard"):
        make_plan(catalog(), site(), at=AT, baseline="loose")


def test_targets_on_the_call_make_a_site_of_their_own() -> None:
    made = site_of_targets(["local", "ssh://ana@[::1]:2222"], tier=Tier.CRITICAL, defaults=Defaults())
    accesses = [asset.access[0] for asset in made.agencies[0].assets]
    assert [(one.via, one.at, one.user) for one in accesses] == [
        ("local", "localhost", None), ("ssh", "[::1]:2222", "ana"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "target", ["ftp://host", "ssh://", "ssh://a:secret@host", "host", "ssh://host/path", "ssh://host:99999", "replay:"]
)
def test_a_target_that_is_not_understood_is_refused(target: str) -> None:
    with pytest.raises(UsageError):
        site_of_targets([target], tier=Tier.STANDARD, defaults=Defaults())


def test_a_target_named_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="twice"):
        site_of_targets(["local", "local"], tier=Tier.STANDARD, defaults=Defaults())


def test_planning_again_keeps_what_was_asked() -> None:
    made = plan(Selection(controls=("DS-12",)))
    again = replan(catalog(), site(), replace(made, endpoints=made.endpoints))
    assert again.endpoints == made.endpoints
    assert again.pairs == made.pairs


def test_heavy_probes_are_asked_of_a_deep_scan_only() -> None:
    heavy = DISK.probes["list"].model_copy(update={"cost": "heavy"})
    collector = DISK.model_copy(update={"probes": {**DISK.probes, "sums": heavy}})
    made = replace(catalog(), collectors={"disk": collector})
    asked = {
        deep: [probe.id for probe in make_plan(made, site(), Selection(deep=deep), at=AT).endpoints[0].probes]
        for deep in (False, True)
    }
    assert asked == {False: ["disk.list"], True: ["disk.list", "disk.sums"]}


def test_naming_a_control_asks_only_what_it_reads() -> None:
    other = DISK.model_copy(update={"id": "other"})
    made = replace(catalog(), collectors={"disk": DISK, "other": other}, reads={"disk.mode": frozenset({"disk"})})
    (few,) = make_plan(made, site(), Selection(controls=("DS-12",)), at=AT).endpoints
    (every,) = make_plan(made, site(), at=AT).endpoints
    assert [probe.id for probe in few.probes] == ["disk.list"]
    assert [probe.id for probe in every.probes] == ["disk.list", "other.list"]


def test_a_kit_is_the_last_way_in_unless_the_call_names_the_server() -> None:
    kit, ssh = Access(via="kit"), Access(via="ssh", at="srv.example")
    kind = AssetKind.LINUX_SERVER
    register = site(
        assets=(
            Asset(id="srv", kind=kind, access=(kit, ssh)),
            Asset(id="own", kind=kind, access=(kit,)),
            Asset(id="win", kind=AssetKind.WINDOWS_SERVER, access=(kit,)),
        )
    )
    assert [one.id for one in make_plan(catalog(), register, at=AT).endpoints] == ["moh/srv/ssh", "moh/own/kit"]
    named = make_plan(catalog(), register, Selection(kits=("moh/srv",)), at=AT)
    assert [one.id for one in named.endpoints] == ["moh/srv/kit", "moh/own/kit"]
    assert named.scope == "full"
    assert named.endpoints[0].access.user is None


def test_kinds_and_zones_narrow_a_plan_to_what_they_name_and_make_it_partial() -> None:
    assets = (
        Asset(id="srv", kind=AssetKind.LINUX_SERVER, access=(Access(via="ssh", at="srv", zone="lan"),)),
        Asset(id="gate", kind=AssetKind.LINUX_SERVER, access=(Access(via="ssh", at="gate", zone="dmz"),)),
    )
    stores = plan(Selection(kinds=(AssetKind.DATA_STORE,)), assets=assets)
    assert (pairs(stores), stores.scope) == ({"records"}, "partial")
    assert [one.asset for one in stores.endpoints] == ["srv"], "a store is judged by what its server shows"
    outside = plan(Selection(zones=("dmz",)), assets=assets)
    assert (pairs(outside), [one.asset for one in outside.endpoints]) == ({"gate"}, ["gate"])
    inside = plan(Selection(zones=("lan",)), assets=assets)
    assert pairs(inside) == {"srv", "records", "backups"}, "what stands on a server is in its zones"
    both = plan(Selection(kinds=(AssetKind.LINUX_SERVER,), zones=("lan",)), assets=assets)
    assert pairs(both) == {"srv"}
    assert pairs(replan(catalog(), site(assets=assets), both)) == {"srv"}
