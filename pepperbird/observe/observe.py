"""Raw transcripts to typed facts. Pure, and total: whatever a target sent, the result is facts and Gaps.

Each probe's bytes go through the one strict parser that its collector names; derived values through theirs; then the
facts schema selects by path and checks types. What can't be accounted for is a Gap with the reason, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pepperbird.expression.normalise import normalise
from pepperbird.model.catalog import Catalog
from pepperbird.model.collector import Collector, Derived, Probe
from pepperbird.model.evidence import AssetEvidence, ProbeOutput, Transcript
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import EndpointPlan
from pepperbird.model.state import Assurance
from pepperbird.model.sudoers import rule
from pepperbird.model.text import clean
from pepperbird.observe.digest import digest_of
from pepperbird.observe.registry import LAYING, parser
from pepperbird.observe.select import ABSENT, at_path, typed
from pepperbird.observe.text import Unseen

DENIED = 77
_AS_ADMINISTRATOR = 'make a new kit, and have it run in a PowerShell opened by "Run as administrator"'
_LET_READ = "let the scanning account read what is named here"
_CLOSED = re.compile(r"(^|\\n)(cannot (look into|read) /|the account is shut in )")
"""What a probe says where a closed way, not sudo, kept it out (see head.sh): no sudoers line helps then."""
_NOT_RUN = Gap(GapReason.NO_COLLECTOR, "This was not asked in this run.")
_NOT_DUE = Gap(
    GapReason.NOT_DUE,
    "It takes long, so an ordinary scan leaves it out; what was seen before stands while it is fresh.",
    "run `pepperbird scan --deep` once a week, at a quiet hour",
)
_NOT_IN_KIT = Gap(
    GapReason.NOT_DUE,
    "It takes long, so an ordinary kit leaves it out; what was seen before stands while it is fresh.",
    "make the next kit with `pepperbird kit AGENCY --deep`",
)


def observe(catalog: Catalog, endpoint: EndpointPlan, transcript: Transcript) -> AssetEvidence:
    """The facts of the endpoint's asset. Never raises for anything that a target sent."""
    asked = {call.id.partition(".")[0] for call in endpoint.probes}
    user = endpoint.access.user or str(transcript.connection.get("user") or "pepperbird")
    by_kit = endpoint.access.via == "kit"
    facts: dict[str, Any] = {}
    for collector in catalog.collectors.values():
        if collector.family == "connection":
            facts[collector.id] = connection_facts(collector, transcript)
        elif collector.id in asked:
            facts[collector.id] = namespace(_as_asked(collector, endpoint), transcript, user)
        elif collector.probes and all(probe.cost == "heavy" for probe in collector.probes.values()):
            facts[collector.id] = transcript.gap or _left_out(transcript)
    return AssetEvidence(
        asset=f"{endpoint.agency}/{endpoint.asset}",
        facts=normalise(facts),
        collected_at=(by_kit and _ran(transcript)) or transcript.ended or transcript.started,
        assurance=Assurance.SELF_COLLECTED if by_kit else Assurance.OBSERVED,
        digest=digest_of(transcript),
    )


def _left_out(transcript: Transcript) -> Gap:
    """Of a heavy question that was not put."""
    return _NOT_IN_KIT if transcript.connection.get("kit") else _NOT_DUE


def _ran(transcript: Transcript) -> str:
    """When a kit was run, which is earlier than when its bundle was taken in."""
    return str(transcript.connection.get("collected_at") or "")


def _as_asked(collector: Collector, endpoint: EndpointPlan) -> Collector:
    """The collector with the commands that this machine's plan writes out, declared paths and all."""
    commands = {call.id: call.commands for call in endpoint.probes}
    probes = {
        name: probe.model_copy(update={"commands": commands.get(f"{collector.id}.{name}", probe.commands)})
        for name, probe in collector.probes.items()
    }
    return collector.model_copy(update={"probes": probes})


def namespace(collector: Collector, transcript: Transcript, user: str = "pepperbird") -> Any:
    """The facts of one collector that asks something; a Gap for all of it where nothing was seen."""
    seen = {name for name in collector.probes if f"{collector.id}.{name}" in transcript.probes}
    if not seen and transcript.gap is not None:
        return transcript.gap
    parsed: dict[str, Any] = {}
    for name, probe in collector.probes.items():
        output = transcript.probes.get(f"{collector.id}.{name}")
        if output is None:
            parsed[name] = transcript.gap or (_left_out(transcript) if probe.cost == "heavy" else _NOT_RUN)
        else:
            parsed[name] = parse_output(probe, output, user)
    for name, derived in collector.derived.items():
        parsed[name] = _derive(derived, parsed)
    if collector.family == "sql":
        parsed = {name: _granting(value, user) for name, value in parsed.items()}
    return _fields(collector, parsed)


def _granting(value: Any, user: str) -> Any:
    """`value` with the name of the account in each statement that would help it."""
    if isinstance(value, Gap) and value.remedy.startswith(("GRANT ", "ALTER ")):
        return replace(value, remedy=value.remedy.replace("the scanning account", user))
    if isinstance(value, dict):
        return {key: _granting(inner, user) for key, inner in value.items()}
    return [_granting(inner, user) for inner in value] if isinstance(value, list) else value


def parse_output(probe: Probe, output: ProbeOutput, user: str = "pepperbird") -> Any:
    """What one probe said, parsed, or the Gap that stands for it."""
    if output.gap is not None:
        return output.gap
    if output.exit_status is None:
        return Gap(GapReason.PROBE_TIMEOUT, f"The probe did not end within {probe.timeout} seconds.")
    if output.exit_status not in probe.ok:
        return _failed(probe, output, user)
    if len(output.stdout) > probe.max_bytes:
        return Gap(GapReason.TRUNCATED, f"The probe said more than {probe.max_bytes} bytes.")
    return _run(probe.parser, output.stdout)


def _failed(probe: Probe, output: ProbeOutput, user: str) -> Gap:
    lines = output.stderr[-300:].decode("utf-8", "replace").strip().splitlines()
    said = clean("; ".join(line.strip() for line in lines), 300)
    if output.exit_status == DENIED:
        remedy = _LET_READ if _CLOSED.search(said) else sudo_remedy(probe, user)
        return Gap(GapReason.DENIED, said or "The scanning account may not see this.", remedy)
    reason = probe.exits.get(output.exit_status or 0)
    if reason is not None:
        return Gap(reason, said or f"The probe ended with status {output.exit_status}.")
    ended = f"The probe ended with status {output.exit_status}, which says nothing"
    return Gap(GapReason.PARSE, f"{ended}: {said}" if said else f"{ended}.")


def sudo_remedy(probe: Probe, user: str) -> str:
    """The sudoers line that would let the probe see, or a sentence where none is needed."""
    if probe.privilege == "administrator":
        return _AS_ADMINISTRATOR
    if not probe.commands:
        return _LET_READ
    try:
        return rule(user, *probe.commands)
    except ValueError:
        return "grant exactly this with the line that `pepperbird privileges` prints for this machine"


def _derive(derived: Derived, parsed: Mapping[str, Any]) -> Any:
    inputs = {name: parsed.get(name, _NOT_RUN) for name in derived.origin}
    if derived.parser not in LAYING:
        gap = next((value for value in inputs.values() if isinstance(value, Gap)), None)
        if gap is not None:
            return gap
    return _run(derived.parser, inputs)


def _run(name: str, given: Any) -> Any:
    """Run a parser on what a target sent: any exception is a Gap."""
    try:
        return shown(parser(name)(given))
    except Unseen as known:
        return shown(known.gap)
    except ValueError as error:
        return Gap(GapReason.PARSE, f"The output was not understood: {clean(str(error), 200)}.")
    except Exception as error:  # noqa: BLE001 - whatever a target sends must become a value, not a crash
        return Gap(GapReason.PARSE, f"The output was not understood ({type(error).__name__}).")


def shown(value: Any) -> Any:
    """`value` with every Gap in it fit to show: parsers put names into them that a target sent."""
    if isinstance(value, Gap):
        return Gap(value.reason, clean(value.detail, 500), clean(value.remedy, 500))
    if isinstance(value, dict):
        return {key: shown(inner) if isinstance(inner, Gap | dict | list) else inner for key, inner in value.items()}
    if isinstance(value, list):
        return [shown(inner) if isinstance(inner, Gap | dict | list) else inner for inner in value]
    return value


def _fields(collector: Collector, parsed: Mapping[str, Any]) -> dict[str, Any]:
    facts = {}
    for name, spec in collector.facts.items():
        value = typed(spec, at_path(parsed, spec.origin or name), name)
        if value is not ABSENT:
            facts[name] = value
    return facts


def connection_facts(collector: Collector, transcript: Transcript) -> Any:
    """Facts that the transport told; where it did not (no SSH in between), nobody looked.

    What an SSH server says before its key is vouched for may be said by anybody: it is no evidence of the asset.
    """
    if transcript.gap is not None and transcript.connection.get("host_key_verified") is not True:
        return transcript.gap
    facts = {}
    for name, spec in collector.facts.items():
        value = at_path(transcript.connection, spec.origin or name)
        if value is ABSENT and spec.optional and transcript.gap is None:
            continue
        if value is ABSENT:
            value = transcript.gap or Gap(
                GapReason.NO_COLLECTOR,
                "The way in which the asset was reached does not show this: the scanner spoke no SSH with it.",
                "give the asset an access of `via: ssh`",
            )
        if isinstance(value, tuple):
            value = list(value)
        facts[name] = typed(spec, value, name)
    return facts
