"""What a MySQL or MariaDB server says of itself. Its answers are filtered by rights, and count only beside those."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.sql import hidden, single, table, text
from pepperbird.observe.text import number, unseen

_LOCKED: Final = frozenset(
    {("mariadb.sys", "localhost"), *((f"mysql.{one}", "localhost") for one in ("sys", "session", "infoschema"))}
)
"""The server's own accounts, which it makes locked."""
_SOCKETS: Final = frozenset({"unix_socket", "auth_socket"})
_WEAK: Final = frozenset({"mysql_native_password", "mysql_old_password"})
_BY_HASH: Final = frozenset({"mysql_native_password", "mysql_old_password", "sha256_password", "caching_sha2_password"})
_NUMBERS: Final = frozenset(
    {"innodb_force_recovery", "innodb_flush_log_at_trx_commit", "sync_binlog", "binlog_expire_logs_seconds"}
)
_SWITCHES: Final = frozenset({"innodb_doublewrite", "log_bin", "foreign_key_checks", "require_secure_transport"})


def my_server(given: Mapping[str, Any]) -> dict[str, Any]:
    row = single(given["identity"]["rows"])
    version, comment = text(row, "version"), str(row["comment"])
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if found is None:
        raise ValueError("a version that is not understood")
    flavour = "mariadb" if "mariadb" in (version + comment).lower() else "mysql"
    series = f"{flavour} {found[1]}.{found[2]}"
    release = {"series": series, "release": f"{series}.{found[3]}", "minor": int(found[3])}
    return {"version": version, "flavour": flavour, **release}


def my_variables(output: bytes) -> dict[str, Any]:
    """Each variable by name: numbers as numbers, switches as truth."""
    found: dict[str, Any] = {}
    for row in table(output):
        name, value = text(row, "Variable_name").lower(), text(row, "Value")
        if name in _NUMBERS:
            found[name] = number(value)
        elif name in _SWITCHES:
            found[name] = _switch(value)
        else:
            found[name] = value
    if "datadir" not in found:
        raise ValueError("the answer holds no variables")
    return found


def _switch(value: str) -> bool:
    if value.upper() not in ("ON", "OFF", "1", "0", "DETECT_AND_RECOVER", "DETECT_ONLY"):
        raise ValueError("a switch that is neither on nor off")
    return value.upper() in ("ON", "1", "DETECT_AND_RECOVER")


def _rights(given: Mapping[str, Any]) -> set[str]:
    return {text(row, "privilege").upper() for row in given["privileges"]["rows"]}


def my_schemas(given: Mapping[str, Any]) -> dict[str, Any]:
    """Every schema. Without SHOW DATABASES the list is short, without REFERENCES the tables are: both are denied."""
    if isinstance(given["privileges"], Gap):
        return {"rows": given["privileges"]}
    rights, listed, tables = _rights(given), given["schemata"], given["tables"]
    if isinstance(listed, Gap):
        return {"rows": listed}
    if "SHOW DATABASES" not in rights:
        raise hidden("all of its schemas", "GRANT SHOW DATABASES ON *.* TO the scanning account")
    counted: Any = tables
    if not isinstance(tables, Gap):
        counted = {text(row, "name"): row for row in tables["rows"]}
        if not rights & {"REFERENCES", "SELECT"}:
            remedy = "GRANT REFERENCES ON *.* TO the scanning account"
            counted = Gap(GapReason.DENIED, "the server does not show the tables of others to this account", remedy)
    return {"rows": [_schema(text(row, "name"), counted) for row in listed["rows"]]}


def _schema(name: str, counted: Any) -> dict[str, Any]:
    if isinstance(counted, Gap):
        return {"name": name, "tables": counted, "without_key": counted}
    row = counted.get(name)
    if row is None:
        return {"name": name, "tables": 0, "without_key": 0}
    return {"name": name, "tables": int(row["tables"]), "without_key": int(row["without_key"])}


def my_accounts(given: Mapping[str, Any]) -> dict[str, Any]:
    tls_for_all = given["variables"].get("require_secure_transport") is True
    rows = []
    for row in given["accounts"]["rows"]:
        name, host = text(row, "name"), text(row, "host")
        if (name, host) in _LOCKED or row["role"] == "Y":
            continue
        plugin = str(row["plugin"] or "")
        tls = tls_for_all or bool(row["tls"])
        login = (
            "none"
            if not plugin
            else "socket"
            if plugin in _SOCKETS
            else f"{plugin}+tls"
            if tls and plugin in _WEAK
            else plugin
        )
        rows.append(
            {
                "account": f"{name}@{host}", "anywhere": host in ("%", ""), "superuser": row["super"] == "Y",
                "login": login,
                "password_unseen": plugin in _BY_HASH,
            }
        )  # fmt: skip
    if not rows:
        raise ValueError("no accounts at all, which no server that answers can have")
    return {"rows": rows}


def my_logging(given: Mapping[str, Any]) -> dict[str, bool]:
    """What the audit plugin writes. An empty list of events means all; the general log alone is none."""
    variables = given["variables"]
    loaded = any(row["status"] == "ACTIVE" for row in given["audit"]["rows"])
    if "server_audit_logging" in variables:
        active = loaded and str(variables["server_audit_logging"]).upper() in ("ON", "1")
        events = {
            one.strip().upper() for one in str(variables.get("server_audit_events", "")).split(",") if one.strip()
        }
        every = not events or "QUERY" in events
        return {
            "active": active,
            "connections": active and (not events or "CONNECT" in events),
            "ddl": active and (every or {"QUERY_DDL", "QUERY_DCL"} <= events),
            "writes": active and (every or bool({"QUERY_DML", "QUERY_DML_NO_SELECT"} & events)),
        }
    policy = str(variables.get("audit_log_policy", "")).upper()
    active = loaded and policy in ("ALL", "LOGINS", "QUERIES")
    queries = active and policy in ("ALL", "QUERIES")
    return {
        "active": active, "connections": active and policy in ("ALL", "LOGINS"), "ddl": queries, "writes": queries,
    }  # fmt: skip


def my_replica(output: bytes) -> dict[str, Any]:
    """Every connection to another server. A version that does not know the question answers another one."""
    rows = table(output)
    found = []
    for said in rows:
        row = {name.replace("Slave_", "Replica_").replace("Master", "Source"): value for name, value in said.items()}
        if "Replica_IO_Running" not in row:
            raise unseen(GapReason.UNSUPPORTED, "this version does not tell of its replication in a known form")
        name = str(row.get("Connection_name") or row.get("Channel_Name") or "default")
        lag = row["Seconds_Behind_Source"]
        errors = [str(row[one]) for one in ("Last_IO_Error", "Last_SQL_Error") if row.get(one)]
        found.append(
            {
                "name": name, "running": row["Replica_IO_Running"] == "Yes" and row["Replica_SQL_Running"] == "Yes",
                "error": "; ".join(errors)[:300], "lag": -1 if lag is None else int(lag),
            }
        )  # fmt: skip
    return {"replica": bool(found), "rows": found}


def my_dumps(given: Mapping[str, Any]) -> dict[str, int]:
    """Other machines that read the binary log now: a copy on the same disk is none."""
    if "PROCESS" not in _rights(given):
        raise hidden("the connections of others", "GRANT PROCESS ON *.* TO the scanning account")
    hosts = [str(row["host"]) for row in given["dumps"]["rows"]]
    return {"remote": sum(host != "localhost" for host in hosts)}
