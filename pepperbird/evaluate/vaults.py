"""What AWS Backup shows of a data store: its restore points in a vault, the lock of the vault, and its restores.

A store is what AWS calls it: the bucket that it is declared in, or an ARN that it declares under `backup_as`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pepperbird.model.evidence import AssetEvidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset

_NAMESPACE: Final = "aws_backup"
NOTHING: Final[Mapping[str, Any]] = {
    "vault": "", "vault_locked": False, "vault_air_gapped": False, "restored_good": False, "restored_checked": "",
}  # fmt: skip
"""The columns of a repository that is no vault."""
_OTHERS: Final = ("vault_locked", "vault_air_gapped", "vault_lock_date", "vault_min_days", "copied", "protected",
                  "restored", "restored_good", "restored_checked", "count", "newest")  # fmt: skip
_ARN: Final = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:.*")


def names_of(store: JudgedAsset) -> set[str]:
    """The ARNs of a data store."""
    declared = store.declared.get("backup_as")
    named = [str(one) for one in declared] if isinstance(declared, list | tuple) else []
    bucket = str(store.declared.get("bucket") or "")
    return {one for one in named if _ARN.fullmatch(one)} | ({f"arn:aws:s3:::{bucket}"} if bucket else set())


def in_vault(seen: AssetEvidence | Gap, store: JudgedAsset, repository: JudgedAsset) -> dict[str, Any]:
    """The columns of one repository of AWS Backup for one data store; what could not be seen is a Gap in them."""
    row = {**NOTHING, "vault": str(repository.declared.get("vault") or "")}
    names = names_of(store)
    if not row["vault"]:
        return row | _all(Gap(
            GapReason.NO_COLLECTOR, f"The register does not name the vault of {repository.id}.",
            "write `vault:` and its name at the repository, and let `on:` name the object store of that account",
        ))  # fmt: skip
    if not names:
        return row | _all(Gap(
            GapReason.NOT_FOUND, f"The register does not say what AWS calls {store.id}.",
            "write its ARN (`aws backup list-protected-resources` shows it) under `backup_as:` at the store",
        ))  # fmt: skip
    facts = seen if isinstance(seen, Gap) else seen.facts.get(_NAMESPACE)
    if facts is None or isinstance(facts, Gap):
        return row | _all(facts or Gap(GapReason.NO_COLLECTOR, "AWS Backup was not asked in this run."))
    row |= _lock(facts.get("vaults"), repository.id) | _points(facts.get("points"), names, repository.id)
    return row | _protected(facts.get("protected"), names) | _restored(facts.get("restores"), names)


def _lock(rows: Any, repository: str) -> dict[str, Any]:
    found = _find(rows, lambda row: row["id"] == repository)
    names = {"locked": "vault_locked", "air_gapped": "vault_air_gapped", "lock_date": "vault_lock_date",
             "min_days": "vault_min_days"}  # fmt: skip
    if isinstance(found, Gap) or not found:
        return dict.fromkeys(names.values(), found or _untold("the vault"))
    return {names[field]: value for field, value in found[0].items() if field in names}


def _points(rows: Any, names: set[str], repository: str) -> dict[str, Any]:
    found = _find(rows, lambda row: row["repository"] == repository)
    if isinstance(found, Gap) or not found:
        return dict.fromkeys(("count", "newest", "copied"), found or _untold("the vault"))
    hidden = next((row["resource"] for row in found if isinstance(row["resource"], Gap)), None)
    if hidden is not None:
        return dict.fromkeys(("count", "newest", "copied"), hidden)
    ours = [row for row in found if row["resource"] in names]
    times = {
        name: max((row[name] for row in ours if name in row), default=None)  # all are written alike
        for name in ("newest", "copied")
    }
    return {"count": sum(row["count"] for row in ours), **{name: one for name, one in times.items() if one}}


def _protected(rows: Any, names: set[str]) -> dict[str, Any]:
    found = _find(rows, lambda row: row["resource"] in names)
    if isinstance(found, Gap):
        return {"protected": found}
    times = [row["last"] for row in found if "last" in row]
    return {"protected": max(times)} if times else {}


def _restored(rows: Any, names: set[str]) -> dict[str, Any]:
    found = _find(rows, lambda row: row["resource"] in names)
    if isinstance(found, Gap):
        return dict.fromkeys(("restored", "restored_good", "restored_checked"), found)
    if not found:
        return {}
    newest = max(found, key=lambda row: str(row["ended"]))
    return {"restored": newest["ended"], "restored_good": newest["good"], "restored_checked": newest["validated"]}


def _find(rows: Any, ours: Any) -> Sequence[Mapping[str, Any]] | Gap:
    if isinstance(rows, Gap):
        return rows
    return [row for row in rows if ours(row)] if isinstance(rows, list) else _untold("it")


def _untold(what: str) -> Gap:
    return Gap(GapReason.NOT_FOUND, f"AWS Backup told nothing of {what}.")


def _all(gap: Gap) -> dict[str, Any]:
    return dict.fromkeys(_OTHERS, gap)
