"""What a policy of a bucket lets anybody do. Whatever is not understood counts as open, never as closed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pepperbird.model.text import clean

_READS: Final = re.compile(r"s3:(get|list)[a-z*?]*", re.IGNORECASE)
_EVERY: Final = frozenset({"s3:*", "*"})
_SURE: Final = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
_WHO: Final = frozenset(
    {
        "aws:principalorgid", "aws:principalaccount", "aws:principalarn", "aws:userid", "aws:sourcearn",
        "aws:sourceaccount", "aws:sourcevpc", "aws:sourcevpce", "s3:dataaccesspointaccount", "s3:dataaccesspointarn",
    }
)  # fmt: skip
"""Conditions that bind a request to somebody. A referer or a program's name is said by whoever asks."""


def statements(policy: Any) -> list[Mapping[str, Any]]:
    """The statements of a policy. Raises ValueError for anything of another form."""
    if not isinstance(policy, dict):
        raise ValueError("a policy that is no document")
    found = policy.get("Statement")
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError("a policy without statements")
    if any(one.get("Effect") not in ("Allow", "Deny") for one in found):
        raise ValueError("a statement that neither allows nor denies")
    return found


def openings(policy: Any) -> tuple[list[str], list[str]]:
    """What lets anybody read, and what lets anybody do more: the actions of each open statement, in words."""
    read: list[str] = []
    write: list[str] = []
    for one in statements(policy):
        if one["Effect"] != "Allow" or not _anybody(one) or _restricted(one.get("Condition")):
            continue
        actions = _texts(one.get("Action"))
        if "NotAction" in one or not actions:
            actions = ["*"]
        for action in actions:
            (read if _READS.fullmatch(action) else write).append(clean(action, 60))
    return sorted(set(read)), sorted(set(write))


def tls_only(policy: Any, bucket: str) -> bool:
    """Whether every request without TLS, to the bucket and to what is in it, is denied to everybody."""
    covered: set[str] = set()
    for one in statements(policy):
        if one["Effect"] != "Deny" or "NotPrincipal" in one or not _anybody(one):
            continue
        if not _EVERY & {action.lower() for action in _texts(one.get("Action"))} or not _without_tls(
            one.get("Condition")
        ):
            continue
        for resource in _texts(one.get("Resource")):
            name = re.sub(r"^arn:[a-z-]+:s3:::", "", resource)
            if name == "*":
                return True
            covered |= {"bucket"} if name in (bucket, f"{bucket}*") else set()
            covered |= {"objects"} if name in (f"{bucket}/*", f"{bucket}*") else set()
    return covered == {"bucket", "objects"}


def _anybody(statement: Mapping[str, Any]) -> bool:
    if "NotPrincipal" in statement or "Principal" not in statement:
        return True
    principal = statement["Principal"]
    if not isinstance(principal, dict):
        return True if principal == "*" else "*" in _texts(principal)
    return any("*" in _texts(one) for kind, one in principal.items() if kind in ("AWS", "CanonicalUser"))


def _restricted(condition: Any) -> bool:
    """Whether one of the conditions, all of which must hold, binds the request to somebody or to some place."""
    if not isinstance(condition, dict):
        return False
    return any(
        _binds(str(operator).lower(), key.lower(), _texts(value)) for operator, key, value in _conditions(condition)
    )


def _conditions(condition: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for operator, keys in condition.items():
        if isinstance(keys, dict):
            for key, value in keys.items():
                yield operator, str(key), value


def _binds(operator: str, key: str, values: list[str]) -> bool:
    operator = operator.removeprefix("foranyvalue:")
    if not values:
        return False
    if operator == "ipaddress" and key in ("aws:sourceip", "aws:vpcsourceip"):
        return all(_narrow(value) for value in values)
    return operator in _SURE and key in _WHO and not any("*" in value or "?" in value for value in values)


def _narrow(value: str) -> bool:
    """Not the whole Internet, nor a half of it."""
    try:
        return ipaddress.ip_network(value, strict=False).prefixlen >= 8
    except ValueError:
        return False


def _without_tls(condition: Any) -> bool:
    found = list(_conditions(condition)) if isinstance(condition, dict) else []
    if len(found) != 1:
        return False
    operator, key, value = found[0]
    said = [one.lower() for one in _texts([str(value)] if isinstance(value, bool) else value)]
    return operator.lower() in ("bool", "boolifexists") and key.lower() == "aws:securetransport" and said == ["false"]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, list) else []
