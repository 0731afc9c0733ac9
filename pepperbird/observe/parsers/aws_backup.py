"""Vaults of AWS Backup: their restore points by what they are of, their lock, their jobs, and the restores.

A restore point counts as whole where AWS says COMPLETED or AVAILABLE. A word that is not known is a Gap, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.s3_cells import cell_of
from pepperbird.observe.parsers.sql import answer

_WHOLE: Final = frozenset({"COMPLETED", "AVAILABLE"})
_POINTS: Final = _WHOLE | {"PARTIAL", "DELETING", "EXPIRED", "STOPPED", "CREATING"}
_FAILED: Final = frozenset({"FAILED", "ABORTED", "EXPIRED", "PARTIAL"})
_JOBS: Final = _FAILED | {"COMPLETED", "CREATED", "PENDING", "RUNNING", "ABORTING"}
_RESTORED: Final = frozenset({"COMPLETED", "FAILED", "ABORTED"})
_RESTORES: Final = _RESTORED | {"PENDING", "RUNNING"}
_CHECKED: Final = frozenset({"", "SUCCESSFUL", "FAILED", "TIMED_OUT", "VALIDATING"})
_AIR: Final = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
_TYPES: Final = frozenset({_AIR, "BACKUP_VAULT", "RESTORE_ACCESS_BACKUP_VAULT", ""})
_NO_VAULT: Final = Gap(
    GapReason.NO_COLLECTOR, "the register names no vault of AWS Backup in this account and region",
    "declare a repository with `tool: aws-backup`, `on:` this object store and `vault:` its name",
)  # fmt: skip
_NOT_AWS: Final = Gap(
    GapReason.UNSUPPORTED, "AWS Backup is a service of AWS, and this object store is another server",
    "let `on:` of the repository name an object store whose access has a region of AWS at `at:`",
)  # fmt: skip


def aws_asked(output: bytes) -> dict[str, Any]:
    """Which vaults were asked."""
    found = answer(output)
    texts = [found["region"], *(one[name] for one in found["vaults"] for name in ("id", "vault"))]
    if not isinstance(found["aws"], bool) or not all(isinstance(text, str) for text in texts):
        raise ValueError("not what was asked")
    return dict(found)


def aws_vaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """One row for each vault, for each thing in one, for each thing that is backed up, and for each restore."""
    asked = given["asked"]
    if isinstance(asked, Gap) or not asked["vaults"] or not asked["aws"]:
        gap = asked if isinstance(asked, Gap) else _NOT_AWS if asked["vaults"] else _NO_VAULT
        return dict.fromkeys(("vaults", "points", "protected", "restores"), gap)
    return {
        "vaults": [_vault(one, given) for one in asked["vaults"]],
        "points": [row for one in asked["vaults"] for row in _in_vault(one["id"], given)],
        "protected": _once(given["protected"], lambda found: [_protected(row) for row in found["Results"]]),
        "restores": _once(given["restores"], lambda found: _restores(found["RestoreJobs"])),
    }  # fmt: skip


def _in_vault(name: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = cell_of(given, "points", name, lambda answer: _points(name, answer["RecoveryPoints"]))
    return _hidden(name, found) if isinstance(found, Gap) else found


def _vault(one: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"id": one["id"], "vault": one["vault"]}
    lock = cell_of(given, "vault", one["id"], lambda found: _lock(one["vault"], found))
    if isinstance(lock, Gap):
        row |= dict.fromkeys(("air_gapped", "locked", "lock_date", "min_days"), lock)
    else:
        row |= lock
    jobs = cell_of(given, "jobs", one["id"], lambda found: _jobs(found["BackupJobs"]))
    row |= {"runs": jobs, "failed": jobs} if isinstance(jobs, Gap) else {"runs": jobs[0], "failed": jobs[1]}
    row["only_copies"] = cell_of(given, "points", one["id"], lambda found: _only_copies(found["RecoveryPoints"]))
    return row


def _lock(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    kind, locked = found.get("VaultType", ""), found.get("Locked", False)
    if found["BackupVaultName"] != name or kind not in _TYPES or not isinstance(locked, bool):
        raise ValueError("another vault, or one of a kind that is not known")
    row: dict[str, Any] = {"air_gapped": kind == _AIR, "locked": locked}
    row |= {"lock_date": found["LockDate"]} if "LockDate" in found else {}
    if (days := found.get("MinRetentionDays")) is not None:
        row["min_days"] = _whole_number(days)
    return row


def _points(repository: str, found: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    by_resource: dict[str, list[Mapping[str, Any]]] = {}
    for point in found:
        _known(point["Status"], _POINTS)
        by_resource.setdefault(str(point["ResourceArn"]), []).append(point)
    if not by_resource:
        return [_row(repository, "", [])]
    return [_row(repository, resource, points) for resource, points in sorted(by_resource.items())]


def _row(repository: str, resource: str, points: list[Mapping[str, Any]]) -> dict[str, Any]:
    whole = [point for point in points if point["Status"] in _WHOLE]
    times = sorted(point["CreationDate"] for point in whole)
    newest = max(points, key=lambda point: str(point["CreationDate"]), default=None)
    row: dict[str, Any] = {
        "id": f"{repository}: {resource}" if resource else repository, "repository": repository, "resource": resource,
        "count": len(whole), "newest_partial": newest is not None and newest["Status"] == "PARTIAL",
        "encrypted": {_flag(point["IsEncrypted"]) for point in points} <= {True},
    }  # fmt: skip
    row |= {"newest": times[-1], "oldest": times[0]} if times else {}
    days = [_whole_number(one["Lifecycle"]["DeleteAfterDays"]) for one in whole if _ends(one)]
    row |= {"shortest_days": min(days)} if days else {}
    copied = sorted(point["CreationDate"] for point in whole if _from_another_region(point))
    return row | ({"copied": copied[-1]} if copied else {})


def _ends(point: Mapping[str, Any]) -> bool:
    days = (point.get("Lifecycle") or {}).get("DeleteAfterDays")
    return days is not None and days != -1


def _from_another_region(point: Mapping[str, Any]) -> bool:
    source = str(point.get("SourceBackupVaultArn") or "")
    return bool(source) and _region(source) != _region(str(point["BackupVaultArn"]))


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _only_copies(found: list[Mapping[str, Any]]) -> bool:
    return bool(found) and all(point.get("SourceBackupVaultArn") for point in found)


def _jobs(found: list[Mapping[str, Any]]) -> tuple[int, int]:
    """How many have ended, and how many of these not well."""
    states = [_known(job["State"], _JOBS) for job in found]
    failed = sum(state in _FAILED for state in states)
    return failed + states.count("COMPLETED"), failed


def _protected(row: Mapping[str, Any]) -> dict[str, Any]:
    last = {"last": row["LastBackupTime"]} if "LastBackupTime" in row else {}
    return {"resource": str(row["ResourceArn"]), **last}


def _restores(found: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(job["RestoreJobId"]), "resource": str(job.get("SourceResourceArn") or ""),
            "vault": str(job.get("BackupVaultArn") or "").rpartition(":")[2],
            "ended": job.get("CompletionDate") or job["CreationDate"], "good": job["Status"] == "COMPLETED",
            "validated": _known(job.get("ValidationStatus") or "", _CHECKED),
        }
        for job in found
        if _known(job["Status"], _RESTORES) in _RESTORED
    ]  # fmt: skip


def _once(found: Any, read: Callable[[Mapping[str, Any]], Any]) -> Any:
    if isinstance(found, Gap):
        return found
    try:
        if found.get("more"):
            return Gap(GapReason.TRUNCATED, "the account has more of them than were looked through")
        return read(found["answer"])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return Gap(GapReason.PARSE, f"what AWS Backup answered is not understood ({type(error).__name__})")


def _hidden(repository: str, gap: Gap) -> list[dict[str, Any]]:
    columns = ("resource", "count", "newest", "oldest", "newest_partial", "encrypted", "shortest_days", "copied")
    return [{"id": repository, "repository": repository, **dict.fromkeys(columns, gap)}]


def _known(word: Any, words: frozenset[str]) -> str:
    if word not in words:
        raise ValueError("a word that is not known")
    return str(word)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither yes nor no")
    return value


def _whole_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a number of days")
    return value
