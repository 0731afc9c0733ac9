"""moto in the place of AWS: what Ceph cannot show, and the rights that moto enforces by their own names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pepperbird.collect.s3 import S3Transport
from pepperbird.model.gap import GapReason
from pepperbird.model.plan import Selection
from pepperbird.model.site import Site
from pepperbird.plan.make import make_plan
from pepperbird.plan.s3_rights import policies
from tests.support.databases import catalog
from tests.support.objects import (
    ObjectStore,
    ask,
    endpoint,
    enforce,
    keep_vaults,
    keep_well_on_aws,
    moto,
    policy,
    seen,
    site,
)
from tests.support.objects_judged import Judged, brief, judged, states

pytestmark = pytest.mark.slow
VAULTS = tuple(
    {"id": name, "tool": "aws-backup", "vault": vault}
    for name, vault in (("bare", "bare"), ("cloud", "main"), ("gone", "gone"))
)
STORES = (
    {"id": "scans", "bucket": "deeds", "purpose": "records-archive", "owner": "Registrar", "class": "secret"},
    {"id": "copies", "bucket": "copy", "owner": "Registrar", "class": "secret"},
    {"id": "log", "bucket": "logs", "owner": "Registrar", "class": "secret"},
)
IN_VAULT = tuple({**one, "backed_up_to": ["cloud"]} for one in STORES)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with moto(tmp_path_factory.mktemp("aws")) as server:
        keep_well_on_aws(server)
        keep_vaults(server)
        server.client().create_bucket(Bucket="plain")
        yield server


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """One that keeps to policies."""
    with moto(tmp_path_factory.mktemp("strict")) as server:
        keep_well_on_aws(server)
        keep_vaults(server)
        enforce(server)
        yield server


def declared(store: ObjectStore, tmp_path: Path, **more: Any) -> Site:
    given = {"at": "eu-west-1", "account": "123456789012", "stores": STORES, **more}
    return site(store, tmp_path / "secret", **given)


def found(store: ObjectStore, register: Site) -> Judged:
    return judged(register, transport=S3Transport(aws=store.url))


def test_what_aws_can_do_passes_and_a_plain_bucket_fails(store: ObjectStore, tmp_path: Path) -> None:
    seen = found(store, declared(store, tmp_path))
    deeds = states(seen, "deeds")
    passing = {
        "DI-12.1", "DI-12.2", "DI-13.1", "DR-08.4", "DS-01.5", "DS-05.1", "DS-06.4", "DS-07.2", "DS-08.1", "DS-08.2"
    }  # fmt: skip
    assert {clause for clause, state in deeds.items() if state == "pass"} == passing
    # Not blocked, in no approved region; and moto lets everybody list every bucket.
    assert {deeds[clause] for clause in ("DS-07.1", "DS-07.3", "DS-17.1")} == {"fail"}
    assert states(seen, "plain") == {
        "DI-12.1": "fail", "DI-12.2": "pass", "DS-01.5": "fail", "DS-05.1": "fail", "DS-07.1": "fail",
        "DS-07.2": "pass", "DS-07.3": "fail", "DS-08.1": "fail", "DS-08.2": "fail", "DS-17.1": "fail",
    }  # fmt: skip


def test_without_the_number_of_the_account_its_block_is_unknown(store: ObjectStore, tmp_path: Path) -> None:
    why = found(store, declared(store, tmp_path, account=None))["DS-07.1"]["deeds"].gap
    assert why is not None and why.reason is GapReason.NO_CREDENTIAL and "account:" in why.remedy


def test_a_wrong_key_is_refused(strict: ObjectStore, tmp_path: Path) -> None:
    planned = endpoint(declared(strict, tmp_path, keys=("AKIANOBODYATALL00001", "x" * 20)))
    transcript = ask(planned, transport=S3Transport(aws=strict.url))
    assert transcript.gap is not None and transcript.gap.reason is GapReason.LOGIN_REFUSED
    assert "AKIANOBODY" not in repr([one.stdout for one in transcript.probes.values()])


RIGHTS = {
    "s3:ListAllMyBuckets": {"DS-01.5"}, "s3:GetBucketAcl": {"DS-07.2"}, "s3:GetBucketLocation": {"DS-17.1"},
    "s3:GetBucketLogging": {"DS-08.2"}, "s3:GetBucketPolicy": {"DS-07.2", "DS-08.1"},
    "s3:GetBucketPolicyStatus": {"DS-07.2"}, "s3:GetBucketVersioning": {"DI-12.1"},
    "s3:GetLifecycleConfiguration": {"DI-12.2"},
    "kms:DescribeKey": {"DS-06.4"}, "kms:GetKeyRotationStatus": {"DS-06.4"},
}  # fmt: skip


def test_each_action_that_moto_enforces_is_needed_for_just_its_own_clauses(strict: ObjectStore, tmp_path: Path) -> None:
    register = declared(strict, tmp_path, keys=strict.pepper)
    plan = make_plan(catalog(), register, Selection(), at="2026-11-24T02:00:00Z")
    wanted = json.loads(policies(catalog(), plan.endpoints))["Statement"]
    # What moto asks for under another name than AWS is given, so that only the names under test are missing.
    # It also judges what is no bucket as if it were asked of `*`, which a policy for one key does not match.
    for one in wanted:
        one["Resource"] = one["Resource"] if one["Sid"] != "PepperbirdKeys" else "*"
    others = {"Effect": "Allow", "Resource": "*", "NotAction": sorted(RIGHTS)}
    iam = strict.client("iam")

    def allow(without: str) -> dict[tuple[str, str], tuple[str, str]]:
        left = [{**one, "Action": [action for action in one["Action"] if action != without]} for one in wanted]
        document = policy(others, *(one for one in left if one["Action"]))
        iam.put_user_policy(UserName="pepper", PolicyName="scan", PolicyDocument=document)
        return brief(found(strict, register))

    full = allow("")
    for action, expected in RIGHTS.items():
        less = allow(action)
        changed = {clause for clause, subject in full if less.get((clause, subject)) != full[clause, subject]}
        assert changed == expected, action
        assert expected <= {clause for (clause, _), (state, why) in less.items() if state == "error" and action in why}


def test_a_key_that_nobody_replaces_fails_and_one_of_aws_is_none_of_ours(store: ObjectStore, tmp_path: Path) -> None:
    seen = found(store, declared(store, tmp_path))["DS-06.4"]
    assert {name: str(one.state) for name, one in seen.items()} == {"deeds": "pass", "copy": "fail"}
    assert seen["copy"].message == "copy is encrypted with a key of the customer that is never replaced"
    client = store.client()
    before = client.get_bucket_encryption(Bucket="copy")["ServerSideEncryptionConfiguration"]
    try:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        client.put_bucket_encryption(Bucket="copy", ServerSideEncryptionConfiguration={"Rules": [rule]})
        assert "copy" not in found(store, declared(store, tmp_path))["DS-06.4"]
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/nobody"}}
        client.put_bucket_encryption(Bucket="copy", ServerSideEncryptionConfiguration={"Rules": [rule]})
        why = found(store, declared(store, tmp_path))["DS-06.4"]["copy"].gap
        assert why is not None and why.reason is GapReason.NOT_FOUND and "alias/nobody" in why.detail
    finally:
        client.put_bucket_encryption(Bucket="copy", ServerSideEncryptionConfiguration=before)


def test_the_lock_of_a_vault_is_seen_and_what_moto_does_not_know_is_an_error(
    store: ObjectStore, tmp_path: Path
) -> None:
    register = declared(store, tmp_path, stores=IN_VAULT, repositories=VAULTS)
    transport = S3Transport(aws=store.url)
    facts = seen(endpoint(register), ask(endpoint(register), transport=transport)).facts["aws_backup"]
    bare, main, gone = facts["vaults"]
    assert (bare["locked"], main["locked"], main["min_days"], main["air_gapped"]) == (False, True, 35, False)
    assert "lock_date" in main and "lock_date" not in bare
    assert gone["locked"].reason is GapReason.NOT_FOUND and "ResourceNotFoundException" in gone["locked"].detail
    for row in facts["points"]:
        assert row["count"].reason is GapReason.UNSUPPORTED and "<!DOCTYPE>" in row["count"].detail
    assert facts["protected"].reason is facts["restores"].reason is GapReason.UNSUPPORTED
    why = found(store, register)["BR-08.2"]["cloud"].gap
    assert why is not None and "no answer to ListRecoveryPointsByBackupVault" in why.detail
