"""The operations of object stores and of AWS that may be asked at all: they only read settings, lists or states.

What content asks is checked against this when it is read, and again by the runner before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

READING: Final[Mapping[str, frozenset[str]]] = {
    "s3": frozenset(
        {
            "GetBucketAcl", "GetBucketEncryption", "GetBucketLifecycleConfiguration", "GetBucketLocation",
            "GetBucketLogging", "GetBucketNotificationConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy",
            "GetBucketPolicyStatus", "GetBucketReplication", "GetBucketTagging", "GetBucketVersioning",
            "GetObjectLegalHold", "GetObjectLockConfiguration", "GetObjectRetention", "GetPublicAccessBlock",
            "HeadBucket", "ListBuckets", "ListObjectVersions", "ListObjectsV2",
        }
    ),
    "s3control": frozenset({"GetPublicAccessBlock"}),
    "kms": frozenset({"DescribeKey", "GetKeyRotationStatus"}),
    "backup": frozenset(
        {
            "DescribeBackupVault", "ListBackupJobs", "ListProtectedResources", "ListRecoveryPointsByBackupVault",
            "ListRestoreJobs",
        }
    ),
}  # fmt: skip
"""By service. None of them gives the content of an object, or a key."""


def reads(service: str, operation: str) -> bool:
    """Whether this operation is one of those that only read."""
    return operation in READING.get(service, frozenset())
