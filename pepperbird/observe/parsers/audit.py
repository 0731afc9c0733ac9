"""The kernel's audit by auditctl: its status, and which rules truly record every change below a path.

Rules hold in their order, and the first that matches decides. A rule counts as watching only where nothing narrows it
(calls, accounts, success) and where no earlier rule that never records could have taken its event away.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import Any, Final

from pepperbird.expression.functions import under
from pepperbird.model.gap import GapReason
from pepperbird.observe.text import keyed, number, unknown, unseen, whole

FIRST_NAMESPACE: Final = "pid:[4026531836]"
"""The kernel gives the namespace of processes that it starts with always this number."""
_KEYS: Final = {"sees", "process", "namespace", "status", "rule", "failed", "elsewhere", "absent"}
_CHANGING: Final = {
    "all", "open", "openat", "openat2", "open_by_handle_at", "creat", "truncate", "ftruncate", "write", "unlink",
    "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "mkdir", "mkdirat",
    "rmdir", "mknod", "mknodat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "lchown",
    "setxattr", "fsetxattr", "lsetxattr", "removexattr", "fremovexattr", "lremovexattr",
}  # fmt: skip
_RECORDS: Final = {"msgtype=SYSCALL", "msgtype=PATH"}


@dataclass
class Rule:
    """One line of `auditctl -l`, taken apart."""

    text: str
    action: str = "always"
    filter: str = "exit"
    path: str = ""
    perm: str = "rwxa"
    calls: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def auditctl(output: bytes) -> dict[str, Any]:
    """`installed`, `enabled`, `lost`, `watches`."""
    told: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in _KEYS:
            raise unknown(f"{key} {value}")
        told.setdefault(key, []).append(value)
    if told.get("sees") not in (["all"], ["own"]) or len(told.get("namespace", [])) != 1:
        raise ValueError("where it was asked was not told")
    if "failed" in told:
        _refuse(told["failed"][0], told["namespace"][0])
    if "absent" in told:
        return _absent(told)
    if "elsewhere" in told:
        raise unseen(GapReason.UNSUPPORTED, "auditctl lies elsewhere than in /sbin.", "link it to /sbin/auditctl")
    status = dict(keyed(told.get("status", [])))
    rules = [] if told.get("rule") == ["No rules"] else [_rule(line) for line in told.get("rule", [""])]
    return {
        "installed": True,
        "enabled": number(status.get("enabled", "")),
        "lost": number(status.get("lost", "")),
        "watches": [
            {"id": f"{at + 1}: {one.text}", "path": one.path, "changes": _records(one, rules[:at])}
            for at, one in enumerate(rules)
            if one.path
        ],
    }


def _refuse(said: str, namespace: str) -> None:
    if "Operation not permitted" in said and namespace != FIRST_NAMESPACE:
        raise unseen(
            GapReason.NO_ATTESTATION, "This is a container: the audit belongs to the machine that it runs on.",
            "scan that machine, and have its keeper attest that it audits this container",
        )  # fmt: skip
    raise unseen(GapReason.UNSUPPORTED, f"auditctl does not answer: {said}", "auditctl -s as root says the same")


def _absent(told: dict[str, list[str]]) -> dict[str, Any]:
    if told["namespace"][0] != FIRST_NAMESPACE:
        _refuse("Operation not permitted", told["namespace"][0])
    if "process" in told:
        raise unseen(
            GapReason.UNSUPPORTED,
            f"{told['process'][0].partition(' ')[0]} audits here, and auditctl is not installed.",
            "install auditd without starting it: its auditctl shows the rules that the kernel holds",
        )  # fmt: skip
    if told["sees"] == ["own"]:
        raise unseen(
            GapReason.DENIED, "The processes of other users are hidden from the scanning account (hidepid).",
            "mount /proc with gid= of a group that the scanning account is in, or without hidepid",
        )  # fmt: skip
    return {"installed": False, "watches": []}


def _rule(line: str) -> Rule:
    rule = Rule(line)
    words = shlex.split(line)
    if not words or len(words) % 2:
        raise unknown(line)
    for option, value in zip(words[::2], words[1::2], strict=True):
        match option:
            case "-a" | "-A":
                rule.action, rule.filter = _list(value)
            case "-w":
                rule.path = value
            case "-p":
                rule.perm = value
            case "-S":
                rule.calls += value.split(",")
            case "-k":
                pass
            case "-F" | "-C":
                _field(rule, value)
            case _:
                raise unknown(line)
    return rule


def _list(value: str) -> tuple[str, str]:
    """`always,exit`; older tools print it the other way round."""
    one, _, two = value.partition(",")
    action, filter_ = (one, two) if one in ("always", "never") else (two, one)
    if action not in ("always", "never"):
        raise unknown(value)
    return action, filter_


def _field(rule: Rule, value: str) -> None:
    name, _, rest = value.partition("=")
    if name in ("path", "dir"):
        rule.path = rest
    elif name == "perm":
        rule.perm = rest
    elif name != "key":
        rule.others.append(value)


def _records(rule: Rule, earlier: list[Rule]) -> bool:
    whole_rule = rule.action == "always" and rule.filter == "exit" and not rule.others and rule.calls in ([], ["all"])
    return whole_rule and {"w", "a"} <= set(rule.perm) and not any(_mutes(one, rule.path) for one in earlier)


def _mutes(rule: Rule, path: str) -> bool:
    """Whether events below `path` could be taken away by an earlier rule."""
    if rule.filter == "exclude":
        return bool(_RECORDS & set(rule.others))
    if rule.action != "never":
        return False
    if rule.filter == "task":
        return True
    if rule.filter != "exit" or not {*(rule.calls or ["all"])} & _CHANGING:
        return False
    return not rule.path or under(rule.path, path) or under(path, rule.path)
