"""Rules of sql collectors: every probe has its one query, which only reads, and takes no value from anywhere."""

from __future__ import annotations

import re
from typing import Final

from pepperbird.bundle.program import SETUP, query_file
from pepperbird.bundle.sources import Part, Sources
from pepperbird.model.collector import Collector, Probe

_COMMENT: Final = re.compile(r"^\s*--[^\n]*$", re.MULTILINE)
_READS: Final = re.compile(r"(SELECT|SHOW|WITH)\b")
_WRITES: Final = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|ALTER|TRUNCATE|GRANT|REVOKE|COPY|CALL|DO|LOCK|SET|INTO|FOR\s+SHARE"
    r"|NEXTVAL|SETVAL|PG_(SLEEP|TERMINATE\w*|CANCEL\w*|RELOAD\w*|SWITCH\w*|READ\w*|ROTATE\w*|PROMOTE|ADVISORY\w*)"
    r"|LO_\w+|DBLINK\w*|SLEEP|BENCHMARK|LOAD_FILE|OUTFILE|DUMPFILE|KILL|FLUSH|SHUTDOWN)\b",
    re.IGNORECASE,
)
_PLACES: Final = re.compile(r"[{}]|%\(|\$\d|@@(?!global\.|version)", re.IGNORECASE)


def check_queries(sources: Sources, part: Part[Collector]) -> None:
    """Note what is wrong with the queries of a sql collector, and with what the collector says of them."""
    collector = part.value
    if not collector.probes and part.whole:
        sources.say(part, (), "an sql collector without probes; add them")
    for name in SETUP:
        if not sources.files.get(query_file(collector.id, name), b"").strip():
            sources.say_file(query_file(collector.id, name), "what makes the session safe is missing; add it")
    for name, probe in collector.probes.items():
        _query(sources, part, name)
        _probe(sources, part, name, probe)
    known = {query_file(collector.id, name) for name in (*SETUP, *collector.probes)}
    for path in sources.files:
        if path.startswith(f"collectors/{collector.id}/") and path.endswith(".sql") and path not in known:
            sources.say_file(path, "no probe of the collector has this name; declare it or remove the file")


def _query(sources: Sources, part: Part[Collector], name: str) -> None:
    path = query_file(part.value.id, name)
    if name in SETUP:
        sources.say(part, ("probes", name), f"`{name}` is no name for a probe; rename it", at_key=True)
    if path not in sources.files:
        sources.say(part, ("probes", name), f"probes.{name}: {path} is missing; add it", at_key=True)
        return
    text = _COMMENT.sub("", sources.files[path].decode("utf-8", "replace")).strip()
    if not _READS.match(text):
        sources.say_file(path, "a query begins with SELECT, WITH or SHOW; write one that reads")
    if ";" in text:
        sources.say_file(path, "one statement, without a semicolon; remove it")
    word = _WRITES.search(re.sub(r"'[^']*'", "''", text))
    if word is not None:
        sources.say_file(path, f"a query only reads, and this one has {word.group()!r}; leave it out")
    if _PLACES.search(re.sub(r"'[^']*'", "''", text)):
        sources.say_file(path, "a query takes no values from anywhere; write it out")


def _probe(sources: Sources, part: Part[Collector], name: str, probe: Probe) -> None:
    if probe.args or probe.commands:
        sources.say(part, ("probes", name), "a query takes no arguments and needs no sudo; remove them", at_key=True)
    if probe.each is not None and (probe.each.probe not in part.value.probes or probe.each.probe == name):
        sources.say(part, ("probes", name, "each", "probe"), f"there is no other probe `{probe.each.probe}`")
    for index, grant in enumerate(probe.grants):
        if "{account}" not in grant or ";" in grant:
            sources.say(part, ("probes", name, "grants", index), "a grant is one statement to {account}; correct it")
