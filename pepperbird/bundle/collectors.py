"""Rules of collectors, lists and redactions: every fact has an origin that exists, every probe its function."""

from __future__ import annotations

import re
from datetime import date

from pepperbird.bundle.calls import check_calls
from pepperbird.bundle.program import powershell_file, probe_file
from pepperbird.bundle.queries import check_queries
from pepperbird.bundle.sources import Part, Sources
from pepperbird.bundle.values import misfits
from pepperbird.expression.declared import AGENCY, ASSET
from pepperbird.model.collector import MANY, PLACES, Collector, ListFile, Probe

_TAKEN = frozenset({"asset", "agency", "host", "params", "lists", "history"})
_WILD = re.compile(r"[*?\[\]$`\\;|&<>\n]")
_PLACE = re.compile(r"\{([^}]*)\}?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def check_collectors(sources: Sources) -> None:
    """Note everything that is wrong with collectors, their programs, the lists and the redactions."""
    for part in sources.collectors.values():
        _collector(sources, part)
    for path in sources.files:
        top, _, rest = path.partition("/")
        folder, _, inside = rest.partition("/")
        ours = top == "collectors" and inside and folder != "program"
        if ours and f"collectors/{folder}/collector.yaml" not in sources.files:
            sources.say_file(path, "its folder has no collector.yaml; add it or remove the file")
    for one in sources.lists.values():
        _list(sources, one)
    _redactions(sources)


def _collector(sources: Sources, part: Part[Collector]) -> None:
    collector = part.value
    if collector.id in _TAKEN:
        sources.say(part, (), f"the namespace {collector.id!r} is a word of the check language; rename the folder")
    if collector.family == "shell":
        _shell(sources, part)
    elif collector.family == "sql":
        check_queries(sources, part)
    elif collector.family == "s3":
        check_calls(sources, part)
    elif collector.family == "powershell":
        _powershell(sources, part)
    elif collector.probes or collector.derived:
        sources.say(part, ("family",), "the connection family runs nothing; remove `probes` and `derived`")
    known = {*collector.probes, *collector.derived}
    for name, derived in collector.derived.items():
        if name in collector.probes:
            sources.say(part, ("derived", name), f"`{name}` is also a probe; rename one of them", at_key=True)
        for index, origin in enumerate(derived.origin):
            if origin not in collector.probes and part.document.at(("probes", origin)) is None:
                text = f"from: there is no probe `{origin}`; there are {', '.join(collector.probes)}"
                sources.say(part, ("derived", name, "from", index), text)
    for name, spec in collector.facts.items():
        origin = spec.origin.split(".")[0]
        raw = part.document.at(("probes", origin)) or part.document.at(("derived", origin))
        if collector.family != "connection" and origin not in known and raw is None:
            text = f"facts.{name}: `from` names no probe or derived value of this collector; it has {', '.join(known)}"
            sources.say(part, ("facts", name, "from"), text)


def _shell(sources: Sources, part: Part[Collector]) -> None:
    collector = part.value
    if not collector.probes and part.whole:
        sources.say(part, (), "a shell collector without probes; add them")
    path = probe_file(collector.id)
    if path not in sources.files:
        sources.say_file(path, f"the collector {collector.id} has no probe.sh; add it")
        return
    program = sources.files[path]
    for name, probe in collector.probes.items():
        function = f"{collector.id}_{name}"
        if not re.search(rb"(?m)^[ \t]*" + function.encode() + rb"[ \t]*\(\)", program):
            text = f"probes.{name}: {path} has no function {function}(); add it"
            sources.say(part, ("probes", name), text, at_key=True)
        _probe(sources, part, name, probe)


def _powershell(sources: Sources, part: Part[Collector]) -> None:
    """What holds whether or not the grammar is installed; `content lint` holds the files to their lists as well."""
    if not part.value.probes and part.whole:
        sources.say(part, (), "a powershell collector without probes; add them")
    path = powershell_file(part.value.id)
    program = sources.files.get(path, b"")
    for name, probe in part.value.probes.items():
        function = f"{part.value.id}_{name}"
        if not re.search(rb"(?m)^function " + function.encode() + rb" \{$", program):
            text = f"probes.{name}: {path} has no line `function {function} {{`; add it"
            sources.say(part, ("probes", name), text, at_key=True)
        if probe.args or probe.grants or probe.each is not None or probe.call is not None:
            text = f"probes.{name}: a question in PowerShell takes no values from anywhere; remove them"
            sources.say(part, ("probes", name), text, at_key=True)


def _probe(sources: Sources, part: Part[Collector], name: str, probe: Probe) -> None:
    for index, command in enumerate(probe.commands):
        path = ("probes", name, "commands", index)
        if not command.startswith("/"):
            sources.say(part, path, f"{command!r}: sudo needs the absolute path of a command; write it out")
        elif _WILD.search(command) or set(_PLACE.findall(command)) - PLACES - {""}:
            sources.say(part, path, f"{command!r}: sudo gives a character here a meaning; write a fixed command line")
    for index, argument in enumerate(probe.args):
        root, _, field = argument.partition(".")
        if argument not in MANY and field not in {"asset": ASSET, "agency": AGENCY}.get(root, {}):
            names = ", ".join(ASSET)
            text = f"{argument!r} is not a declared value; write {' or '.join(MANY)}, or asset.<name> of {names}"
            sources.say(part, ("probes", name, "args", index), text)


def _list(sources: Sources, part: Part[ListFile]) -> None:
    file = part.value
    try:
        real = bool(_DAY.fullmatch(file.as_of)) and bool(date.fromisoformat(file.as_of))
    except ValueError:
        real = False
    if not real:
        sources.say(part, ("as_of",), f"as_of: {file.as_of!r} is not a date; write YYYY-MM-DD")
    if not part.whole:
        return
    if file.shape.type not in ("strings", "sets", "table"):
        sources.say(part, ("shape", "type"), "shape: a list is strings, sets or a table; choose one")
        return
    entries = dict(file.entries) if isinstance(file.entries, dict) else list(file.entries)
    for path, problem, at_key in misfits(file.shape, entries):
        sources.say(part, ("entries", *path), f"entries: {problem}", at_key=at_key)
    if not entries:
        sources.say(part, ("entries",), "entries: an empty list judges nothing; fill it in")
    if isinstance(entries, dict) and file.shape.type == "table":
        for key, record in entries.items():
            lacking = [n for n, spec in file.shape.fields.items() if not spec.optional and n not in record]
            if lacking:
                sources.say(part, ("entries", key), f"entries.{key}: {', '.join(lacking)} is missing; add it")


def _redactions(sources: Sources) -> None:
    part = sources.redactions
    if part is None:
        if "collectors/redactions.yaml" not in sources.broken:
            sources.say_file("collectors/redactions.yaml", "what must never leave the target is not said; add it")
        return
    seen: set[str] = set()
    for index, rule in enumerate(part.value.rules):
        if rule.id in seen:
            sources.say(part, ("rules", index, "id"), f"{rule.id!r} stands twice; give each rule its own id")
        seen.add(rule.id)
        try:
            found = re.compile(rule.pattern.encode())
        except re.error as error:
            sources.say(part, ("rules", index, "pattern"), f"pattern: {error}; correct it")
            continue
        if found.search(b""):
            sources.say(part, ("rules", index, "pattern"), "pattern: it matches nothing at all; make it need some text")
