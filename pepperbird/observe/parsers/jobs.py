"""Timers and cron entries that run a backup program: are they started, what came of the last run, who hears of it.

What a command does is told from its known words alone. A job whose program may not be looked into, and whose words
say nothing, could be a backup or not: then nothing is said of any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.text import keyed, unknown, unseen, whole

_WITH_VERB: Final[Mapping[str, frozenset[str]]] = {
    "restic": frozenset({"backup"}),
    "borg": frozenset({"create"}),
    "pgbackrest": frozenset({"backup"}),
    "kopia": frozenset({"snapshot", "create"}),
    "barman": frozenset({"backup", "cron"}),
    "borgmatic": frozenset({"create"}),
}
"""Programs that also do other work: without one of these verbs, but with another, a job only keeps house."""
_HOUSE: Final = frozenset(
    [
        "check",
        "forget",
        "prune",
        "compact",
        "snapshots",
        "stats",
        "verify",
        "list",
        "info",
        "restore",
        "repair",
        "expire",
        "mount",
        "sync",
        "du",
        "diff",
        "configtest",
    ]
)
_ALERTS: Final = frozenset(
    [
        "mail",
        "mailx",
        "nail",
        "s-nail",
        "sendmail",
        "msmtp",
        "mutt",
        "swaks",
        "ntfy",
        "apprise",
        "zabbix_sender",
        "send_nsca",
        "hc-ping.com",
        "hchk.io",
        "healthchecks.io",
        "ntfy.sh",
        "api.telegram.org",
        "hooks.slack.com",
    ]
)
_VERBS: Final = _HOUSE | {"backup", "create", "snapshot", "run", "cron"}
_KEPT: Final = frozenset({"enabled", "static", "alias", "generated"})
_ELSEWHERE: Final = "synoschedtask"
"""Synology's own scheduler: what it starts stands in no table that is read here."""
_UNSET: Final = frozenset({"", "n/a", "0"})


def timers(output: bytes) -> list[dict[str, Any]]:
    """Every timer with its service: properties as systemd shows them, and the words of the commands."""
    lines = whole(output)
    if lines == ["systemd no"]:
        return []
    if not lines or lines[0] != "systemd yes":
        raise ValueError("it is not told whether systemd runs")
    shown: dict[str, list[dict[str, str]]] = {"timer": [{}], "service": [{}], "alert": [{}]}
    commands: dict[str, dict[str, Any]] = {}
    current: dict[str, Any] = {}
    for key, value in keyed(lines[1:]):
        if key in shown:
            _property(shown[key], value)
        elif key == "command" and value:
            current = commands.setdefault(value, _command())
        else:
            _word(current, key, value)
    services = {one["Id"]: one for one in shown["service"] if "Id" in one}
    loaded = {one["Id"]: one.get("LoadState", "") for one in shown["alert"] if "Id" in one}
    return [_timer(one, services, commands, loaded) for one in shown["timer"] if one.get("Id")]


def _property(blocks: list[dict[str, str]], line: str) -> None:
    if not line:
        blocks.append({})
        return
    name, equals, value = line.partition("=")
    if not equals:
        raise unknown(line)
    blocks[-1][name] = value


def _command() -> dict[str, Any]:
    return {"words": set(), "hidden": [], "flags": set()}


def _word(job: dict[str, Any], key: str, value: str) -> None:
    if not job:
        raise unknown(f"{key} {value}")
    if key == "word" and value:
        job["words"].add(value)
    elif key == "hidden" and value:
        job["hidden"].append(value)
    elif key in ("ignores", "ignored", "reboot", "silent") and not value:
        job["flags"].add(key)
    else:
        raise unknown(f"{key} {value}")


def _timer(
    shown: Mapping[str, str], services: Mapping[str, Mapping[str, str]], commands: Mapping[str, Any],
    loaded: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    unit = shown.get("Unit", "")
    command = commands.get(unit, _command())
    service = services.get(unit, {})
    masked = shown.get("UnitFileState") == "masked" or shown.get("LoadState") == "masked"
    alerts = [name for name in service.get("OnFailure", "").split() if loaded.get(name) == "loaded"]
    state = f"{shown.get('UnitFileState') or 'not installed'}, {shown.get('ActiveState', 'inactive')}"
    scheduled = (
        shown.get("UnitFileState") in _KEPT
        and shown.get("ActiveState") == "active"
        and shown.get("SubState") in ("waiting", "running")
        and service.get("LoadState") == "loaded"
    )
    return {
        "id": shown["Id"], "by": "systemd", **command, "masked": masked, "scheduled": scheduled,
        "schedule": state if service.get("LoadState") == "loaded" else f"{unit} does not exist",
        "result": _result(shown, service, "ignores" in command["flags"]),
        "alert": f"OnFailure={' '.join(alerts)}" if alerts else "",
        "silence": "OnFailure names a unit that does not exist" if service.get("OnFailure") else "",
    }  # fmt: skip


def _result(timer: Mapping[str, str], service: Mapping[str, str], ignores: bool) -> str:
    """systemd calls a service that never ran a success; one that ignores errors can't have another result."""
    if service.get("ActiveState") in ("activating", "deactivating", "reloading", "active"):
        return "running"
    result = service.get("Result", "")
    if not result:
        return "unknown"
    if result != "success":
        return result
    if timer.get("LastTriggerUSec", "") in _UNSET or service.get("ExecMainExitTimestamp", "") in _UNSET:
        return "never"
    return "errors are ignored" if ignores else "success"


def cron(output: bytes) -> dict[str, Any]:
    """`jobs` of the system's tables, whether cron runs, and whether its mail can be delivered."""
    jobs: list[dict[str, Any]] = []
    daemon = sendmail = sees = False
    for key, value in keyed(whole(output)):
        if key == "sees":
            sees = value == "all"
        elif key == "daemon" and value:
            daemon = True
        elif key == "sendmail":
            sendmail = value == "yes"
        else:
            _cron_line(jobs, key, value)
    if jobs and not daemon and not sees:
        raise unseen(
            GapReason.DENIED, "Other accounts' processes are hidden (hidepid), so cron could not be seen to run."
        )
    return {"jobs": jobs, "daemon": daemon, "sendmail": sendmail}


def spool(output: bytes) -> list[dict[str, Any]]:
    """The jobs of the accounts' tables."""
    jobs: list[dict[str, Any]] = []
    for key, value in keyed(whole(output)):
        _cron_line(jobs, key, value)
    return jobs


def _cron_line(jobs: list[dict[str, Any]], key: str, value: str) -> None:
    if key == "denied":
        raise unseen(GapReason.DENIED, f"{value} can't be read.", f"let the scanning account read {value}")
    if key == "odd":
        raise ValueError(f"an entry of cron that is not understood: {value}")
    if key == "job" and value:
        jobs.append({"id": value, **_command(), "mailto": False})
    elif key == "mailto" and jobs:
        jobs[-1]["mailto"] = value == "yes"
    else:
        _word(jobs[-1] if jobs else {}, key, value)


def backup_jobs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`rows` of the jobs that run a backup program."""
    told = inputs["cron"]
    rows = []
    for job in [*inputs["timers"], *_of_cron([*told["jobs"], *inputs["spool"]], told)]:
        tools = _tools(job["words"])
        if _ELSEWHERE in job["words"]:
            raise unseen(
                GapReason.UNSUPPORTED, f"{job['id']} hands over to {_ELSEWHERE}, whose tasks are not looked at yet."
            )
        words = sorted(job["words"] & _ALERTS)
        alert = job["alert"] or (f"its script calls {', '.join(words)}" if words else "")
        if job["hidden"] and not (tools and alert) and not job.get("masked"):
            raise unseen(
                GapReason.DENIED, f"{job['id']} runs {job['hidden'][0]}, which can't be looked into.",
                f"chmod a+rx {job['hidden'][0]}, after its passwords were moved to a file of their own",
            )  # fmt: skip
        if tools and not job.get("masked"):
            rows.append(
                {name: job[name] for name in ("id", "by", "scheduled", "schedule", "result")}
                | {"tools": ", ".join(tools), "announced": bool(alert)}
                | {"announcement": alert or job.get("silence") or "nobody is told of a failure"}
            )
    return {"rows": sorted(rows, key=lambda row: str(row["id"]))}


def _of_cron(jobs: list[dict[str, Any]], told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for job in jobs:
        ignored, once = "ignored" in job["flags"], "reboot" in job["flags"]
        state = (
            "no cron runs" if not told["daemon"] else "cron skips this file: its name or its rights" if ignored
            else "only when the machine starts" if once else "cron runs"
        )  # fmt: skip
        mailed = job["mailto"] and told["sendmail"] and "silent" not in job["flags"]
        yield job | {
            "by": "cron", "scheduled": state == "cron runs", "schedule": state, "result": "unrecorded",
            "alert": "cron mails what it prints (MAILTO)" if mailed else "",
        }  # fmt: skip


def _tools(words: set[str]) -> list[str]:
    """The backup programs among the words, without those that only keep house."""
    found = []
    for tool in sorted(words - _VERBS - _ALERTS):
        verbs = _WITH_VERB.get(tool)
        if verbs is None or words & verbs or not words & _HOUSE:
            found.append(tool)
    return found
