"""What Ceph and moto say in good, bad and denied states, written as samples: `python -m tests.support.objects_capture`.

What AWS Backup is documented to say comes from the stub that is held to AWS's own service model, and says so.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from pepperbird.collect.s3 import S3Transport
from pepperbird.model.site import Site
from tests.support import aws_stub
from tests.support.objects import (
    ObjectStore,
    ask,
    block_account,
    ceph,
    endpoint,
    enforce,
    keep_vaults,
    keep_well,
    keep_well_on_aws,
    limit,
    moto,
    open_wide,
    site,
)
from tests.support.samples import ROOT, Sample, facts_of, plain

CEPH: Final = "Ceph RADOS Gateway 16.2.15 of Debian 12"
MOTO: Final = "moto 5.2.5 in the place of AWS"
VAULTS: Final = tuple({"id": name, "tool": "aws-backup", "vault": vault} for name, vault in
               (("bare", "bare"), ("cloud", "main"), ("gone", "gone")))  # fmt: skip


def write(
    collector: str, name: str, about: str, register: Site, aws: str = "", *, origin: str = "captured"
) -> None:  # fmt: skip
    """Ask, and write what each probe of that collector said, with the facts that come of it."""
    transcript = ask(endpoint(register), transport=S3Transport(aws=aws) if aws else None)
    folder = ROOT / "collectors" / collector / "samples" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    outputs = {probe: one for probe, one in transcript.probes.items() if probe.startswith(f"{collector}.")}
    exits: dict[str, int | None] = {}
    for probe, one in outputs.items():
        short = probe.partition(".")[2]
        (folder / f"{short}.out").write_bytes(one.stdout)
        if one.exit_status != 0:
            exits[short] = one.exit_status
    said = {
        "origin": origin, "about": about, "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "exits": exits,
        "facts": plain(facts_of(collector, _read_again(folder, collector, exits))),
    }  # fmt: skip
    (folder / "facts.yaml").write_text(yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=118))


def _read_again(folder: Path, collector: str, exits: dict[str, int | None]) -> Any:
    return Sample(collector, folder, "captured", "", exits, {}).outputs()


def of_ceph(folder: Path) -> None:
    with ceph(folder / "ceph") as store:
        keep_well(store.client())
        open_wide(store.client())
        limit(store, "vault", size=1 << 30)
        limit(store, "weak", objects=1)
        stores = [{"id": "scans", "bucket": "deeds", "purpose": "records-archive"}]
        safe = [{"id": "safe", "bucket": "vault"}]
        secure: dict[str, Any] = {"at": store.secure, "ca": store.ca}
        kept = site(store, folder / "s", stores=stores, repositories=safe, buckets=["deeds", "vault"], **secure)
        write("s3", "ceph-16-kept", f"{CEPH}, over TLS: two buckets as well kept as it can", kept)
        opened = site(
            store, folder / "s", stores=[{"id": "scans", "bucket": "open"}],
            repositories=[{"id": "safe", "bucket": "weak"}], buckets=["open", "weak"],
        )  # fmt: skip
        about = "the same server: a bucket open to everybody, and one that is full, locked and versioned weakly"
        write("s3", "ceph-16-open", about, opened)
        denied = site(store, folder / "s", keys=store.pepper, stores=stores, repositories=safe, **secure)
        about = "the same server, asked by a user without any right to these buckets"
        write("s3", "ceph-16-denied", about, denied)


def of_moto(folder: Path) -> None:
    place: dict[str, Any] = {"at": "eu-west-1", "account": "123456789012"}
    names = (("scans", "deeds"), ("copies", "copy"), ("log", "logs"))
    stores = [{"id": one, "bucket": bucket, "owner": "Registrar", "class": "secret"} for one, bucket in names]
    with moto(folder / "aws") as store:
        keep_well_on_aws(store)
        keep_vaults(store)
        block_account(store)
        kept = site(store, folder / "s", stores=stores, repositories=VAULTS, buckets=["deeds"], **place)
        write("s3", "moto-kept", f"{MOTO}: a bucket with all that AWS has", kept, store.url)
        about = (
            f"{MOTO}, which has vaults and their locks and answers every question about what lies in them with a page"
        )
        write("aws_backup", "moto", about, kept, store.url)
        copy = site(store, folder / "s", stores=stores, buckets=["copy"], **place)
        write("s3", "moto-copy", f"{MOTO}: a bucket with a key that nobody replaces", copy, store.url)
    with moto(folder / "plain") as store:
        store.client().create_bucket(Bucket="plain")
        bare = site(store, folder / "s", stores=[{"id": "scans", "bucket": "plain"}], **place)
        write("s3", "moto-plain", f"{MOTO}: a bucket as it is made", bare, store.url)
    with moto(folder / "strict") as store:
        keep_well_on_aws(store)
        keep_vaults(store)
        enforce(store)
        denied = site(store, folder / "s", keys=store.pepper, stores=stores, **place)
        write("s3", "moto-denied", f"{MOTO}, asked by a user without rights", denied, store.url)


def of_documents(folder: Path) -> None:
    """AWS Backup as its service model in botocore describes it."""
    good = aws_stub.kept_well()
    copy = aws_stub.point(aws_stub.ago(hours=7), SourceBackupVaultArn=aws_stub.vault_arn("main", "eu-central-1"))
    good["ListRecoveryPointsByBackupVault"]["main"].append(copy)
    bad = aws_stub.kept_well()
    bad["DescribeBackupVault"]["main"] = {"VaultType": "BACKUP_VAULT", "Locked": False}
    bad["ListRecoveryPointsByBackupVault"]["main"] = [
        aws_stub.point(aws_stub.ago(days=9), IsEncrypted=False), aws_stub.point(aws_stub.ago(hours=9), Status="PARTIAL")
    ]  # fmt: skip
    bad["ListBackupJobs"]["main"] = [{"State": state} for state in ("COMPLETED", "FAILED", "EXPIRED")]
    bad |= {"ListProtectedResources": [], "ListRestoreJobs": [aws_stub.restore(aws_stub.ago(days=2), Status="FAILED")]}
    of_stub = "as botocore's service model of AWS Backup describes it"
    for name, told, about in (
        ("documented-kept", good, f"{of_stub}: a vault that is in order, and copied to from another region"),
        ("documented-bad", bad, f"{of_stub}: a vault without a lock, with an old point in the clear and failed jobs"),
    ):
        with aws_stub.serving(told) as (url, _):
            register = site(
                ObjectStore(url), folder / "s", at="eu-west-1", account="123456789012",
                stores=[{"id": "scans", "bucket": "deeds"}], repositories=[VAULTS[1]],
            )  # fmt: skip
            write("aws_backup", name, about, register, url, origin="documented")


if __name__ == "__main__":
    here = Path(tempfile.mkdtemp(prefix="pepperbird-s3-"))
    here.chmod(0o755)
    try:
        for what in sys.argv[1:] or ("ceph", "moto", "documents"):
            {"ceph": of_ceph, "moto": of_moto, "documents": of_documents}[what](here)
    finally:
        shutil.rmtree(here, ignore_errors=True)
