"""Calls of object stores: only operations that read, of what their scope has, with the actions that allow them."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.bundle.calls import _found_faults, faults
from pepperbird.model.collector import Probe
from pepperbird.model.operations import READING
from tests.support.shipped import shipped_catalog

GOOD: dict[str, Any] = {
    "operation": "GetBucketVersioning", "given": {"Bucket": "{bucket}"}, "keep": ["Status"],
    "roots": ["VersioningConfiguration"],
}  # fmt: skip


def said(call: dict[str, Any] | None = None, **probe: Any) -> str:
    given = {"doc": "d", "parser": "p", "grants": ["s3:GetBucketVersioning"], "call": {**GOOD, **(call or {})}, **probe}
    return "; ".join(faults(Probe.model_validate(given)))


def test_a_good_call_is_good() -> None:
    assert said() == ""
    assert said({"anonymous": True}, grants=[]) == ""


def test_a_probe_without_a_call_takes_the_declared_buckets_and_no_right() -> None:
    bare = {"doc": "d", "parser": "p"}
    assert faults(Probe.model_validate({**bare, "args": ["register.buckets"]})) == []
    assert faults(Probe.model_validate({**bare, "args": ["register.vaults"]})) == []
    assert faults(Probe.model_validate({**bare, "grants": ["s3:GetBucketAcl"]}))
    assert faults(Probe.model_validate({**bare, "args": ["register.restic"]}))


@pytest.mark.parametrize(
    ("call", "probe", "words"),
    [
        ({"operation": "DeleteBucket"}, {}, "not an operation that only reads"),
        ({"operation": "PutBucketAcl"}, {}, "not an operation that only reads"),
        ({"operation": "GetObject"}, {}, "not an operation that only reads"),
        ({"operation": "GetBucketVersioning", "service": "s3control"}, {}, "not an operation that only reads"),
        ({"given": {"Bucket": "{other}"}}, {}, "stands for nothing"),
        ({"given": {"Bucket": "{bucket}", "Key": "{key}"}}, {}, "stands for nothing"),
        ({"given": {"Bucket": "fixed"}}, {}, "of which bucket is not said"),
        ({"newest": True}, {}, "goes through a repository"),
        ({"scope": "repository"}, {}, "takes register.repository_buckets"),
        ({}, {"args": ["register.buckets"]}, "takes none"),
        ({}, {"grants": []}, "names the actions"),
        ({"anonymous": True}, {}, "an anonymous one none"),
        ({}, {"grants": ["s3:PutBucketAcl"]}, "no action that reads"),
        ({}, {"grants": ["s3:*"]}, "no action that reads"),
        ({}, {"exits": {"69": "unsupported"}}, "no exit status"),
        ({"operation": "DeleteRecoveryPoint", "service": "backup"}, {}, "not an operation that only reads"),
        ({"operation": "Decrypt", "service": "kms"}, {}, "not an operation that only reads"),
        ({"operation": "ListBackupJobs", "service": "backup", "scope": "vault"}, {}, "takes register.vaults"),
        ({"operation": "ListBackupJobs", "service": "backup", "scope": "vault"}, {}, "of which vault is not said"),
        ({"operation": "ListBackupJobs", "service": "backup", "scope": "account"}, {}, "an empty answer of JSON"),
        ({"each": {"probe": "p", "path": ["a"]}}, {}, "write {found} where it belongs"),
        ({"given": {"Bucket": "{found}"}}, {}, "stands for nothing"),
        ({"each": {"probe": "p", "path": ["a"]}, "scope": "account"}, {}, "scope: bucket"),
        ({}, {"grants": ["backup:DeleteRecoveryPoint"]}, "no action that reads"),
    ],
)
def test_each_mistake_is_told(call: dict[str, Any], probe: dict[str, Any], words: str) -> None:
    if "exits" in probe:
        probe = {"exits": {69: "unsupported"}}
    assert words in said(call, **probe)


def test_nothing_in_the_list_writes_or_gives_content() -> None:
    every = {operation for operations in READING.values() for operation in operations}
    assert all(one.startswith(("Get", "List", "Describe", "Head")) for one in every)
    assert not every & {"HeadObject", "GetObject", "GetObjectTorrent", "SelectObjectContent", "GetObjectAcl"}


def test_what_ships_asks_nothing_else() -> None:
    collectors = shipped_catalog().collectors
    found: dict[str, set[str]] = {}
    for probe in (probe for one in ("s3", "aws_backup") for probe in collectors[one].probes.values()):
        if probe.call is not None:
            found.setdefault(probe.call.service, set()).add(probe.call.operation)
    assert found.keys() == READING.keys() and all(asked <= READING[service] for service, asked in found.items())
    assert {service: len(asked) for service, asked in found.items()} == {
        "s3": 16,
        "s3control": 1,
        "kms": 2,
        "backup": 5,
    }


def test_what_each_names_must_stand_before_it() -> None:
    probes = shipped_catalog().collectors["s3"]
    turned = dict(reversed(probes.probes.items()))
    assert _found_faults(probes, "rotation", probes.probes["rotation"]) == []
    later = probes.model_copy(update={"probes": turned})
    assert "stands before" in _found_faults(later, "rotation", turned["rotation"])[0]
