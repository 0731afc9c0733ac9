"""The rights that a plan needs in its database servers: the statements that make the account and let it see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pepperbird.errors import UsageError
from pepperbird.model.plan import EndpointPlan
from pepperbird.plan.rights import account_of

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,30}")
_HEAD: Final = """\
-- What pepperbird may see in a database server: these rights, and nothing else. No table of a user can be read by them.
-- Without a line the scan still ends; the report names what could not be seen, and the line that is missing.
-- As MariaDB writes them; MySQL knows no is_role, and calls REPLICA MONITOR REPLICATION CLIENT. Write the address of
-- the scanner in the place of %, and GRANT CONNECT ON DATABASE where PostgreSQL's PUBLIC may not connect.
"""
_MAKE: Final = {
    "postgresql": "CREATE ROLE {account} LOGIN;  -- then \\password {account}",
    "mysql": "CREATE USER {account} IDENTIFIED BY '...';  -- write the password in the place of the dots",
}


def grants(endpoints: Iterable[EndpointPlan]) -> str:
    """Statements for each sort of server and account in the plan, each once. Raises UsageError for an odd account."""
    found: dict[tuple[str, str], dict[str, dict[str, None]]] = {}
    for endpoint in endpoints:
        if endpoint.family != "sql":
            continue
        account = account_of(endpoint)
        if not _NAME.fullmatch(account):
            raise UsageError(f"the account name {account!r} cannot stand in a statement; choose a plain one")
        for probe in endpoint.probes:
            sort = probe.id.partition(".")[0]
            needed = found.setdefault((sort, account), {})
            for grant in probe.grants:
                needed.setdefault(grant, {})[probe.id] = None
    return "\n".join([_HEAD, *(line for key, needed in sorted(found.items()) for line in _lines(*key, needed))]) + "\n"


def _lines(sort: str, account: str, needed: dict[str, dict[str, None]]) -> Iterator[str]:
    shown = account if sort == "postgresql" else f"'{account}'@'%'"
    yield f"-- {sort}"
    yield _MAKE[sort].replace("{account}", shown)
    for grant, probes in needed.items():
        yield f"{grant.replace('{account}', shown)};  -- for {', '.join(probes)}"
    yield ""
