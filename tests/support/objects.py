"""Real object stores for tests, on 127.0.0.1: Ceph of Debian as an account without rights; and moto in place of AWS."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from pepperbird.collect.endpoint import collect_one
from pepperbird.collect.interface import CollectOptions, Transport, alone
from pepperbird.model.evidence import AssetEvidence, Transcript
from pepperbird.model.plan import EndpointPlan, Selection
from pepperbird.model.site import Access, Agency, Asset, Place, Repository, Site, SiteFile, Store
from pepperbird.model.state import AssetKind, Tier
from pepperbird.observe.observe import observe
from pepperbird.plan.make import make_plan
from tests.support.databases import catalog, free_port, nobody
from tests.support.require import lacking

CEPH = """\
[global]
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
ms client mode = crc
ms service mode = crc
ms cluster mode = crc
keyring = {folder}/keyring.rgw
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon}/0,v1:127.0.0.1:{old}/0]
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
osd objectstore = memstore
memstore device bytes = 1073741824
osd crush chooseleaf type = 0
mon data = {folder}/mon.$id
osd data = {folder}/osd.$id
run dir = {folder}
admin socket = {folder}/$name.asok
pid file = {folder}/$name.pid
log file = {folder}/$name.log
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv4 = true
ms bind ipv6 = false
rgw frontends = beast endpoint=127.0.0.1:{port} ssl_endpoint=127.0.0.1:{tls} ssl_certificate={folder}/tls.pem
rgw enable usage log = false
rgw crypt require ssl = false
mon data avail warn = 1
mon data avail crit = 1
crash dir = {folder}
mon pg warn min per osd = 0
"""
OWNER = ("OWNERKEY", "owner-secret-27")
PEPPER = ("PEPPERKEY", "pepper-secret-27")
READ_BUCKET = ("s3:Get*", "s3:List*")


@dataclass
class ObjectStore:
    """A server, the keys of its owner, and (where asked for) those of the scanner."""

    url: str
    owner: tuple[str, str] = OWNER
    pepper: tuple[str, str] = PEPPER
    folder: Path = Path()
    secure: str = ""
    """The same server over TLS; `ca` vouches for it."""
    environment: dict[str, str] = field(default_factory=dict)

    def client(self, service: str = "s3", keys: tuple[str, str] | None = None, region: str = "us-east-1") -> Any:
        key, secret = keys or self.owner
        return boto3.session.Session().client(
            service, endpoint_url=self.url, region_name=region, aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}),
        )  # fmt: skip

    @property
    def ca(self) -> str:
        return str(self.folder / "tls.pem")

    def admin(self, *arguments: str) -> str:
        """Run radosgw-admin of Ceph."""
        return _run(["radosgw-admin", *arguments], self)


def _run(command: Sequence[str], store: ObjectStore, seconds: int = 40) -> str:
    done = subprocess.run(
        [*nobody(), *command], cwd=store.folder, env=store.environment, stdin=subprocess.DEVNULL, capture_output=True,
        timeout=seconds, check=False, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-300:]} {done.stderr[-900:]}")
    return done.stdout


@contextmanager
def ceph(folder: Path) -> Iterator[ObjectStore]:
    """A monitor, one store in memory, and a gateway, with the users `owner` and `pepper`."""
    for program in ("ceph-mon", "ceph-osd", "radosgw", "ceph"):
        if shutil.which(program) is None:
            lacking(program)
    folder.mkdir(parents=True)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    port, tls, mon, old = free_port(), free_port(), free_port(), free_port()
    _certificate(folder / "tls.pem")
    fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
    config = folder / "ceph.conf"
    config.write_text(CEPH.format(folder=folder, fsid=fsid, mon=mon, old=old, port=port, tls=tls))
    environment = {
        "PATH": os.environ["PATH"] + ":/usr/sbin", "HOME": str(folder), "LC_ALL": "C", "CEPH_CONF": str(config)
    }  # fmt: skip
    store = ObjectStore(f"http://127.0.0.1:{port}", folder=folder, environment=environment)
    store.secure = f"https://127.0.0.1:{tls}"
    gateway = None
    try:
        gateway = _start(store, fsid, osd, f"[v2:127.0.0.1:{mon},v1:127.0.0.1:{old}]")
        for name, (key, secret) in (("owner", OWNER), ("pepper", PEPPER)):
            caps = ("--caps", "user-policy=*") if name == "owner" else ()
            store.admin(
                "user",
                "create",
                f"--uid={name}",
                f"--display-name={name}",
                f"--access-key={key}",
                f"--secret-key={secret}",
                *caps,
            )
        yield store
    finally:
        for file in folder.glob("*.pid"):
            with suppress(ProcessLookupError, ValueError):
                os.kill(int(file.read_text()), signal.SIGKILL)
        if gateway is not None:
            gateway.kill()
            gateway.wait(timeout=20)


def _certificate(file: Path) -> None:
    """A key and a certificate for 127.0.0.1 that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))


def _start(store: ObjectStore, fsid: str, osd: str, address: str) -> subprocess.Popen[bytes]:
    folder = store.folder
    _run(["monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, "monmap"], store)
    _run(["ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap"], store)
    _daemon(["ceph-mon", "-i", "a"], store)
    number = _run(["ceph", "osd", "new", osd], store).strip()
    _run(["mkdir", f"osd.{number}"], store)
    _run(["ceph-osd", "-i", number, "--mkfs", "--osd-uuid", osd], store)
    _daemon(["ceph-osd", "-i", number], store)
    rights = ["mon", "allow *", "osd", "allow *", "mgr", "allow *"]
    _run(["ceph", "auth", "get-or-create", "client.rgw.a", *rights, "-o", "keyring.rgw"], store)
    gateway = subprocess.Popen(
        [*nobody(), "radosgw", "-n", "client.rgw.a", "-f"], cwd=folder, env=store.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(store.url, 40)
    return gateway


def _daemon(command: Sequence[str], store: ObjectStore) -> None:
    """Start what goes to the background by itself."""
    subprocess.run(
        [*nobody(), *command], cwd=store.folder, env=store.environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=40, check=True,
    )  # fmt: skip


def wait_for(url: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection = HTTPConnection(url.removeprefix("http://"), timeout=2)
        try:
            connection.request("GET", "/")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"{url} does not answer")


@contextmanager
def moto(folder: Path) -> Iterator[ObjectStore]:
    """moto, which keeps to policies once `enforce` was called."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    store = ObjectStore(f"http://127.0.0.1:{port}", folder=folder)
    with (folder / "moto.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], cwd=folder,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(store.url, 40)
        yield store
    finally:
        server.kill()
        server.wait(timeout=20)


def enforce(store: ObjectStore) -> None:
    """Users `root` and `pepper` in moto; from now on every request is judged by their policies."""
    iam = store.client("iam")
    keys = []
    for name in ("root", "pepper"):
        iam.create_user(UserName=name)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        keys.append((made["AccessKeyId"], made["SecretAccessKey"]))
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_user_policy(UserName="root", PolicyName="all", PolicyDocument=policy(everything))
    store.owner, store.pepper = keys
    connection = HTTPConnection(store.url.removeprefix("http://"), timeout=10)
    connection.request("POST", "/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
    assert connection.getresponse().status == 200
    connection.close()


def limit(store: ObjectStore, bucket: str, **most: int) -> None:
    """A quota of Ceph on one bucket: `size` in bytes, `objects`."""
    values = [f"--max-{name}={value}" for name, value in most.items()]
    store.admin("quota", "set", "--quota-scope=bucket", f"--bucket={bucket}", *values)
    store.admin("quota", "enable", "--quota-scope=bucket", f"--bucket={bucket}")


BLOCK = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


def lock(client: Any, bucket: str, days: int, mode: str = "COMPLIANCE") -> None:
    """A new bucket whose objects are locked; it keeps versions."""
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": mode, "Days": days}}
    client.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )


def expire(client: Any, bucket: str, days: int) -> None:
    """Versions that were replaced are deleted after so many days."""
    rule = {
        "ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
    }  # fmt: skip
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})


def keep_well(client: Any) -> None:
    """`deeds` and `vault`, a backup repository, as well kept as Ceph 16 can. From then on only TLS gets to them."""
    for bucket, days in (("deeds", 400), ("vault", 30)):
        lock(client, bucket, days)
        expire(client, bucket, 90)
        client.put_object(Bucket=bucket, Key="snapshots/1", Body=b"x")
        client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=BLOCK)
        client.put_bucket_policy(Bucket=bucket, Policy=policy(tls_only(bucket)))


def open_wide(client: Any) -> None:
    """`open`, which everybody may read and write, and `weak`, which deletes versions early."""
    client.create_bucket(Bucket="open", ACL="public-read")
    everybody = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject"]}
    client.put_bucket_policy(Bucket="open", Policy=policy({**everybody, "Resource": "arn:aws:s3:::open/*"}))
    lock(client, "weak", 1, "GOVERNANCE")
    expire(client, "weak", 2)
    client.put_object(Bucket="weak", Key="snapshots/1", Body=b"x")


def keep_well_on_aws(store: ObjectStore) -> None:
    """`deeds`, kept as AWS can, its copy and its log."""
    client = store.client()
    place = {"LocationConstraint": "eu-west-1"}
    for bucket in ("copy", "logs"):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    client.create_bucket(Bucket="deeds", CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 2}}
    client.put_object_lock_configuration(
        Bucket="deeds", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    client.put_bucket_policy(Bucket="deeds", Policy=policy(tls_only("deeds")))
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
    client.put_bucket_encryption(Bucket="deeds", ServerSideEncryptionConfiguration=encryption)
    owner = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    client.put_bucket_ownership_controls(Bucket="deeds", OwnershipControls=owner)
    delivery = policy(
        {
            "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::logs/*",
        }
    )  # fmt: skip
    client.put_bucket_policy(Bucket="logs", Policy=delivery)
    enabled = {"TargetBucket": "logs", "TargetPrefix": "deeds/"}
    client.put_bucket_logging(Bucket="deeds", BucketLoggingStatus={"LoggingEnabled": enabled})
    client.put_bucket_versioning(Bucket="copy", VersioningConfiguration={"Status": "Enabled"})
    whole = {
        "ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::copy"},
    }  # fmt: skip
    role = "arn:aws:iam::123456789012:role/replication"
    client.put_bucket_replication(Bucket="deeds", ReplicationConfiguration={"Role": role, "Rules": [whole]})


def keep_vaults(store: ObjectStore, region: str = "eu-west-1") -> None:
    """What moto has of AWS Backup and KMS: `main`, a locked vault, `bare`, one that is not, keys for two buckets."""
    backup, kms = store.client("backup", region=region), store.client("kms", region=region)
    for name in ("main", "bare"):
        backup.create_backup_vault(BackupVaultName=name)
    backup.put_backup_vault_lock_configuration(BackupVaultName="main", MinRetentionDays=35, ChangeableForDays=3)
    for bucket in ("deeds", "copy"):
        arn = kms.create_key()["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName=f"alias/{bucket}", TargetKeyId=arn)
        if bucket == "deeds":
            kms.enable_key_rotation(KeyId=arn)
        rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"alias/{bucket}"}
        store.client().put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
        )


def block_account(store: ObjectStore) -> None:
    """Public access is blocked for the whole account of moto. The library would ask a name that leads nowhere here."""
    flags = "".join(f"<{name}>true</{name}>" for name in BLOCK)
    body = f"<PublicAccessBlockConfiguration>{flags}</PublicAccessBlockConfiguration>".encode()
    request = AWSRequest(
        "PUT", f"{store.url}/v20180820/configuration/publicAccessBlock", data=body,
        headers={"x-amz-account-id": "123456789012"},
    )  # fmt: skip
    SigV4Auth(Credentials(*store.owner), "s3", "us-east-1").add_auth(request)
    connection = HTTPConnection(store.url.removeprefix("http://"), timeout=10)
    connection.request("PUT", "/v20180820/configuration/publicAccessBlock", body, dict(request.headers.items()))
    assert connection.getresponse().status < 300
    connection.close()


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def tls_only(bucket: str) -> dict[str, Any]:
    return {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip


def let_in(bucket: str, *actions: str) -> dict[str, Any]:
    """The statement of a bucket's policy that lets the scanner's user of Ceph do these."""
    return {
        "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/pepper"]}, "Action": list(actions or READ_BUCKET),
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }  # fmt: skip


def site(
    store: ObjectStore, secret: Path, *, keys: tuple[str, str] | None = None, stores: Sequence[Mapping[str, Any]] = (),
    repositories: Sequence[Mapping[str, Any]] = (), **more: object,
) -> Site:  # fmt: skip
    """A register with this object store as `objects`."""
    key, word = keys or store.owner
    secret.write_text(word + "\n")
    access = {"via": "s3", "at": store.url, "as": key, "secret": f"file:{secret}", **more}
    asset = Asset(id="objects", kind=AssetKind.S3_BUCKET, site="office", access=(Access.model_validate(access),))
    agency = Agency(
        id="sample", name="Sample", tier=Tier.STANDARD, assets=(asset,), sites=(Place(id="office", country="LR"),),
        stores=tuple(Store.model_validate({"asset": "objects", **one}) for one in stores),
        repositories=tuple(Repository.model_validate({"tool": "x", "on": "objects", **one}) for one in repositories),
    )  # fmt: skip
    return Site(file=SiteFile(name="objects"), agencies=(agency,))


def endpoint(declared: Site) -> EndpointPlan:
    return make_plan(catalog(), declared, Selection(), at="2026-11-24T02:00:00Z").endpoints[0]


def ask(planned: EndpointPlan, *, deadline: int | None = None, transport: Transport | None = None) -> Transcript:
    """The real collector on a real server."""
    planned = replace(planned, deadline=deadline or planned.deadline)
    with alone(planned.deadline) as lifeline:
        return collect_one(
            planned, catalog().programs["s3"], catalog().redactions, CollectOptions(), lifeline=lifeline,
            transport=transport,
        )  # fmt: skip


def seen(planned: EndpointPlan, transcript: Transcript) -> AssetEvidence:
    return observe(catalog(), planned, transcript)
