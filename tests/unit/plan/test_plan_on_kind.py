"""What a store, a repository or an asset stands on decides which clauses are selected for it (`asset.on_kind`)."""

from __future__ import annotations

from pepperbird.expression.declared import ASSET
from pepperbird.expression.joined import JOINED
from pepperbird.model.site import Agency, Asset, Repository, Store
from pepperbird.model.state import AssetKind, Tier
from pepperbird.plan.register import declared_assets

AGENCY = Agency(
    id="land",
    name="Land Authority",
    tier=Tier.STANDARD,
    assets=(
        Asset(id="db1", kind=AssetKind.LINUX_SERVER),
        Asset(id="files1", kind=AssetKind.WINDOWS_SERVER),
        Asset(id="registry-db", kind=AssetKind.POSTGRESQL, on="db1"),
        Asset(id="share", kind=AssetKind.NFS_EXPORT, on="files1"),
        Asset(id="lost", kind=AssetKind.MYSQL, on="nowhere"),
    ),
    stores=(Store(id="titles", asset="registry-db"), Store(id="scans", asset="db1", path="/srv/scans")),
    repositories=(Repository(id="vault", tool="restic", on="db1"), Repository(id="cloud", tool="aws-backup")),
)


def on_kinds() -> dict[str, object]:
    return {judged.id: judged.declared["on_kind"] for judged in declared_assets(AGENCY, {})}


def test_a_store_and_a_repository_tell_the_kind_of_the_asset_they_stand_on() -> None:
    kinds = on_kinds()
    assert kinds["titles"] == "postgresql"
    assert kinds["scans"] == "linux-server"
    assert kinds["vault"] == "linux-server"


def test_an_asset_tells_the_kind_of_its_host_not_its_own() -> None:
    kinds = on_kinds()
    assert kinds["share"] == "windows-server"
    assert kinds["db1"] == ""


def test_it_is_empty_where_nothing_is_declared() -> None:
    kinds = on_kinds()
    assert kinds["cloud"] == kinds["lost"] == kinds["land"] == ""


def test_every_declared_value_has_a_type_and_every_type_a_value() -> None:
    for judged in declared_assets(AGENCY, {}):
        assert {*judged.declared, *JOINED} == set(ASSET)  # what is joined was seen elsewhere: evaluate adds it
