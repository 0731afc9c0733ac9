"""What a PostgreSQL server says of itself. What it leaves out for want of a right is Gap `denied`, never a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.sql import each, hidden, single, table, text
from pepperbird.observe.text import unseen

_MONITOR: Final = "GRANT pg_monitor TO the scanning account"
_NOTHING: Final = Gap(GapReason.PARSE, "it has received nothing of the log since it started")
_SEGMENT: Final = 16 << 20
"""Bytes of the log that no server writes in the part of a second that it claims a standby to be behind."""
_OWN: Final = frozenset({"user", "database", "database user", "session", "client"})
_HIDDEN: Final = ("data_directory", "shared_preload_libraries")
_MAY_LACK: Final = frozenset({"pgaudit.log"})
_NAMES: Final = (
    "data_checksums", "ignore_checksum_failure", "zero_damaged_pages", "fsync", "full_page_writes",
    "synchronous_commit", "log_connections", "log_disconnections", "log_statement", "shared_preload_libraries",
    "pgaudit.log", "password_encryption", "data_directory", "data_directory_mode", "archive_mode", "archive_timeout",
    "hot_standby",
)  # fmt: skip
_LIMITS: Final = (
    "max_connections", "max_locks_per_transaction", "max_prepared_transactions", "max_wal_senders",
    "max_worker_processes",
)  # fmt: skip


def pg_settings(output: bytes) -> dict[str, Any]:
    """Each setting by name; those that the account may not see, or that are its own and not the server's, as Gaps."""
    rows = {text(row, "name"): row for row in table(output)}
    found: dict[str, Any] = {}
    for name in (*_NAMES, *_LIMITS):
        row = rows.get(name)
        if row is not None:
            found[name] = _setting(name, row)
        elif name in _HIDDEN:
            found[name] = Gap(GapReason.DENIED, f"the server does not show {name} to this account", _MONITOR)
        elif name not in _MAY_LACK:
            found[name] = Gap(GapReason.UNSUPPORTED, f"this version of the server has no setting {name}")
    return found


def _setting(name: str, row: Mapping[str, Any]) -> Any:
    if row.get("source") in _OWN:
        return Gap(
            GapReason.PARSE,
            f"{name} is set for the scanning account itself, which hides what holds for the others",
            f"ALTER ROLE the scanning account RESET {name}",
        )
    value = row.get("setting")
    if not isinstance(value, str):
        raise ValueError(f"{name} has no value")
    return int(value) if name == "archive_timeout" or name in _LIMITS else value


def pg_server(given: Mapping[str, Any]) -> dict[str, Any]:
    row = single(given["identity"]["rows"])
    number = row["number"]
    if not isinstance(number, int) or number < 90000:
        raise ValueError("a version that is not understood")
    major, minor = divmod(number, 10000)
    series = str(major) if major >= 10 else f"{major}.{minor // 100}"
    version = f"{series}.{minor if major >= 10 else minor % 100}"
    return {
        "version": version, "series": f"postgresql {series}", "release": f"postgresql {version}",
        "minor": minor if major >= 10 else minor % 100, "standby": row["standby"],
    }  # fmt: skip


def pg_hba(output: bytes) -> dict[str, Any]:
    rows = table(output)
    if not rows:
        raise ValueError("no rules at all, which no server that answers can have")
    return {"rows": [_rule(row) for row in rows]}


def _rule(row: Mapping[str, Any]) -> dict[str, str]:
    name = f"{row['rule']} (line {row['line']})"
    if row["error"] is not None:
        return {"rule": name, "kind": "network", "text": str(row["error"])[:200], "method": "error"}
    kind, method = str(row["type"]), row["method"]
    if not isinstance(method, str):
        raise ValueError("a rule without a method")
    words = " ".join(
        (kind, ",".join(map(str, row["database"])), ",".join(map(str, row["accounts"])), str(row["address"] or ""))
    )
    return {"rule": name, "kind": "local" if kind == "local" else "network", "text": words[:200], "method": method}


def pg_checksums(output: bytes) -> dict[str, Any]:
    """How many pages failed. Where checksums are off nobody counts, and nothing can be said."""
    rows = table(output)
    counts = {text(row, "database"): row["failures"] for row in rows}
    if not counts or any(count is None for count in counts.values()):
        raise unseen(GapReason.UNSUPPORTED, "page checksums are off: damage is not noticed, and none is counted")
    return {"failures": sum(counts.values()), "databases": sorted(name for name, count in counts.items() if count)}


def pg_objects(output: bytes) -> dict[str, Any]:
    return {"by_name": each(output)}


def pg_databases(given: Mapping[str, Any]) -> dict[str, Any]:
    """Every database but `postgres`, which holds nothing by custom; a Gap of it lies in each column that it hides."""
    listed, objects = given["databases"], given["objects"]
    if isinstance(listed, Gap):
        return {"rows": listed}
    columns = ("unchecked_constraints", "invalid_indexes", "tables", "without_key")
    rows = []
    for one in listed["rows"]:
        name = text(one, "name")
        if isinstance(objects, Gap):
            found: Any = objects
        elif one["open"] is not True:
            found = Gap(GapReason.UNSUPPORTED, f"the database {name} lets nobody in (datallowconn)")
        else:
            found = objects["by_name"].get(name, Gap(GapReason.PARSE, f"the database {name} was not asked"))
        values = dict.fromkeys(columns, found) if isinstance(found, Gap) else {key: found[key] for key in columns}
        if name != "postgres" or isinstance(found, Gap) or found["tables"]:
            rows.append({"name": name, **values})
    return {"rows": rows}


def pg_slots(output: bytes) -> dict[str, Any]:
    """A slot that never began to hold the log back has no place in it yet."""
    return {"rows": [{**row, "retained": 0 if row["retained"] is None else row["retained"]} for row in table(output)]}


def pg_archiver(output: bytes) -> dict[str, Any]:
    row = single(table(output))
    return {name: value for name, value in row.items() if value is not None}


def pg_standbys(output: bytes) -> dict[str, Any]:
    """Who replays the log of this server. Rows without a state are those of an account that lacks the right."""
    rows = table(output)
    if any(row["state"] is None for row in rows):
        raise hidden("who receives its log", _MONITOR)
    names: dict[str, int] = {}
    found = []
    for row in rows:
        if row["replays"] is not True:
            continue
        name = str(row["name"] or "standby")
        names[name] = names.get(name, 0) + 1
        label = name if names[name] == 1 else f"{name} ({names[name]})"
        behind = {} if row["behind"] is None else {"behind": row["behind"]}
        found.append({"name": label, "state": row["state"], "lag": _lag(row), **behind})
    return {"rows": found}


def _lag(row: Mapping[str, Any]) -> int | Gap:
    """Seconds behind. The server keeps showing the last that it measured while a standby replays nothing any more."""
    lag, behind = row["lag"], row["behind"]
    if isinstance(lag, float | int) and (behind is None or behind <= _SEGMENT or lag >= 1):
        return int(lag)
    if behind is None or behind > 0:
        return Gap(GapReason.PARSE, f"a standby is {behind} bytes behind, and the server does not say for how long")
    return 0


def pg_recovery(output: bytes) -> dict[str, Any]:
    """How far a standby is. Without a receiver nothing tells how much it has not received."""
    row = single(table(output))
    if row["standby"] is not True:
        return {"receiving": False, "caught_up": False, "paused": False, "unreplayed": 0}
    receivers, status, heard = row["receivers"], row["receiver"], row["heard_ago"]
    if receivers and status is None:
        raise hidden("how it receives the log", _MONITOR)
    receiving = bool(receivers) and status == "streaming" and heard is not None and heard < 120
    return {
        "receiving": receiving,
        "caught_up": row["caught_up"] is True,
        **({} if row["replayed_ago"] is None else {"replayed_ago": row["replayed_ago"]}),
        "paused": row["paused"],
        "unreplayed": row["unreplayed"] if row["unreplayed"] is not None else _NOTHING,
    }


def pg_limits(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"rows": [{"name": name, "value": given["settings"][name]} for name in _LIMITS]}


def pg_histories(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"rows": [{name: given["cluster"][name] for name in ("system", "timeline")}]}


def pg_synchronous(given: Mapping[str, Any]) -> dict[str, Any]:
    base = given["settings"]["synchronous_commit"]
    own = [row["setting"] for row in given["overrides"]["rows"] if row["name"] == "synchronous_commit"]
    return {"values": base if isinstance(base, Gap) else sorted({base, *map(str, own)})}


def pg_logging(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is logged everywhere: a database or account with less of its own counts."""
    settings, overrides = given["settings"], given["overrides"]["rows"]
    connections = settings["log_connections"]
    if not isinstance(connections, Gap):
        connections = connections not in ("off", "")
    needed = (settings["log_statement"], settings["shared_preload_libraries"])
    gap = next((one for one in needed if isinstance(one, Gap)), None)
    if gap is not None:
        return {"connections": connections, "ddl": gap, "writes": gap}
    statements = {str(row["setting"]) for row in overrides if row["name"] == "log_statement"} | {needed[0]}
    ddl, writes = statements <= {"ddl", "mod", "all"}, statements <= {"mod", "all"}
    loaded = "pgaudit" in [one.strip() for one in needed[1].split(",")]
    audits = {str(row["setting"]) for row in overrides if row["name"] == "pgaudit.log"}
    if loaded and isinstance(settings.get("pgaudit.log"), str):
        classes = [_classes(one) for one in audits | {settings["pgaudit.log"]}]
        ddl = ddl or all({"ddl", "role"} <= one for one in classes)
        writes = writes or all({"ddl", "role", "write"} <= one for one in classes)
    return {"connections": connections, "ddl": ddl, "writes": writes}


def _classes(value: str) -> set[str]:
    """The classes of statements that pgaudit logs; `-class` takes one away."""
    every = {"read", "write", "function", "role", "ddl", "misc", "misc_set"}
    found: set[str] = set()
    for one in (part.strip().lower() for part in value.split(",")):
        found = every | found if one == "all" else found - {one[1:]} if one.startswith("-") else found | {one}
    return found


def pg_directories(given: Mapping[str, Any]) -> dict[str, Any]:
    base = given["settings"]["data_directory"]
    if isinstance(base, Gap):
        return {"rows": base}
    paths = {base, *(text(row, "location") for row in given["tablespaces"]["rows"])}
    return {"rows": [{"path": path} for path in sorted(paths)]}
