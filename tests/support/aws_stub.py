"""A small server that speaks as AWS Backup is documented to: no program that runs here has restore points or jobs.

What it answers is held to the service model of botocore, AWS's own description of every answer: a member that the model
does not know, or of another type, is an error of the test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import botocore.session
from botocore.validate import ParamValidator

from tests.support.http_stub import Answer, serving_http

ACCOUNT: Final = "123456789012"
DEEDS: Final = "arn:aws:s3:::deeds"
_PATHS: Final = (
    ("ListRecoveryPointsByBackupVault", re.compile(r"/backup-vaults/([^/]+)/recovery-points/?")),
    ("DescribeBackupVault", re.compile(r"/backup-vaults/([^/]+)")), ("ListBackupJobs", re.compile(r"/backup-jobs/?")),
    ("ListProtectedResources", re.compile(r"/resources/?")), ("ListRestoreJobs", re.compile(r"/restore-jobs/?")),
)  # fmt: skip
Said = tuple[int, bytes]
Other = Callable[[str, str], Said | None]
"""What is answered to an operation about a vault ('' for none) in place of what is told; None: that."""


@cache
def model(service: str = "backup") -> Any:
    return botocore.session.Session().get_service_model(service)


def body(operation: str, answer: Mapping[str, Any]) -> bytes:
    """An answer as AWS would send it. Raises AssertionError where it is none that the service model knows."""
    shape = model().operation_model(operation).output_shape
    assert not (set(answer) - set(shape.members)), f"{operation} has no {set(answer) - set(shape.members)}"
    report = ParamValidator().validate(dict(answer), shape)
    assert not report.has_errors(), report.generate_report()
    return json.dumps(answer, default=lambda moment: moment.timestamp()).encode()


def refused(operation: str, code: str, status: int = 400) -> Said:
    """An error that the service model knows, or one that all of AWS has."""
    known = {shape.name for shape in model().operation_model(operation).error_shapes}
    assert code in known | {"AccessDeniedException", "InvalidSignatureException", "ThrottlingException"}, code
    return status, json.dumps({"__type": code, "message": code}).encode()


def ago(**span: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**span)


def vault_arn(name: str, region: str = "eu-west-1") -> str:
    return f"arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{name}"


def point(created: datetime, resource: str = DEEDS, vault: str = "main", **more: Any) -> dict[str, Any]:
    """One restore point, whole and encrypted."""
    return {
        "RecoveryPointArn": f"arn:aws:backup:eu-west-1:{ACCOUNT}:recovery-point:{created.timestamp():.0f}",
        "BackupVaultName": vault, "BackupVaultArn": vault_arn(vault), "ResourceArn": resource, "ResourceType": "S3",
        "Status": "COMPLETED", "CreationDate": created, "IsEncrypted": True, "Lifecycle": {"DeleteAfterDays": 365},
        **more,
    }  # fmt: skip


def kept_well() -> dict[str, Any]:
    """By operation what an account answers that is in order. `{vault: rows}` for those that are asked of a vault."""
    points = [point(ago(hours=6 + 24 * day)) for day in range(0, 400, 10)]
    return {
        "DescribeBackupVault": {
            "main": {
                "VaultType": "BACKUP_VAULT", "Locked": True, "LockDate": ago(days=60), "MinRetentionDays": 35,
                "NumberOfRecoveryPoints": len(points),
            },
        },
        "ListRecoveryPointsByBackupVault": {"main": points},
        "ListBackupJobs": {"main": [{"BackupJobId": str(day), "State": "COMPLETED"} for day in range(30)]},
        "ListProtectedResources": [{"ResourceArn": DEEDS, "ResourceType": "S3", "LastBackupTime": ago(hours=6)}],
        "ListRestoreJobs": [restore(ago(days=9))],
    }  # fmt: skip


def restore(ended: datetime, **more: Any) -> dict[str, Any]:
    return {
        "RestoreJobId": f"r-{ended.timestamp():.0f}", "SourceResourceArn": DEEDS, "BackupVaultArn": vault_arn("main"),
        "Status": "COMPLETED", "CreationDate": ended - timedelta(hours=1), "CompletionDate": ended,
        "ValidationStatus": "SUCCESSFUL", **more,
    }  # fmt: skip


ROWS: Final = {
    "ListRecoveryPointsByBackupVault": "RecoveryPoints", "ListBackupJobs": "BackupJobs",
    "ListProtectedResources": "Results", "ListRestoreJobs": "RestoreJobs",
}  # fmt: skip


def answered(told: Mapping[str, Any], operation: str, vault: str, token: str, page: int) -> Said:
    """One page of what is told."""
    if operation == "DescribeBackupVault":
        if vault not in told[operation]:
            return refused(operation, "ResourceNotFoundException")
        given = {"BackupVaultName": vault, "BackupVaultArn": vault_arn(vault), **told[operation][vault]}
        return 200, body(operation, given)
    rows = told[operation]
    rows = rows.get(vault, []) if isinstance(rows, dict) else rows
    start = int(token or 0)
    more = {"NextToken": str(start + page)} if start + page < len(rows) else {}
    return 200, body(operation, {ROWS[operation]: rows[start : start + page], **more})


@contextmanager
def serving(
    told: Mapping[str, Any], other: Other | None = None, *, page: int = 1000
) -> Iterator[tuple[str, list[str]]]:
    """The address of a server that tells this, and the list of what it is asked."""
    asked: list[str] = []

    def answered_as_told(method: str, path: str) -> Answer:
        parts = urlsplit(path)
        found = next(((name, one) for name, known in _PATHS if (one := known.fullmatch(parts.path))), None)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        asked.append(f"{method} {found[0] if found else path}")
        status, said = 404, b"<!doctype html>\n<title>404 Not Found</title>"
        if found is not None:
            vault = (found[1].groups() or ("",))[0] or query.get("backupVaultName", "")
            token = query.get("nextToken", "")
            status, said = (other and other(found[0], vault)) or answered(told, found[0], vault, token, page)
        return status, said, {"Content-Type": "application/json"}

    with serving_http(answered_as_told) as url:
        yield url, asked
