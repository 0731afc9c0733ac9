"""What a denied bucket, a closed port, a wrong key and an unknown operation look like, to the word."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pepperbird.collect.s3 import S3Transport
from pepperbird.model.gap import Gap
from tests.support.objects import ObjectStore, ceph, keep_vaults, keep_well, keep_well_on_aws, moto, site
from tests.support.objects_judged import Judged, judged

pytestmark = pytest.mark.slow
NEWER = "Ask whoever runs it for a version that answers this; docs/object-storage.md says what stands in for it."
SAFE = ({"id": "safe", "bucket": "vault"},)


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    folder = Path(tempfile.mkdtemp(prefix="pepperbird-s3-"))
    folder.chmod(0o755)
    try:
        with ceph(folder / "ceph") as server:
            keep_well(server.client())
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with moto(tmp_path_factory.mktemp("aws")) as server:
        keep_well_on_aws(server)
        keep_vaults(server)
        yield server


def told(found: Judged, clause: str, subject: str) -> tuple[str, str, str, str]:
    """State, reason, what was said and what would help, of one finding that is a Gap."""
    one = found[clause][subject]
    assert isinstance(one.gap, Gap)
    return str(one.state), str(one.gap.reason), one.gap.detail, one.gap.remedy


def of_ceph(store: ObjectStore, tmp_path: Path, **more: Any) -> Judged:
    given = {"at": store.secure, "ca": store.ca, "buckets": ["deeds", "vault"], **more}
    return judged(site(store, tmp_path / "s", repositories=SAFE, **given))


def test_a_denied_bucket(store: ObjectStore, tmp_path: Path) -> None:
    found = of_ceph(store, tmp_path, keys=store.pepper)
    assert told(found, "DS-08.1", "deeds") == (
        "error", "denied", "s3:GetBucketPolicy of deeds is denied to this key: AccessDenied",
        "Allow s3:GetBucketPolicy on arn:aws:s3:::deeds, as `pepperbird privileges --s3` prints it.",
    )  # fmt: skip
    assert told(found, "BR-17.3", "vault") == (
        "error", "denied", "s3:ListBucket of vault is denied to this key: 403 Forbidden",
        "Allow s3:ListBucket on arn:aws:s3:::vault, as `pepperbird privileges --s3` prints it.",
    )  # fmt: skip


def test_a_closed_port(store: ObjectStore, tmp_path: Path) -> None:
    found = of_ceph(store, tmp_path, at="https://127.0.0.1:9")
    state, reason, said, help_ = told(found, "DS-08.1", "objects")
    assert (state, reason) == ("unreachable", "unreachable")
    assert said.startswith("no connection to the object store: ") and "https://127.0.0.1:9/" in said
    assert help_ == "Check that it runs, that `at` is right, and that a firewall lets this computer in."


@pytest.mark.parametrize(
    ("keys", "code"), [(("NOBODY", "x" * 9), "InvalidAccessKeyId"), (("OWNERKEY", "wrong"), "SignatureDoesNotMatch")]
)
def test_a_wrong_key(store: ObjectStore, tmp_path: Path, keys: tuple[str, str], code: str) -> None:
    found = of_ceph(store, tmp_path, keys=keys)
    assert told(found, "DS-08.1", "objects") == (
        "error", "login-refused", f"the object store does not take this key: {code}",
        "Check `as`, and what `secret` leads to.",
    )  # fmt: skip


def test_an_operation_that_ceph_does_not_know(store: ObjectStore, tmp_path: Path) -> None:
    assert told(of_ceph(store, tmp_path), "DS-05.1", "deeds") == (
        "error", "unsupported",
        "the server does not know GetBucketEncryption of deeds: it answered <ListBucketResult>, which is no answer to "
        "GetBucketEncryption", NEWER,
    )  # fmt: skip


def test_an_operation_that_moto_does_not_know_of_a_vault_and_a_key_that_is_not_there(
    aws: ObjectStore, tmp_path: Path
) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/nobody"}}
    aws.client().put_bucket_encryption(Bucket="logs", ServerSideEncryptionConfiguration={"Rules": [rule]})
    stores = [{"id": "scans", "bucket": "deeds", "backed_up_to": ["cloud"]}]
    vaults = [{"id": "cloud", "tool": "aws-backup", "vault": "main"}]
    register = site(aws, tmp_path / "s", stores=stores, repositories=vaults, at="eu-west-1", account="123456789012")
    found = judged(register, transport=S3Transport(aws=aws.url))
    assert told(found, "BR-08.2", "cloud") == (
        "error", "unsupported",
        "the server does not know ListRecoveryPointsByBackupVault of main: it answered <!DOCTYPE>, which is no answer "
        "to ListRecoveryPointsByBackupVault", NEWER,
    )  # fmt: skip
    state, reason, said, _ = told(found, "DS-06.4", "logs")
    assert (state, reason) == ("error", "not-found")
    assert said.startswith("there is no such thing of alias/nobody: NotFoundException ")
