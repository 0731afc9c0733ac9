"""The single answers of an object store, each to what is judged. None stands for a server's word that nothing is set.

Every one raises ValueError, KeyError or TypeError for an answer of another form.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

_FLAGS: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_PUBLIC: Final = ("/AllUsers", "/AuthenticatedUsers")
_READING: Final = frozenset({"READ", "READ_ACP"})
_GRANTS: Final = _READING | {"WRITE", "WRITE_ACP", "FULL_CONTROL"}
_YEAR: Final = 365


def every_block(found: Any) -> bool:
    """All four flags. A flag that the answer lacks is off."""
    if found is None:
        return False
    flags = found["PublicAccessBlockConfiguration"]
    if not flags or not all(isinstance(value, bool) for value in flags.values()):
        raise ValueError("flags that are neither on nor off")
    return all(flags.get(name) is True for name in _FLAGS)


def status_public(found: Any) -> bool:
    if found is None:
        return False
    value = found["PolicyStatus"]["IsPublic"]
    if not isinstance(value, bool):
        raise ValueError("neither public nor not")
    return value


def acl(found: Any) -> tuple[list[str], list[str]]:
    """What everybody may read, and what else everybody may. The owner has a grant in every list that is one."""
    read: list[str] = []
    write: list[str] = []
    for grant in _listed(found["Grants"]):
        grantee, permission = grant["Grantee"], grant["Permission"]
        if permission not in _GRANTS:
            raise ValueError("a permission that is not known")
        group = str(grantee.get("URI", ""))
        if group.endswith(_PUBLIC):
            (read if permission in _READING else write).append(f"{group.rpartition('/')[2]} {permission}")
    return sorted(read), sorted(write)


def ownership(found: Any) -> str:
    if found is None:
        return ""
    (rule,) = found["OwnershipControls"]["Rules"]
    return str(rule["ObjectOwnership"])


def logged_to(found: Any) -> str:
    enabled = found.get("LoggingEnabled")
    return "" if enabled is None else str(enabled["TargetBucket"])


def algorithms(found: Any) -> list[str]:
    if found is None:
        return []
    rules = _listed(found["ServerSideEncryptionConfiguration"]["Rules"])
    given = [rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for rule in rules]
    return sorted({str(one) for one in given if one})


def switch(found: Any, name: str, absent: str) -> str:
    """`Enabled`, another word of the server, or `absent` where it was never set."""
    value = found.get(name)
    if value is None:
        return absent
    if value not in ("Enabled", "Suspended", "Disabled"):
        raise ValueError("a switch that is neither on nor off")
    return str(value)


def shortest(found: Any) -> int | None:
    """After how many days a rule that is on deletes a version that was replaced; None where none does."""
    if found is None:
        return None
    days = []
    for rule in _listed(found.get("Rules", [])):
        if rule["Status"] not in ("Enabled", "Disabled"):
            raise ValueError("a rule that is neither on nor off")
        expiry = rule.get("NoncurrentVersionExpiration")
        if rule["Status"] == "Enabled" and expiry is not None:
            days.append(_whole(expiry["NoncurrentDays"]))
    return min(days, default=None)


def lock(found: Any) -> tuple[str, int]:
    """The mode and the days of the lock that every new object gets; ('', 0) where it gets none."""
    if found is None:
        return "", 0
    configuration = found["ObjectLockConfiguration"]
    if configuration.get("ObjectLockEnabled") != "Enabled":
        return "", 0
    given = (configuration.get("Rule") or {}).get("DefaultRetention")
    if not given:
        return "", 0
    mode = given["Mode"]
    if mode not in ("GOVERNANCE", "COMPLIANCE"):
        raise ValueError("a mode that is not known")
    return mode, _whole(given["Days"]) if given.get("Days") else _whole(given["Years"]) * _YEAR


def replicated(found: Any) -> bool:
    """Whether a rule that is on covers all of the bucket."""
    if found is None:
        return False
    rules = _listed(found["ReplicationConfiguration"].get("Rules", []))
    return any(rule["Status"] == "Enabled" and not rule.get("Prefix") and _all(rule.get("Filter")) for rule in rules)


def _all(given: Any) -> bool:
    """A filter that leaves nothing out."""
    return not given or (set(given) == {"Prefix"} and given["Prefix"] == "")


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a number of days")
    return value


def _listed(value: Any) -> Iterable[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ValueError("not a list")
    return value


def manager_of(found: Any) -> str:
    """Who looks after a key: AWS (also where a bucket names none), or the CUSTOMER."""
    manager = "AWS" if found is None else found["KeyMetadata"]["KeyManager"]
    if manager not in ("AWS", "CUSTOMER"):
        raise ValueError("a key that nobody looks after")
    return str(manager)


def rotated_of(found: Any) -> bool:
    """Whether a key is replaced by itself, each year or more often."""
    value, days = found["KeyRotationEnabled"], found.get("RotationPeriodInDays", _YEAR)
    if not isinstance(value, bool) or not isinstance(days, int):
        raise ValueError("neither replaced nor not")
    return value
