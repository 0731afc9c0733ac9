"""A small server that speaks S3, for what no real one can be brought to say: refusals, lies, long and slow answers.

`python -m tests.support.s3_stub COUNT` serves that many plain buckets, and prints its port.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from tests.support.http_stub import Answer as Whole
from tests.support.http_stub import serving_http

Answer = tuple[int, bytes]
Answers = Callable[[str, str], Answer | None]
"""What a bucket and a question (the first word of the query), '' for none, are answered; None: as usual."""

ELSEWHERE = {"Location": "http://127.0.0.1:9/elsewhere", "x-amz-bucket-region": "af-south-1"}
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NOTHING = {
    "policy": "NoSuchBucketPolicy", "policyStatus": "NoSuchBucketPolicy",
    "encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "publicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "ownershipControls": "OwnershipControlsNotFoundError", "lifecycle": "NoSuchLifecycleConfiguration",
    "object-lock": "ObjectLockConfigurationNotFoundError", "replication": "ReplicationConfigurationNotFoundError",
}  # fmt: skip
PLAIN = {
    "versioning": "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    "logging": "<BucketLoggingStatus/>",
    "location": "<LocationConstraint>default</LocationConstraint>",
    "acl": "<AccessControlPolicy><Owner><ID>t</ID></Owner><AccessControlList><Grant>"
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>t</ID></Grantee>'
    "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>",
}


def error(code: str, status: int = 404, more: str = "") -> Answer:
    return status, f"{HEAD}<Error><Code>{code}</Code><Message>{code}</Message>{more}</Error>".encode()


def ok(body: str) -> Answer:
    return 200, (HEAD + body).encode()


def bucket_names(count: int) -> list[str]:
    return [f"bucket-{number:05}" for number in range(count)]


def plain(bucket: str, question: str, listing: bytes) -> Answer:
    if not bucket:
        return 200, listing
    if question in NOTHING:
        return error(NOTHING[question])
    if question in PLAIN:
        return ok(PLAIN[question])
    return error("AccessDenied", 403)


@contextmanager
def serving(count: int = 1, answers: Answers | None = None) -> Iterator[tuple[str, list[str]]]:
    """The address of a running server, and the list of what it is asked."""
    names = "".join(
        f"<Bucket><Name>{name}</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket>"
        for name in bucket_names(count)
    )
    listing = ok(
        f"<ListAllMyBucketsResult><Owner><ID>t</ID></Owner><Buckets>{names}</Buckets></ListAllMyBucketsResult>"
    )
    asked: list[str] = []

    def answered(method: str, path: str) -> Whole:
        asked.append(f"{method} {path}")
        parts = urlsplit(path)
        bucket = parts.path.strip("/").partition("/")[0]
        question = next(iter(parse_qs(parts.query, keep_blank_values=True)), "")
        status, body = (answers and answers(bucket, question)) or plain(bucket, question, listing[1])
        return status, body, {"Content-Type": "application/xml", **(ELSEWHERE if status in (301, 307) else {})}

    with serving_http(answered) as url:
        yield url, asked


if __name__ == "__main__":
    with serving(int(sys.argv[1])) as (url, _asked):
        sys.stdout.write(url + "\n")
        sys.stdout.flush()
        sys.stdin.read()
