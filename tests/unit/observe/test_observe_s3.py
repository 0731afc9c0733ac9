"""Policies and answers of buckets: what is not understood is open or unknown, never closed."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers import s3, s3_rows
from pepperbird.observe.parsers.s3_policy import openings, tls_only
from tests.support.objects import tls_only as denying

GET = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_anybody_may_read_or_write() -> None:
    put = {**GET, "Action": ["s3:PutObject", "s3:ListBucket"]}
    assert openings(document(GET, put)) == (["s3:GetObject", "s3:ListBucket"], ["s3:PutObject"])
    assert openings({"Statement": GET})[0] == ["s3:GetObject"]


@pytest.mark.parametrize(
    "principal",
    ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::1:root", "*"]}, {"CanonicalUser": "*"}, ["*"]],
)
def test_forms_of_everybody(principal: Any) -> None:
    assert openings(document({**GET, "Principal": principal}))[0]


@pytest.mark.parametrize(
    ("more", "read", "write"),
    [
        ({"Action": "*"}, [], ["*"]),
        ({"Action": "s3:*"}, [], ["s3:*"]),
        ({"Action": "s3:Ge*"}, [], ["s3:Ge*"]),
        ({"Action": None, "NotAction": "s3:GetObject"}, [], ["*"]),
        ({"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}}, ["s3:GetObject"], []),
        ({"Principal": {"AWS": "arn:aws:iam::1:root"}}, [], []),
        ({"Principal": {"Service": "logging.s3.amazonaws.com"}}, [], []),
        ({"Effect": "Deny"}, [], []),
    ],
)
def test_forms_of_statements(more: dict[str, Any], read: list[str], write: list[str]) -> None:
    statement = {name: value for name, value in {**GET, **more}.items() if value is not None}
    assert openings(document(statement)) == (read, write)


@pytest.mark.parametrize(
    ("condition", "closed"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::logs"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["196.0.2.0/24"]}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}, "Bool": {"aws:SecureTransport": "true"}}, True),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, False),
        ({"IpAddress": {"aws:SourceIp": ["196.0.2.0/24", "0.0.0.0/1"]}}, False),
        ({"IpAddress": {"aws:SourceIp": "::/0"}}, False),
        ({"IpAddress": {"aws:SourceIp": "anywhere"}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "196.0.2.0/24"}}, False),
        ({"StringLike": {"aws:PrincipalArn": "*"}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"StringEquals": {"aws:Referer": "https://moh.gov.lr/"}}, False),
        ({"StringEquals": {"aws:UserAgent": "secret"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": []}}, False),
        ({}, False),
        ("odd", False),
    ],
)
def test_conditions_that_bind_somebody_and_those_that_do_not(condition: Any, closed: bool) -> None:
    assert (openings(document({**GET, "Condition": condition})) == ([], [])) is closed


@pytest.mark.parametrize("policy", [None, [], {}, {"Statement": "x"}, {"Statement": [{"Effect": "allow"}]}])
def test_a_policy_of_another_form_is_no_policy(policy: Any) -> None:
    with pytest.raises(ValueError, match=r"policy|statement"):
        openings(policy)


def test_without_tls_nothing() -> None:
    whole = denying("b")
    assert tls_only(document(GET, whole), "b")
    assert tls_only(document({**whole, "Resource": "*"}), "b")
    assert tls_only(document({**whole, "Resource": "arn:aws:s3:::b"}, {**whole, "Resource": "arn:aws:s3:::b/*"}), "b")
    assert tls_only(document({**whole, "Condition": {"Bool": {"aws:SecureTransport": False}}}), "b")


@pytest.mark.parametrize(
    "more",
    [
        {"Resource": "arn:aws:s3:::b/*"},
        {"Resource": "arn:aws:s3:::b"},
        {"Resource": ["arn:aws:s3:::other", "arn:aws:s3:::other/*"]},
        {"Action": "s3:PutObject"},
        {"Effect": "Allow"},
        {"Principal": {"AWS": "arn:aws:iam::1:root"}},
        {"NotPrincipal": {"AWS": "arn:aws:iam::1:root"}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}},
        {"Condition": {}},
    ],
)
def test_half_a_refusal_is_none(more: dict[str, Any]) -> None:
    assert not tls_only(document({**denying("b"), **more}), "b")


def grant(permission: str, uri: str = "http://acs.amazonaws.com/groups/global/AllUsers") -> dict[str, Any]:
    return {"Grants": [{"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}]}


def test_access_lists() -> None:
    assert s3_rows.acl(grant("READ")) == (["AllUsers READ"], [])
    assert s3_rows.acl(grant("READ_ACP")) == (["AllUsers READ_ACP"], [])
    assert s3_rows.acl(grant("FULL_CONTROL")) == ([], ["AllUsers FULL_CONTROL"])
    assert s3_rows.acl(grant("WRITE", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"))[1]
    assert s3_rows.acl(grant("WRITE", "http://acs.amazonaws.com/groups/s3/LogDelivery")) == ([], [])
    with pytest.raises(ValueError, match="permission"):
        s3_rows.acl(grant("SHARE"))


def retention(**rule: Any) -> dict[str, Any]:
    return {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": rule}}}


def test_locks() -> None:
    assert s3_rows.lock(None) == ("", 0)
    assert s3_rows.lock({"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}) == ("", 0)
    assert s3_rows.lock(retention(Mode="COMPLIANCE", Days=30)) == ("COMPLIANCE", 30)
    assert s3_rows.lock(retention(Mode="GOVERNANCE", Years=2)) == ("GOVERNANCE", 730)
    for odd in (retention(Mode="SOFT", Days=30), retention(Mode="COMPLIANCE"), retention(Mode="COMPLIANCE", Days="9")):
        with pytest.raises((ValueError, KeyError)):
            s3_rows.lock(odd)


def test_lifecycle() -> None:
    rules = [
        {"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 90}},
        {"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 7}, "Filter": {"Prefix": "logs/"}},
        {"Status": "Disabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
        {"Status": "Enabled", "Expiration": {"Days": 3}},
    ]
    assert s3_rows.shortest({"Rules": rules}) == 7
    assert s3_rows.shortest({"Rules": rules[2:]}) is None
    assert s3_rows.shortest(None) is None
    with pytest.raises(ValueError, match="on nor off"):
        s3_rows.shortest({"Rules": [{"Status": "On"}]})


@pytest.mark.parametrize(
    ("rule", "whole"),
    [
        ({"Status": "Enabled", "Filter": {}}, True),
        ({"Status": "Enabled", "Filter": {"Prefix": ""}}, True),
        ({"Status": "Enabled", "Prefix": ""}, True),
        ({"Status": "Disabled", "Filter": {}}, False),
        ({"Status": "Enabled", "Filter": {"Prefix": "a/"}}, False),
        ({"Status": "Enabled", "Prefix": "a/"}, False),
        ({"Status": "Enabled", "Filter": {"Tag": {"Key": "k", "Value": "v"}}}, False),
    ],
)
def test_replication(rule: dict[str, Any], whole: bool) -> None:
    assert s3_rows.replicated({"ReplicationConfiguration": {"Role": "r", "Rules": [rule]}}) is whole
    assert s3_rows.replicated({"ReplicationConfiguration": {"Role": ""}}) is False


def test_blocks() -> None:
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    flags = dict.fromkeys(names, True)
    assert s3_rows.every_block({"PublicAccessBlockConfiguration": flags})
    assert not s3_rows.every_block({"PublicAccessBlockConfiguration": {**flags, "BlockPublicAcls": False}})
    assert not s3_rows.every_block({"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}})
    assert not s3_rows.every_block(None)
    with pytest.raises(ValueError, match="on nor off"):
        s3_rows.every_block({"PublicAccessBlockConfiguration": {}})


ALL = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
ON = {"answer": {"PublicAccessBlockConfiguration": ALL}}
DENIED = {"gap": "denied", "said": "no", "remedy": "yes"}
UNKNOWN = {"gap": "unsupported", "said": "no", "remedy": ""}


@pytest.mark.parametrize(
    ("bucket", "account", "blocked", "known"),
    [
        (ON, Gap(GapReason.DENIED), True, True),
        ({"absent": "x"}, ON, True, True),
        ({"absent": "x"}, {"absent": "x"}, False, True),
        ({"absent": "x"}, Gap(GapReason.DENIED), GapReason.DENIED, True),
        (DENIED, ON, True, GapReason.DENIED),
        (DENIED, {"absent": "x"}, GapReason.DENIED, GapReason.DENIED),
        (UNKNOWN, {"absent": "x"}, False, False),
    ],
)
def test_a_block_of_the_account_or_of_the_bucket(bucket: Any, account: Any, blocked: Any, known: Any) -> None:
    nothing = {"each": {}, "rest": Gap(GapReason.UNREACHABLE)}
    probes = (
        "policy_status", "policy", "acl", "anonymous", "ownership", "logging", "encryption", "versioning", "lifecycle",
        "lock", "replication", "location", "newest", "retention",
    )  # fmt: skip
    given = dict.fromkeys(probes, nothing) | {
        "asked": {"aws": True, "buckets": ["b"], "declared": [], "repositories": []},
        "block": {"each": {"b": bucket}, "rest": Gap(GapReason.UNREACHABLE)}, "account_block": account,
    }  # fmt: skip
    (row,) = s3.s3_table(given)["rows"]
    assert (row["blocked"].reason if isinstance(row["blocked"], Gap) else row["blocked"]) == blocked
    assert (row["block_known"].reason if isinstance(row["block_known"], Gap) else row["block_known"]) == known
    assert row["versioning"].reason is GapReason.UNREACHABLE
