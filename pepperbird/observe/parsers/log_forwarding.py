"""By which ways logs leave: rsyslog's rules in both of its languages, and shippers that run.

A way is secure where it runs, takes the log of logins to another machine, over TCP or RELP with TLS, and proves to whom
it speaks. What stands under a condition is not evaluated: where only that would do, there is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import keyed, unknown, unseen, whole

_KEYS: Final = {"sees", "process", "unit", "upload", "config"}
_OBJECT: Final = re.compile(r"\b(\w+)\s*\(((?:[^()\"]|\"(?:[^\"\\]|\\.)*\")*)\)", re.IGNORECASE)
_PARAMETER: Final = re.compile(r"([\w.]+)\s*=\s*\"((?:[^\"\\]|\\.)*)\"")
_LEGACY: Final = re.compile(r"(\S+)\s+(@@?)(?:\([^)]*\))?(\[[^\]]+\]|[^\s:;]+)(?::\S+)?")
_DIRECTIVE: Final = re.compile(r"\$(\w+)\s+(\S+)")
_COMMENT: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|(#.*)")
_TLS: Final = {"gtls", "ossl", "mbedtls"}
_LOCAL: Final = re.compile(r"127\..*|localhost.*|\[?::1\]?|")
_WIDE: Final = {"*", "debug", "info", "notice"}


def forwarding(output: bytes) -> dict[str, Any]:
    """`ways`. Unseen where the processes are hidden, or where only a condition decides."""
    told: dict[str, list[str]] = {}
    for key, value in keyed(whole(output)):
        if key not in _KEYS:
            raise unknown(f"{key} {value}")
        told.setdefault(key, []).append(value)
    if told.get("sees") not in (["all"], ["own"]):
        raise ValueError("what processes could be seen was not told")
    runs = {line.partition(" ")[0] for line in told.get("process", [])}
    rules = [rule for file, text in _files(told.get("config", [])) for rule in _rules(file, text)]
    ways = [_way(rule, runs) for rule in rules] + list(_shippers(told, runs))
    _refuse(told, runs, rules, ways)
    return {"ways": _unique(ways)}


def _refuse(
    told: dict[str, list[str]], runs: set[str], rules: list[dict[str, str]], ways: list[dict[str, Any]]
) -> None:
    if any(way["secure"] for way in ways):
        return
    if told["sees"] == ["own"] and "rsyslogd" not in runs:
        raise unseen(
            GapReason.DENIED, "The processes of other users are hidden from the scanning account (hidepid).",
            "mount /proc with gid= of a group that the scanning account is in, or without hidepid",
        )  # fmt: skip
    if any(rule["selector"] == "?" and not _lacks({**rule, "selector": ""}, runs) for rule in rules):
        raise unseen(
            GapReason.UNSUPPORTED, "rsyslog forwards under conditions that the scan does not evaluate.",
            "forward everything by one rule outside of if, rulesets and property filters",
        )  # fmt: skip


def _files(lines: list[str]) -> list[tuple[str, str]]:
    """File and text of what rsyslog reads: files that do not end in .conf lie there without effect."""
    texts: dict[str, list[str]] = {}
    for line in lines:
        file, colon, text = line.partition(":")
        if not colon or not file.startswith("/etc/rsyslog"):
            raise unknown(line)
        if file.endswith(".conf") and "/." not in file:
            texts.setdefault(file, []).append(_COMMENT.sub(lambda m: "" if m.group(1) else m.group(0), text))
    ordered = sorted(texts, key=lambda file: (file != "/etc/rsyslog.conf", file))
    return [(file, "\n".join(texts[file])) for file in ordered]


def _rules(file: str, text: str) -> Iterator[dict[str, str]]:
    """Forwarding rules: file, target, protocol, driver, mode, auth, selector ('' everything, '?' under a condition)."""
    settings: dict[str, str] = {}
    for match in _OBJECT.finditer(text):
        values = {name.lower(): value for name, value in _PARAMETER.findall(match.group(2))}
        if match.group(1).lower() == "global" and "defaultnetstreamdriver" in values:
            settings["defaultnetstreamdriver"] = values["defaultnetstreamdriver"]
        kind = values.get("type", "").lower()
        if match.group(1).lower() == "action" and kind in ("omfwd", "omrelp"):
            yield _modern(file, kind, values, _selector(text, match.start()))
    depth = 0
    for line in _OBJECT.sub("", text).split("\n"):
        stripped = line.strip()
        directive = _DIRECTIVE.fullmatch(stripped)
        if directive is not None:
            settings[directive.group(1).lower()] = directive.group(2)
        legacy = _LEGACY.fullmatch(stripped)
        if legacy is not None:
            yield _legacy(file, legacy, settings, "?" if depth else _simple(legacy.group(1)))
        elif "@" in stripped and re.search(r"\s@@?[\w\[(]", stripped):
            yield _legacy(file, re.fullmatch(r"(.*\s)(@@?)(\S+)", stripped) or _none(stripped), settings, "?")
        depth += line.count("{") - line.count("}")


def _none(line: str) -> re.Match[str]:
    raise unknown(line)


def _modern(file: str, kind: str, values: dict[str, str], selector: str) -> dict[str, str]:
    relp = kind == "omrelp"
    return {
        "file": file,
        "target": values.get("target", ""),
        "protocol": "relp" if relp else values.get("protocol", "udp").lower(),
        "driver": "gtls" if relp else values.get("streamdriver", values.get("streamdriver.name", "")).lower(),
        "mode": ("1" if values.get("tls", "").lower() == "on" else "0") if relp else _mode(values),
        "auth": values.get("tls.authmode", "") if relp else values.get("streamdriverauthmode", ""),
        "selector": selector,
    }


def _mode(values: dict[str, str]) -> str:
    return values.get("streamdrivermode", values.get("streamdriver.mode", "0"))


def _legacy(file: str, match: re.Match[str], settings: dict[str, str], selector: str) -> dict[str, str]:
    default = settings.get("defaultnetstreamdriver", "")
    return {
        "file": file,
        "target": match.group(3),
        "protocol": "tcp" if match.group(2) == "@@" else "udp",
        "driver": settings.get("actionsendstreamdriver", default).lower(),
        "mode": settings.get("actionsendstreamdrivermode", "0"),
        "auth": settings.get("actionsendstreamdriverauthmode", ""),
        "selector": selector,
    }


def _selector(text: str, at: int) -> str:
    """What stands before an action on its line; '?' inside braces or after a condition."""
    before = text[:at]
    outside = _OBJECT.sub("", before)
    if outside.count("{") != outside.count("}"):
        return "?"
    return _simple(before.rpartition("\n")[2].strip())


def _simple(selector: str) -> str:
    return selector if not selector or re.fullmatch(r"[\w*,;.=!]+", selector) else "?"


def _covers(selector: str) -> bool:
    """Whether both facilities of logins are taken at an ordinary priority. The last word on a facility holds."""
    taken = {"auth": not selector, "authpriv": not selector}
    for part in selector.split(";"):
        names, _, priority = part.partition(".")
        for name, before in taken.items():
            if name in names.split(",") or "*" in names.split(","):
                taken[name] = priority in _WIDE or (priority != "none" and before)
    return all(taken.values())


def _lacks(rule: dict[str, str], runs: set[str]) -> str:
    if "rsyslogd" not in runs:
        return "rsyslogd does not run"
    if _LOCAL.fullmatch(rule["target"]):
        return "it leads to no other machine"
    if rule["selector"] == "?" or not _covers(rule["selector"]):
        return "it does not take the log of logins for sure"
    if rule["protocol"] == "udp":
        return "it is sent by UDP, where much is lost and all can be read"
    if rule["mode"] != "1" or rule["driver"] not in _TLS:
        return "it is not encrypted"
    if not rule["auth"] or rule["auth"].lower() == "anon":
        return "the receiver need not prove who it is"
    return ""


def _way(rule: dict[str, str], runs: set[str]) -> dict[str, Any]:
    lacks = _lacks(rule, runs)
    return {"id": f"{rule['file']} to {rule['target']}", "secure": not lacks, "lacks": lacks}


def _shippers(told: dict[str, list[str]], runs: set[str]) -> Iterator[dict[str, Any]]:
    for name in sorted(runs - {"rsyslogd"}):
        yield {"id": name, "secure": True, "lacks": ""}
    if {"ActiveState=active", "SubState=running"} <= set(told.get("unit", [])):
        safe = bool(told.get("upload")) and told["upload"][-1].strip().startswith("https://")
        yield {"id": "systemd-journal-upload", "secure": safe, "lacks": "" if safe else "its URL is not https"}


def _unique(ways: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    for way in ways:
        seen[way["id"]] = seen.get(way["id"], 0) + 1
        if seen[way["id"]] > 1:
            way["id"] += f" ({seen[way['id']]})"
    return ways
