"""Rules of s3 collectors: every probe has one call, of an operation that only reads, and names its right."""

from __future__ import annotations

import re
from typing import Final

from pepperbird.bundle.sources import Part, Sources
from pepperbird.model.collector import BUCKETS, REPOSITORY_BUCKETS, VAULTS, Call, Collector, Probe
from pepperbird.model.operations import reads

_ACTION: Final = re.compile(r"(s3|kms|backup):(Get|List|Describe)[A-Za-z]+")
_PLACE: Final = re.compile(r"\{[^}]*\}?")
_PLACES: Final = {
    "account": {"{account}"},
    "bucket": {"{bucket}"},
    "repository": {"{bucket}"},
    "object": {"{bucket}", "{key}"},
    "vault": {"{vault}"},
}
_OF: Final = {"bucket": "{bucket}", "repository": "{bucket}", "object": "{bucket}", "vault": "{vault}"}
_ARGS: Final = {"repository": {REPOSITORY_BUCKETS}, "object": {REPOSITORY_BUCKETS}, "vault": {VAULTS}}


def check_calls(sources: Sources, part: Part[Collector]) -> None:
    """Note what is wrong with the calls of an s3 collector, and with what the collector says of them."""
    if not part.value.probes and part.whole:
        sources.say(part, (), "an s3 collector without probes; add them")
    for name, probe in part.value.probes.items():
        for text in (*faults(probe), *_found_faults(part.value, name, probe)):
            sources.say(part, ("probes", name), f"probes.{name}: {text}", at_key=True)
    newest = [name for name, probe in part.value.probes.items() if probe.call is not None and probe.call.newest]
    asks = [name for name, probe in part.value.probes.items() if probe.call and probe.call.scope == "object"]
    if asks and len(newest) != 1:
        sources.say(part, ("probes", asks[0]), "an object is asked, and not one probe finds the newest", at_key=True)


def faults(probe: Probe) -> list[str]:
    """What is wrong with one probe of an s3 collector, in words."""
    found = []
    if probe.commands or probe.each is not None or probe.exits:
        found.append("a call needs no sudo, no `each` and no exit status; remove them")
    call = probe.call
    if call is None:
        if set(probe.args) not in ({BUCKETS}, {VAULTS}) or probe.grants:
            found.append("a probe without a call says what is asked: it takes the declared buckets or vaults, no right")
        return found
    found += _call_faults(call)
    only_with_vaults = call.scope == "account" and set(probe.args) == {VAULTS}
    if set(probe.args) != _ARGS.get(call.scope, set()) and not only_with_vaults:
        found.append(f"args: a call of scope {call.scope} takes {', '.join(_ARGS.get(call.scope, ())) or 'none'}")
    if bool(probe.grants) == call.anonymous:
        found.append("grants: a call names the actions that allow it, an anonymous one none")
    found += [f"grants: {one!r} is no action that reads" for one in probe.grants if not _ACTION.fullmatch(one)]
    return found


def _call_faults(call: Call) -> list[str]:
    found = []
    if not reads(call.service, call.operation):
        found.append(f"{call.service}.{call.operation} is not an operation that only reads; choose one that is")
    used = {place for value in call.given.values() if isinstance(value, str) for place in _PLACE.findall(value)}
    if used - _PLACES[call.scope] - ({"{found}"} if call.each else set()):
        found.append(f"given: {', '.join(sorted(used))} stands for nothing in a call of scope {call.scope}")
    of = "{found}" if call.each else _OF.get(call.scope, "")
    if of and of not in used:
        found.append(f"given: of which {call.scope} is not said; write {of} where it belongs")
    if call.each and call.scope != "bucket":
        found.append("each: what is found is found in an answer about a bucket; write scope: bucket")
    if call.service in ("kms", "backup") and not call.must:
        found.append("must: an empty answer of JSON would be taken for one; name a member that every answer has")
    if call.newest and (call.scope != "repository" or call.keep):
        found.append("newest: it goes through a repository, and keeps no names")
    return found


def _found_faults(collector: Collector, name: str, probe: Probe) -> list[str]:
    """What `each` names must have been asked before, of each bucket."""
    if probe.call is None or probe.call.each is None:
        return []
    before = list(collector.probes)[: list(collector.probes).index(name)]
    other = collector.probes.get(probe.call.each.probe)
    if probe.call.each.probe in before and other is not None and other.call and other.call.scope == "bucket":
        return []
    return [f"each: `{probe.call.each.probe}` is no probe of each bucket that stands before this one"]
