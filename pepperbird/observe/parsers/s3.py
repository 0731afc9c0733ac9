"""What an object store says of its buckets. An answer that is not there is a Gap; nothing set is what a server says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers import s3_policy, s3_room
from pepperbird.observe.parsers.s3_cells import cell_of, gap_of, one_of
from pepperbird.observe.parsers.s3_rows import (
    acl,
    algorithms,
    every_block,
    lock,
    logged_to,
    manager_of,
    ownership,
    replicated,
    rotated_of,
    shortest,
    status_public,
    switch,
)
from pepperbird.observe.parsers.sql import answer
from pepperbird.observe.text import unseen

_READ: Final = 0
_WRITE: Final = 1
_NOT_CHOSEN: Final = Gap(
    GapReason.NOT_FOUND, "this bucket is not among those that the access names", "add it to `buckets:` at the access"
)
_NO_KMS: Final = Gap(
    GapReason.UNSUPPORTED, "the keys are kept by another service than that of AWS, which is not asked for them",
    "have its administrator sign how often they are replaced (DS-06.1)",
)  # fmt: skip


def s3_asked(output: bytes) -> dict[str, Any]:
    """Which buckets were asked."""
    found = answer(output)
    names = found["buckets"]
    if not isinstance(found["aws"], bool) or not all(isinstance(name, str) for name in names + found["declared"]):
        raise ValueError("not what was asked")
    return dict(found)


def s3_once(output: bytes) -> dict[str, Any]:
    """The answer to what is asked once."""
    return one_of(answer(output))


def s3_each(output: bytes) -> dict[str, Any]:
    """By bucket its answer or Gap, and the Gap of those that were not asked."""
    found = answer(output)
    if not set(found) <= {"each", "rest"} or not isinstance(found["each"], dict):
        raise ValueError("not an answer by bucket")
    rest = gap_of(found["rest"]) if "rest" in found else Gap(GapReason.UNREACHABLE, "this bucket was not asked")
    return {"each": found["each"], "rest": rest}


def s3_listed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Every bucket of the account, where the list is known to be whole."""
    asked, found = given["asked"], given["buckets"]
    names = sorted(str(row["Name"]) for row in found["answer"].get("Buckets", ()))
    if found.get("more"):
        raise unseen(GapReason.TRUNCATED, "the account has more buckets than the server was asked for")
    lacking = sorted(set(asked["declared"]) - set(names))
    if lacking or not names:
        raise unseen(
            GapReason.DENIED,
            f"the server lists for this key only what it owns, and not {', '.join(lacking[:5]) or 'a single bucket'}",
            "scan with a key of the account that owns the buckets; or correct their names on the register",
        )
    return {"rows": [{"name": name} for name in names]}


def s3_table(given: Mapping[str, Any]) -> dict[str, Any]:
    """One row for each bucket that was asked; what could not be seen of it is a Gap in its row."""
    asked = given["asked"]
    if isinstance(asked, Gap):
        return {"rows": asked, "repositories": asked}
    rows = [_row(name, given, asked["aws"] is True) for name in asked["buckets"]]
    kept = [_repository(name, given, asked["aws"] is True) for name in asked["repositories"]]
    return {"rows": rows, "repositories": kept}


def _row(name: str, given: Mapping[str, Any], aws: bool) -> dict[str, Any]:
    def cell(probe: str, read: Callable[[Any], Any]) -> Any:
        return cell_of(given, probe, name, read)

    block = cell_of(given, "block", name, every_block)
    without = isinstance(block, Gap) and block.reason is GapReason.UNSUPPORTED
    opened = cell("policy", lambda found: s3_policy.openings(found["Policy"]) if found else ([], []))
    granted = cell("acl", acl)
    nowhere = "us-east-1" if aws else ""
    locked = cell("lock", lock)
    row = {
        "name": name,
        "block_known": block if isinstance(block, Gap) and not without else not without,
        "blocked": False if without else _blocked(block, given["account_block"]),
        "policy_public": cell("policy_status", status_public),
        "open_to_read": _part(opened, _READ), "open_to_write": _part(opened, _WRITE),
        "acl_read": _part(granted, _READ), "acl_write": _part(granted, _WRITE),
        "anonymous": cell("anonymous", lambda found: found is not None),
        "tls_only": cell("policy", lambda found: bool(found) and s3_policy.tls_only(found["Policy"], name)),
        "ownership": cell("ownership", ownership), "logged_to": cell("logging", logged_to),
        "algorithms": cell("encryption", algorithms),
        "versioning": cell("versioning", lambda found: switch(found, "Status", "Never")),
        "mfa_delete": cell("versioning", lambda found: switch(found, "MFADelete", "Disabled") == "Enabled"),
        "lock_mode": _part(locked, 0), "lock_days": _part(locked, 1),
        "replicated": cell("replication", replicated),
        "location": cell("location", lambda found: str(found.get("LocationConstraint") or nowhere)),
    }  # fmt: skip
    row |= _key(given, name, row["algorithms"])
    days = cell("lifecycle", shortest)
    return row | ({} if days is None else {"shortest_version": days})


def _key(given: Mapping[str, Any], name: str, algorithms: Any) -> dict[str, Any]:
    """Who looks after the key that a bucket is encrypted with, and whether it is replaced each year."""
    nothing: dict[str, Any] = {"key_manager": "", "key_rotated": False}
    if isinstance(algorithms, Gap):
        return dict.fromkeys(nothing, algorithms)
    if not any(one.startswith("aws:kms") for one in algorithms):
        return nothing
    kept = given["kms_key"]
    if not isinstance(kept, Gap) and (kept["each"].get(name) or {}).get("absent") == "not-aws":
        return dict.fromkeys(nothing, _NO_KMS)
    manager = cell_of(given, "kms_key", name, manager_of)
    if isinstance(manager, Gap):
        return dict.fromkeys(nothing, manager)
    rotated = cell_of(given, "rotation", name, rotated_of) if manager == "CUSTOMER" else False
    return {"key_manager": manager, "key_rotated": rotated}


def _repository(name: str, given: Mapping[str, Any], aws: bool) -> dict[str, Any]:
    if name not in given["asked"]["buckets"]:
        columns = ("objects", "newest", "newest_mode", "newest_locked_until", "lock_mode", "lock_days", "limited")
        return {"name": name, **dict.fromkeys((*columns, "used_percent"), _NOT_CHOSEN)}
    newest = cell_of(given, "newest", name, lambda found: found)
    kept = cell_of(given, "retention", name, lambda found: (found or {}).get("Retention", {}))
    locked = cell_of(given, "lock", name, lock)
    row: dict[str, Any] = {"name": name, "lock_mode": _part(locked, 0), "lock_days": _part(locked, 1)}
    row["objects"] = newest if isinstance(newest, Gap) else newest["count"]
    if isinstance(newest, Gap) or "newest" in newest:
        row["newest"] = newest if isinstance(newest, Gap) else newest["newest"]
    row["newest_mode"] = kept if isinstance(kept, Gap) else str(kept.get("Mode", ""))
    if isinstance(kept, Gap) or "RetainUntilDate" in kept:
        row["newest_locked_until"] = kept if isinstance(kept, Gap) else kept["RetainUntilDate"]
    return row | s3_room.room_of(name, given, aws=aws)


def _blocked(bucket: Any, account: Any) -> Any:
    """Blocked for the bucket, or for the account: what one of them says suffices where it says yes."""
    if bucket is True:
        return True
    account = account if isinstance(account, Gap) else every_block(account.get("answer"))
    return True if account is True else bucket if isinstance(bucket, Gap) else account


def _part(found: Any, index: int) -> Any:
    return found if isinstance(found, Gap) else found[index]
