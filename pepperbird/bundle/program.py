"""The static program of each family, built from content alone: for `shell` the prelude, every shell collector's probes
and the tail; for `sql` the queries of every sql collector, as one JSON object by collector and file; for `s3` the calls
of every s3 collector, by collector and probe; for `powershell` its head and the probes of every such collector.
"""

from __future__ import annotations

import json
from typing import Final

from pepperbird.bundle.sources import Sources

HEAD, TAIL = "collectors/program/head.sh", "collectors/program/tail.sh"
PROGRAM_PS1: Final = "collectors/program/head.ps1"


SETUP: Final = ("session", "limit", "clock")
"""Files of a sql collector beside its probes: what makes a session read-only, and what limits its time."""


def build_programs(sources: Sources) -> dict[str, bytes]:
    """The program of each family; the same bytes for every target. What is missing lands in `sources.issues`."""
    shell = sorted(part.value.id for part in sources.collectors.values() if part.value.family == "shell")
    programs = {**_queries(sources), **_calls(sources), **_powershell(sources)}
    if not shell:
        return programs
    wanted = [HEAD, *(probe_file(name) for name in shell), TAIL]
    for path in (HEAD, TAIL):
        if path not in sources.files:
            sources.say_file(path, "the shell program needs this file; add it")
    return {"shell": b"".join(_ended(sources.files.get(path, b"")) for path in wanted), **programs}


def _powershell(sources: Sources) -> dict[str, bytes]:
    """The program of the kits for Windows, where there are such collectors: it asks nothing before its last lines."""
    names = sorted(part.value.id for part in sources.collectors.values() if part.value.family == "powershell")
    if not names:
        return {}
    if PROGRAM_PS1 not in sources.files:
        sources.say_file(PROGRAM_PS1, "the program for Windows needs this file; add it")
    wanted = [PROGRAM_PS1, *(powershell_file(name) for name in names)]
    return {"powershell": b"\n".join(_ended(sources.files.get(path, b"")) for path in wanted)}


def _queries(sources: Sources) -> dict[str, bytes]:
    """The program of the sql family, where there are such collectors."""
    found: dict[str, dict[str, str]] = {}
    for part in sources.collectors.values():
        one = part.value
        if one.family == "sql":
            names = (*SETUP, *one.probes)
            files = {name: sources.files.get(query_file(one.id, name), b"") for name in names}
            found[one.id] = {name: data.decode("utf-8", "replace") for name, data in files.items()}
    return {"sql": json.dumps(found, sort_keys=True).encode()} if found else {}


def _calls(sources: Sources) -> dict[str, bytes]:
    """The program of the s3 family, where there are such collectors."""
    found = {
        part.value.id: {
            name: {**(one.call.model_dump() if one.call else {"scope": "asked"}), "args": one.args}
            for name, one in part.value.probes.items()
        }
        for part in sources.collectors.values()
        if part.value.family == "s3"
    }
    return {"s3": json.dumps(found, sort_keys=True).encode()} if found else {}


def query_file(namespace: str, name: str) -> str:
    """Where a query of a sql collector stands."""
    return f"collectors/{namespace}/{name}.sql"


def probe_file(namespace: str) -> str:
    """Where the probes of a shell collector stand."""
    return f"collectors/{namespace}/probe.sh"


def powershell_file(namespace: str) -> str:
    """Where the probes of a powershell collector stand."""
    return f"collectors/{namespace}/probe.ps1"


def _ended(data: bytes) -> bytes:
    """A file without its last line break would run into the next one."""
    return data if data.endswith(b"\n") or not data else data + b"\n"
