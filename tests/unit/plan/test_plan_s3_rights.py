"""The policy that is printed holds the actions of the plan, on the buckets of the plan, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pepperbird.errors import UsageError
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.site import Access, Agency, Asset, Defaults, Repository, Site, SiteFile
from pepperbird.model.state import AssetKind, Tier
from pepperbird.plan.adhoc import site_of_targets
from pepperbird.plan.make import make_plan
from pepperbird.plan.s3_rights import policies
from tests.support.shipped import shipped_catalog

CATALOG = shipped_catalog()


def plan(*accesses: dict[str, Any], repositories: tuple[Repository, ...] = ()) -> Plan:
    assets = tuple(
        Asset(
            id=f"o{n}", kind=AssetKind.S3_BUCKET,
            access=(Access.model_validate({"via": "s3", "secret": "env:X", "as": f"KEY{n}", **access}),),
        )
        for n, access in enumerate(accesses)
    )  # fmt: skip
    agency = Agency(id="a", name="A", tier=Tier.STANDARD, assets=assets, repositories=repositories)
    return make_plan(CATALOG, Site(file=SiteFile(name="s"), agencies=(agency,)), Selection(), at="2026-11-24T00:00:00Z")


@pytest.mark.parametrize(
    ("target", "at", "buckets"),
    [
        ("s3://KEY@objects.gov.lr:7480/deeds", "https://objects.gov.lr:7480", ("deeds",)),
        ("s3://KEY@objects.gov.lr", "https://objects.gov.lr", ()),
        ("s3://KEY@eu-west-1/deeds", "eu-west-1", ("deeds",)),
    ],
)
def test_a_target_on_the_command_line(target: str, at: str, buckets: tuple[str, ...]) -> None:
    (asset,) = site_of_targets([target], tier=Tier.STANDARD, defaults=Defaults()).agencies[0].assets
    (access,) = asset.access
    assert (asset.kind, access.via, access.at, access.user) == (AssetKind.S3_BUCKET, "s3", at, "KEY")
    assert access.buckets == buckets and access.secret == "env:AWS_SECRET_ACCESS_KEY"


@pytest.mark.parametrize("target", ["s3://KEY:secret@objects.gov.lr", "s3://objects.gov.lr", "s3://KEY@o.lr/a/b"])
def test_a_target_with_a_secret_or_without_a_key_is_refused(target: str) -> None:
    with pytest.raises(UsageError):
        site_of_targets([target], tier=Tier.STANDARD, defaults=Defaults())


def statements(text: str) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in json.loads(text)["Statement"]}


def test_of_a_server_of_ones_own() -> None:
    found = statements(policies(CATALOG, plan({"at": "https://s3.gov.lr"}).endpoints))
    assert set(found) == {"PepperbirdAccount", "PepperbirdBuckets"}
    assert found["PepperbirdAccount"]["Action"] == ["s3:ListAllMyBuckets"]
    assert found["PepperbirdBuckets"]["Resource"] == ["arn:aws:s3:::*"]
    assert all(one.startswith("s3:Get") for one in found["PepperbirdBuckets"]["Action"])
    assert len(found["PepperbirdBuckets"]["Action"]) == 12


def test_of_aws_the_account_too_and_of_chosen_buckets_no_others() -> None:
    found = statements(policies(CATALOG, plan({"at": "eu-west-1", "buckets": ["deeds", "courts"]}).endpoints))
    assert found["PepperbirdAccount"]["Action"] == ["s3:GetAccountPublicAccessBlock", "s3:ListAllMyBuckets"]
    assert found["PepperbirdBuckets"]["Resource"] == ["arn:aws:s3:::courts", "arn:aws:s3:::deeds"]


def test_only_repositories_are_looked_into() -> None:
    vault = Repository(id="v", tool="restic", on="o0", bucket="vault")
    found = statements(policies(CATALOG, plan({"at": "https://s3.gov.lr"}, repositories=(vault,)).endpoints))
    assert found["PepperbirdRepositories"] | {"Sid": ""} == {
        "Sid": "", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::vault"],
    }  # fmt: skip
    assert found["PepperbirdObjects"]["Resource"] == ["arn:aws:s3:::vault/*"]


def test_each_key_has_its_own() -> None:
    text = policies(CATALOG, plan({"at": "https://a.gov.lr"}, {"at": "https://b.gov.lr"}).endpoints)
    assert text.count("# KEY") == 2 and text.count('"Version"') == 2
    assert policies(CATALOG, ()) == ""
