"""Advice about a register that is not wrong."""

from __future__ import annotations

from pepperbird.inventory.advice import advise, counts
from pepperbird.model.people import Absence
from pepperbird.model.site import Access, Agency, Asset, Repository, Store
from pepperbird.model.state import AssetKind, Tier

LINUX = AssetKind.LINUX_SERVER
LOCAL = (Access(via="local"),)


def test_a_register_with_nothing_to_say() -> None:
    agency = Agency(
        id="lra",
        name="x",
        tier=Tier.STANDARD,
        assets=(Asset(id="a", kind=LINUX, access=LOCAL),),
        stores=(Store(id="s", asset="a", backed_up_to=("r",)),),
        repositories=(Repository(id="r", tool="borg"),),
        absences=(Absence(kind=AssetKind.S3_BUCKET, reason="r", by="b", until="2027-01-01"),),
    )
    expected = (AssetKind.DATA_STORE, AssetKind.BACKUP_REPOSITORY, LINUX, AssetKind.S3_BUCKET, AssetKind.AGENCY)
    assert list(advise(agency, expected)) == [
        "no s3-bucket, as declared; it stays unchecked until such a declaration can be signed and reviewed"
    ]
    assert list(advise(agency)) == []
    assert counts(agency) == "lra: 1 asset, 1 store, 1 repository, 0 services"


def test_what_to_look_at() -> None:
    agency = Agency(
        id="lra",
        name="x",
        tier=Tier.STANDARD,
        assets=(
            Asset(id="a", kind=LINUX, access=LOCAL),
            Asset(id="b", kind=LINUX, access=LOCAL),
            Asset(id="c", kind=LINUX),
        ),
        absences=(Absence(kind=LINUX, reason="r", by="b", until="2027-01-01"),),
    )
    assert list(advise(agency, (AssetKind.DNS_DOMAIN, AssetKind.DATA_STORE))) == [
        "server c has no `access`; nothing can be seen of it, and its controls stay unchecked",
        "servers a, b have the same address (this computer); declare one machine once",
        "no dns-domain, which the tier standard expects; declare it, or its absence under `absences`",
        "no data-store, which the tier standard expects; declare it, or its absence under `absences`",
        "`absences` says there is no linux-server, and one is declared; remove one of the two",
    ]
